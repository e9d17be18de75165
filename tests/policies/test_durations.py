"""Durations and amounts read back as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.question import Tolerance
from policies.amounts import format_share, format_tolerance, parse_share, parse_tolerance
from policies.durations import format_duration, parse_duration


@given(st.integers(0, 10_000 * 86_400_000))
def test_duration_round_trip(milliseconds: int) -> None:
    """Every duration to the millisecond is written in a form that reads back as the same."""
    seconds = milliseconds / 1_000
    assert parse_duration(format_duration(seconds)) == seconds


@given(st.decimals(0, 9_999, places=4), st.booleans())
def test_tolerance_round_trip(percent: object, absolute: bool) -> None:
    """Every tolerance is written in a form that reads back as the same."""
    tolerance = parse_tolerance(f"{percent}{'pp' if absolute else '%'}")
    assert parse_tolerance(format_tolerance(tolerance)) == tolerance


@given(st.integers(0, 1_000_000))
def test_share_round_trip(ten_thousandths: int) -> None:
    """Every share is written in a form that reads back as the same."""
    share = parse_share(f"{ten_thousandths / 10_000:.4f}%")
    assert parse_share(format_share(share)) == share


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("60s", 60), ("5m", 300), ("1h30m", 5_400), ("7d", 604_800), ("500ms", 0.5), ("0s", 0)],
)
def test_durations_people_write(text: str, seconds: float) -> None:
    """The spellings that the documentation shows mean what they say."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "60", "1.5h", "-1s", "30m1h", "5 m", "5M", "1m1m", "٣s", "9999999999s"]
)
def test_no_durations(text: str) -> None:
    """A text without unit, order, whole numbers or bound is no duration."""
    with pytest.raises(ValueError, match="whole numbers with units"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "tolerance"), [("10%", Tolerance(0.1)), ("0.5pp", Tolerance(0.005, absolute=True))]
)
def test_tolerances_people_write(text: str, tolerance: Tolerance) -> None:
    """The spellings that the documentation shows mean what they say."""
    assert parse_tolerance(text) == tolerance


@pytest.mark.parametrize("text", ["", "10", "0.1", "-5%", "5 %", "5ppm", "1e3%", "nan%", "%"])
def test_no_tolerances(text: str) -> None:
    """A number without its sign is no tolerance."""
    with pytest.raises(ValueError, match="a tolerance is"):
        parse_tolerance(text)


def test_points_are_no_share() -> None:
    """Percentage points are a difference, so they are no share."""
    with pytest.raises(ValueError, match="a share is"):
        parse_share("5pp")
