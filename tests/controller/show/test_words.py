"""Figures in words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.question import Tolerance
from controller.show.words import duration, ended, figure, frequencies, listed, odds, pair, signed
from tests.controller.show.made import ERRORS

POINTS, PERCENT = Tolerance(0.03, absolute=True), Tolerance(0.1)


@pytest.mark.parametrize(
    ("new", "old", "told"),
    [
        (0.45, 0.02, ("45 of every 100", "2 of every 100")),
        (0.451, 0.00472, ("451 of every 1,000", "5 of every 1,000")),
        (0.0016, 0.00066, ("16 of every 10,000", "7 of every 10,000")),
        (0.45, 0.00002, ("45 of every 100", "1 of every 50,000")),
        (0.5, 0.0, ("50 of every 100", "none")),
        (0.0, 0.0, ("none", "none")),
        (1.0, 1.0, ("100 of every 100", "100 of every 100")),
    ],
)
def test_shares_are_told_out_of_one_number(new: float, old: float, told: tuple[str, str]) -> None:
    """Both of the same number, unless one count would become too large to be read."""
    assert frequencies(new, old) == told


@given(st.floats(1e-9, 1.0), st.floats(1e-9, 1.0))
def test_a_frequency_is_the_share(first: float, second: float) -> None:
    """What is told is within one in the last figure of what was seen."""
    for share, words in zip((first, second), frequencies(first, second), strict=True):
        count, every = (float(word.replace(",", "")) for word in words.split(" of every "))
        assert (
            math.isclose(count / every, share, rel_tol=0.06)
            or abs(count / every - share) <= 0.5 / every + 1e-12
        )


@given(st.floats(-1e12, 1e12))
def test_a_figure_keeps_three_digits_and_has_no_exponent(number: float) -> None:
    """It reads back as the number to three digits."""
    text = figure(number)
    assert math.isclose(float(text.replace(",", "")), number, rel_tol=6e-3, abs_tol=0.0)
    assert "e" not in text or abs(number) < 1e-4


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (123_456_789.0, "123,000,000"),
        (0.00472, "0.00472"),
        (12.0, "12"),
        (0.0, "0"),
        (99.96, "100"),
    ],
)
def test_figures_as_people_write_them(number: float, told: str) -> None:
    """Thousands apart, no needless zero."""
    assert figure(number) == told


def test_changes_have_their_unit_once() -> None:
    """Points, percent, and from double on a factor."""
    assert signed(0.446, POINTS) == "+44.6 points"
    assert signed(-0.07, PERCENT) == "-7 %"
    assert signed(2.2, PERCENT) == "3.2 times as much"
    assert pair(0.387, 0.512, ERRORS.tolerance) == "+38.7 and +51.2 points"
    assert pair(-0.07, 0.55, PERCENT) == "-7 and +55 %"
    assert pair(-0.07, 2.2, PERCENT) == "0.93 and 3.2 times what it was"


def test_a_sentence_ends_once() -> None:
    """A question keeps its mark."""
    assert [ended(words) for words in ("so", "so.", "so?")] == ["so.", "so.", "so?"]


def test_durations_odds_and_lists() -> None:
    """The largest unit that keeps two or more of it."""
    assert [duration(s) for s in (1.0, 8.4, 119.0, 600.0, 9000.0, 200_000.0)] == [
        *("1 second", "8 seconds", "119 seconds", "10 minutes", "2 hours", "2 days")
    ]
    assert (odds(2324.4), odds(1e300)) == ("2,324", "1,000,000,000")
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"])) == ("", "a", "a, b and c")
