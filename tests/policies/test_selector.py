"""Laws of the selector: what it reads, what it refuses, and that it means what PromQL means."""

import re
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.selector import (
    LONGEST_PATTERN,
    LONGEST_SELECTOR,
    Matcher,
    Operator,
    Selector,
    SelectorError,
    parse_matchers,
    parse_selector,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LABELS = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name != "__name__"
)
NAMES = st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,8}", fullmatch=True)
EXACT = st.builds(Matcher, LABELS, st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]), TEXTS)
PATTERNED = st.builds(
    Matcher,
    LABELS,
    st.sampled_from([Operator.MATCHES, Operator.NOT_MATCHES]),
    TEXTS.map(re.escape),
)
SELECTORS = st.builds(Selector, NAMES, st.lists(EXACT | PATTERNED, max_size=4).map(tuple))


@given(SELECTORS)
def test_what_is_written_is_read_back(selector: Selector) -> None:
    """A selector written as PromQL and read again is the same selector."""
    assert parse_selector(str(selector)) == selector


@given(TEXTS)
def test_a_value_cannot_leave_its_quotes(value: str) -> None:
    """Whatever a label value holds, it stays one value of one matcher."""
    written = str(Selector("up").narrowed(Matcher("pod", Operator.EQUAL, value)))
    assert parse_selector(written).matchers == (Matcher("pod", Operator.EQUAL, value),)


@given(TEXTS.filter(bool))
def test_a_name_cannot_leave_its_place(name: str) -> None:
    """A metric name that is no plain name is quoted too."""
    written = str(Selector(name, (Matcher("a", Operator.EQUAL, "b"),)))
    assert parse_selector(written).metric == name


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is a selector or a SelectorError within the text, never another failure."""
    offset = 0
    try:
        parse_selector(text)
    except SelectorError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        """up{job="a b",pod!='x',app=~`we.\\d+`,code!~"5.."}""",
        """ { __name__ = "up" , job = "a b" , pod != "x" , app =~ "we.\\\\d+" , code !~ '5..' , } """,
    ],
)
def test_every_spelling_is_understood(text: str) -> None:
    """All operators, all quotes, blanks, a last comma and the name among the labels."""
    assert str(parse_selector(text)) == 'up{job="a b",pod!="x",app=~"we.\\\\d+",code!~"5.."}'


@pytest.mark.parametrize(
    ("condition", "labels", "met"),
    [
        ('a=""', {}, True),
        ('a!=""', {}, False),
        ('a!="x"', {}, True),
        ('a=~".*"', {}, True),
        ('a=~".+"', {}, False),
        ('a!~"x"', {}, True),
        ('a=~"5.."', {"a": "503"}, True),
        ('a=~"5.."', {"a": "1503"}, False),
        ('a=~"5.."', {"a": "5030"}, False),
        ('a=~"b|c"', {"a": "cc"}, False),
        ('a=~"a.b"', {"a": "a\nb"}, True),
        ('a=~"a$"', {"a": "a\n"}, False),
        ("a=~`\\d`", {"a": "٣"}, False),
        ('a=~"(?i)get"', {"a": "GET"}, True),
        ('a="x",b="y"', {"a": "x"}, False),
        ('a="x",a!="y"', {"a": "x"}, True),
        (r'a="\u00e9\x41\n"', {"a": "éA\n"}, True),
    ],
)
def test_conditions_mean_what_prometheus_means(
    condition: str, labels: dict[str, str], met: bool
) -> None:
    """A missing label is empty and every pattern is anchored at both ends."""
    assert parse_selector(f"up{{{condition}}}").matches(labels) is met


@pytest.mark.parametrize(
    ("text", "offset", "advice"),
    [
        ("rate(x[5m])", 4, "write the raw counter; rollctl takes differences itself"),
        ("x[5m]", 1, "leave out the brackets"),
        ("x offset 5m", 2, "expected the end, found 'o'"),
        ("x / y", 2, "no arithmetic"),
        ("", 0, "write it first"),
        ('{job="x"}', 0, "no single metric name"),
        ('{__name__=~"x.*"}', 0, "no single metric name"),
        ('x{__name__="y"}', 0, "no single metric name"),
        ("x{a=b}", 4, "expected a quoted value"),
        ('x{a="b', 4, "has no end"),
        ('x{a="b"', 7, "expected , or }, found the end"),
        ('x{1a="b"}', 2, "expected a label name"),
        ('x{a>"b"}', 3, "expected =, !=, =~ or !~"),
        (r'x{a=~"5\d"}', 7, "quote with `"),
        (r'x{a="\ud800"}', 5, "no character"),
        ('x{a="\ud800"}', 5, "surrogate"),
        ('x{a=~"("}', 5, "bad pattern"),
        ('x{a=~"(?=b)"}', 5, "invalid perl operator"),
        ('x{a=~"(?<!b)c"}', 5, "invalid perl operator"),
        (r"x{a=~`(b)\1`}", 5, "invalid escape"),
        ('x{a=~"b++"}', 5, "bad repetition operator"),
        ('x{a=~"[b"}', 5, "missing ]"),
        ('x{a=~"b{1001}"}', 5, "invalid repetition size"),
        ('x{a=~"(?:b{1000}){1000}"}', 5, "invalid repetition size"),
        (f'x{{a=~"{"b" * (LONGEST_PATTERN + 1)}"}}', 5, "longer than"),
        ("x" * (LONGEST_SELECTOR + 1), LONGEST_SELECTOR, "longer than"),
    ],
)
def test_what_is_no_selector_is_told(text: str, offset: int, advice: str) -> None:
    """A refusal names the place and says what to write instead."""
    with pytest.raises(SelectorError) as refused:
        parse_selector(text)
    assert advice in refused.value.message
    assert refused.value.offset == offset


@pytest.mark.parametrize(
    "pattern",
    [
        *("(?:b+)?", r"\+\++", "[]a]+", r"[^/\]]*", "(x|y)?", "a{2,3}?", "(b+)+", "(b|bb)*"),
        *("[[:alpha:]]", r"\pL", r"\Qa.b\E", "(?P<name>b)"),
    ],
)
def test_a_sound_pattern_is_let_through(pattern: str) -> None:
    """Whatever Prometheus takes is taken."""
    assert parse_selector(f"up{{a=~`{pattern}`}}").matchers[0].value == pattern


@given(st.text("ab(|)*+?.", max_size=12), st.integers(1, 30))
def test_no_accepted_pattern_takes_for_ever(pattern: str, length: int) -> None:
    """What is accepted answers at once, even for a value made to mislead it."""
    try:
        selector = parse_selector(f'up{{a=~"{pattern}"}}')
    except SelectorError:
        return
    begun = monotonic()
    selector.matches({"a": "a" * length + "c"})
    assert monotonic() - begun < 5  # seconds


@pytest.mark.parametrize("pattern", ["(.*)*=x", ".*" * 8 + "=x", "(a|a=)*x", "(?:.?){400}=x"])
def test_time_grows_with_the_label_alone(pattern: str) -> None:
    """Patterns for which a backtracking engine takes hours on one label are answered in a second."""
    selector = parse_selector(f'up{{a=~"{pattern}"}}')
    begun = monotonic()
    assert not selector.matches({"a": "a=" * 2_000})
    assert monotonic() - begun < 1  # second


def test_bare_conditions_are_read() -> None:
    """What stands inside the braces can be given alone, and none at all is none."""
    assert [str(m) for m in parse_matchers('version="v1", app=~"x"')] == [
        'version="v1"',
        'app=~"x"',
    ]
    assert parse_matchers(" ") == ()
    with pytest.raises(SelectorError, match="expected a label name"):
        parse_matchers('{version="v1"}')
