"""Laws of histograms read as distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.tails import bracket, nearest, point_at, survival_at

EDGES = np.array([0.1, 0.25, 0.5, 1.0, 2.5])
SURVIVAL = np.array([0.6, 0.2, 0.03, 0.004, 0.0])


@given(st.floats(0.0001, 0.99))
def test_the_point_of_a_share_has_that_share_beyond_it(share: float) -> None:
    """Quantile and survival undo each other."""
    point = point_at(EDGES, SURVIVAL, share)
    assert point is not None
    assert survival_at(EDGES, SURVIVAL, np.array([point]))[0] == pytest.approx(share)


@given(st.floats(0.0001, 0.99), st.sampled_from([0.01, 1000.0]))
def test_the_unit_of_the_edges_does_not_matter(share: float, unit: float) -> None:
    """Milliseconds and seconds give the same point."""
    point, scaled = point_at(EDGES, SURVIVAL, share), point_at(EDGES * unit, SURVIVAL, share)
    assert point is not None
    assert scaled == pytest.approx(point * unit)


def test_what_lies_past_the_last_edge_is_not_guessed() -> None:
    """A quantile in the last, open bucket has no value."""
    assert point_at(EDGES, np.array([0.9, 0.8, 0.7, 0.6, 0.5]), 0.01) is None


def test_the_edges_around_a_quantile() -> None:
    """The last edge with more beyond it and the first with no more."""
    assert bracket(SURVIVAL, 0.01) == (2, 3)
    assert bracket(SURVIVAL, 0.9) == (0,)
    assert bracket(np.full(5, 0.5), 0.01) == (4,)


def test_an_edge_with_too_little_beyond_it_is_passed_over() -> None:
    """An interval does not rest on a handful of requests."""
    assert nearest(SURVIVAL, 0.005, fewest=0.001) == 3
    assert nearest(SURVIVAL, 0.005, fewest=0.01) == 2
