"""A user's pattern and anybody's tag cannot stop the controller."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.images.patterns import TagPattern
from policies.patterns import PatternError

MOST_SECONDS = 0.5


@pytest.mark.parametrize("text", [r"^(a+)+$", r"^(a|aa)+$", r"^(.*)*x$", r"(a?){60}a{60}$"])
def test_no_pattern_hangs(text: str) -> None:
    """Patterns that take other engines for ever are answered at once."""
    began = time.process_time()
    assert TagPattern(text).find("a" * 127 + "b") is None
    assert time.process_time() - began < MOST_SECONDS


@pytest.mark.parametrize(
    "text", ["[", "(?=a)", r"(a)\1", "(a{1000}){1000}", r"\pL{100}", "\ud800", "(?P<a"]
)
def test_no_pattern(text: str) -> None:
    """What cannot be matched in linear time and little memory, or not at all, is refused, in
    words."""
    with pytest.raises(PatternError) as refused:
        TagPattern(text)
    assert str(refused.value)
    assert not str(refused.value).startswith("b'")


@given(st.text(r"()[]{}?*+.|^$\dwPabc<>:=!0123", max_size=30), st.text("ab01-", max_size=30))
def test_any_text_is_a_pattern_or_refused(text: str, tag: str) -> None:
    """Whatever is written is a pattern, which can be asked, or refused as none."""
    try:
        pattern = TagPattern(text)
    except PatternError:
        return
    found = pattern.find(tag)
    assert found is None or found.keys() <= set(pattern.groups)


def test_groups_are_named_in_their_order() -> None:
    """Groups are told as they stand; one that took no part has no text."""
    pattern = TagPattern(r"^(?P<b>x)(?P<a>y)?$")
    assert pattern.groups == ("b", "a")
    assert pattern.find("x") == {"b": "x"}
    assert pattern.find("z") is None


def test_patterns_look_anywhere_unless_anchored() -> None:
    """As in Flux, a pattern without ^ and $ matches in the middle of a tag."""
    assert TagPattern("main").find("not-main-2") is not None
    assert TagPattern("^main$").find("not-main-2") is None
    assert [TagPattern(text).anchored for text in ("^a$", "^a", "a$", "a")] == [True] + 3 * [False]
