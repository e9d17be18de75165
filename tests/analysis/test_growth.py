"""Laws of growth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.typing import NDArray

from analysis.growth import growth

WINDOWS, HOURS = 60, 1 / 240
HOUR: NDArray[np.float64] = np.arange(float(WINDOWS)) * HOURS
MINUTE = 60.0 * HOUR


def _lasting(levels: NDArray[np.float64]) -> float:
    return float(growth(levels, HOURS).lasting)


@given(some.floats(-3.0, 3.0), some.floats(1e-9, 1e9))
def test_a_straight_line_grows_by_its_slope_in_any_unit(slope: float, unit: float) -> None:
    """The slope of a line is told exactly, and rescaling a level rescales it, no more."""
    found = growth(unit * (5.0 + slope * HOUR), HOURS)
    assert found.lasting == pytest.approx(unit * slope, abs=1e-9 * unit)
    assert found.later == pytest.approx(unit * slope, abs=1e-9 * unit)


@pytest.mark.parametrize("minutes", [0.5, 2.0, 3.5])
def test_a_saw_does_not_grow(minutes: float) -> None:
    """Memory that doubles and is swept is no leak, wherever the teeth begin."""
    for phase in np.linspace(0.0, 1.0, 40):
        assert _lasting(1.0 + (MINUTE / minutes + phase) % 1.0) < 0.05 / minutes


@pytest.mark.parametrize("minutes", [2.0, 3.5])
def test_a_saw_does_not_hide_a_leak(minutes: float) -> None:
    """What is not swept shows in the least levels."""
    saw = 0.3 * ((MINUTE / minutes) % 1.0)
    found = [_lasting(1.0 + slope * HOUR + saw) for slope in (1.0, 3.0)]
    assert found[1] - found[0] == pytest.approx(2.0, abs=0.7)
    assert found[1] > 2.0


@pytest.mark.parametrize("minutes", [1.0, 4.0, 7.0])
def test_growth_that_comes_to_an_end_does_not_last(minutes: float) -> None:
    """A cache that fills is no leak; its later part says what it still grows by."""
    found = growth(1.0 + 0.5 * (1.0 - np.exp(-MINUTE / minutes)), HOURS)
    assert found.lasting == 0.0
    assert 0.0 <= found.later < 0.5 * np.exp(-3.7 / minutes) / minutes * 60.0


def test_one_mad_high_sample_does_not_matter() -> None:
    """Only least levels count."""
    levels = 1.0 + 0.2 * HOUR
    spoilt = levels.copy()
    spoilt[[7, 31, 59]] = 1e6
    assert _lasting(spoilt) == pytest.approx(0.2, abs=1e-6)
    assert _lasting(levels) == pytest.approx(0.2)


def test_a_part_that_was_not_seen_tells_nothing() -> None:
    """Without a quarter of the time there is no slope, with a few moments less there is."""
    levels = 1.0 + 0.2 * HOUR
    few, many = levels.copy(), levels.copy()
    few[16:19], many[15:30] = np.inf, np.inf
    assert _lasting(few) == pytest.approx(0.2, abs=0.02)
    assert np.isnan(_lasting(many))
    assert np.isnan(float(growth(many, HOURS).later))


def test_many_pods_are_told_as_each_alone() -> None:
    """Leading axes change nothing."""
    levels = np.random.default_rng(1).random((3, 4, WINDOWS))
    together = growth(levels, HOURS)
    assert together.lasting.shape == (3, 4)
    assert float(together.lasting[2, 1]) == _lasting(levels[2, 1])
