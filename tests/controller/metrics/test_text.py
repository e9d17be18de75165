"""Laws of the text reader: both dialects, every odd spelling, and any bytes at all."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from controller.openmetrics.labels import PodLabels, spelled, upper_edge
from controller.openmetrics.text import Dialect, Row, TextError, parse_series, rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LABELS = st.dictionaries(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True), TEXTS)


def _read(text: str, dialect: Dialect = Dialect.OPENMETRICS) -> list[Row]:
    return list(rows(text.split("\n"), dialect))


def _read_all(text: str, dialect: Dialect) -> None:
    for line, series, _, _ in _read(text, dialect):
        parse_series(series, line)


@given(LABELS, st.floats(), st.floats(0, 1e10))
def test_what_is_written_is_read_back(labels: dict[str, str], value: float, at: float) -> None:
    """Any labels and any number survive being written and read."""
    ((line, series, read_value, read_time),) = _read(
        f"m{{{spelled(labels)}}} {value!r} {at!r}\n# EOF\n"
    )
    assert line == 1
    assert parse_series(series, line) == ("m", labels)
    assert read_time == at
    assert read_value == value or math.isnan(value)


@settings(max_examples=500, deadline=2_000)
@given(
    st.text(max_size=200)
    | st.text('m{}="\\, #1\n\tEOF', max_size=200)
    | st.lists(st.sampled_from(['m{a="b"} 1', ' # {a="b"} 1', "# EOF", "\n", '"', "{", "\\"])).map(
        "".join
    ),
    st.sampled_from(Dialect),
)
def test_any_text_is_read_or_refused(text: str, dialect: Dialect) -> None:
    """There is no text that raises anything but a TextError, which names a line of it."""
    line = 1
    try:
        _read_all(text, dialect)
    except TextError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 2


@pytest.mark.parametrize(
    "line",
    ["m{" + 'a="b",' * 50_000, 'm{a="' + "\\" * 300_000, "m" * 300_000, 'm{a="b"}' + " " * 300_000],
)
def test_no_line_takes_for_ever(line: str) -> None:
    """A line made to mislead the reader is refused as fast as any."""
    begun = time.monotonic()
    with pytest.raises(TextError):
        _read(line)
    assert time.monotonic() - begun < 2  # seconds


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    Counter("asked", "With a \\ and a\nbreak.", ["path"], registry=registry).labels(
        'a"b\\c\nd'
    ).inc(3, exemplar={"trace": "x # y"})
    Gauge("level", "", registry=registry).set(math.inf)
    Histogram("lasted_seconds", "", registry=registry, buckets=(0.5,)).observe(0.2)
    return registry


@pytest.mark.parametrize(
    ("page", "dialect"),
    [
        (generate_latest(_registry()).decode(), Dialect.PROMETHEUS),
        (generate_openmetrics(_registry()).decode(), Dialect.OPENMETRICS),  # type: ignore[no-untyped-call]
    ],
)
def test_the_official_client_is_understood(page: str, dialect: Dialect) -> None:
    """What prometheus_client writes is read with its labels, its exemplars left aside."""
    found = {}
    for line, series, value, _ in _read(page, dialect):
        metric, labels = parse_series(series, line)
        found[metric, labels.get("le") or labels.get("path")] = value
    assert found["asked_total", 'a"b\\c\nd'] == 3.0
    assert found["level", None] == math.inf
    assert found["lasted_seconds_bucket", "0.5"] == 1.0
    assert found["lasted_seconds_bucket", "+Inf"] == 1.0
    assert ("asked_created", 'a"b\\c\nd') in found


def test_times_are_seconds_or_milliseconds() -> None:
    """Each dialect has its own unit of time."""
    assert _read("m 1 1700000000.5\n# EOF")[0][3] == 1700000000.5
    assert _read("m 1 1700000000500", Dialect.PROMETHEUS)[0][3] == 1700000000.5
    assert _read("m 1", Dialect.PROMETHEUS)[0][3] is None


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("m 1e3", 1000.0),
        ("m +Inf", math.inf),
        ("m -Inf", -math.inf),
        ("m { } 1", 1.0),
        ("\tm{a='}", None),
        ('m {a = "b" , } 1', 1.0),
        ('m{a="}"} 1\r', 1.0),
        ("m 1 # {} 2 3", 1.0),
    ],
)
def test_odd_spellings(line: str, value: float | None) -> None:
    """Blanks, commas and line ends may vary where the meaning cannot."""
    if value is None:
        with pytest.raises(TextError):
            _read(line, Dialect.PROMETHEUS)
    else:
        assert _read(line, Dialect.PROMETHEUS)[0][2] == value


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("m 1 2", 2, "cut off"),
        ("", 2, "cut off"),
        ("# EOF\nm 1 2", 2, "after # EOF"),
        ("# HELP m x\nm\n# EOF", 2, "is no sample"),
        ("m one 2\n# EOF", 1, "'one' is no number"),
        ("m 1_000 2\n# EOF", 1, "is no sample"),
        ("m 1 nan\n# EOF", 1, "is no time"),
        ("m 1 1e99\n# EOF", 1, "is no time"),
        ('m{a="b"\n# EOF', 1, "is no sample"),
        ("{} 1 2\n# EOF", 1, "is no sample"),
        ('m{a="b",a="c"} 1 2\n# EOF', 1, "label a is given twice"),
        ('m{1="b"} 1 2\n# EOF', 1, "is no label"),
        ('m{a="b""c"} 1 2\n# EOF', 1, "is no label"),
        ("x" * 500 + "\n# EOF", 1, "…"),
    ],
)
def test_malformed_text_is_told_with_its_line(text: str, line: int, message: str) -> None:
    """What could be misread is refused, at the line where it stands, in one short line."""
    with pytest.raises(TextError) as refused:
        _read_all(text, Dialect.OPENMETRICS)
    assert refused.value.line == line
    assert message in refused.value.message
    assert len(refused.value.message) < 200


@given(LABELS)
def test_the_order_of_labels_changes_nothing(labels: dict[str, str]) -> None:
    """The key of a series does not depend on the order in which its labels came."""
    assert spelled(dict(reversed(labels.items()))) == spelled(labels)


def test_a_target_stands_in_for_a_pod() -> None:
    """A series that names no pod is of its instance; one that names neither is of nobody."""
    pod_of = PodLabels().pod_of
    assert pod_of({"instance": "host:1"}).name == "host:1"
    assert pod_of({"pod": "web-1", "instance": "host:1"}).name == "web-1"
    assert pod_of({}).name == ""


def test_an_edge_is_a_number() -> None:
    """An `le` that is none leaves the series without an edge."""
    assert upper_edge("+Inf") == math.inf
    assert upper_edge("0.50") == 0.5
    assert upper_edge("NaN") is None
    assert upper_edge("") is None
