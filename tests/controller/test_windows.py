"""The same samples fall into the same windows, however they were read."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analysis.samples import Series
from controller.windows import closed_edges, dealt, shifted

TIMES = st.lists(st.integers(1, 400), unique=True, min_size=1).map(sorted)


def series(times: list[int]) -> Series:
    """A counter that shows its own time."""
    return Series("pod", "", tuple(map(float, times)), tuple(map(float, times)))


@given(TIMES, st.lists(st.integers(1, 39), unique=True).map(sorted))
def test_any_split_of_reads_gives_the_same_windows(times: list[int], reads: list[int]) -> None:
    """Read at once, tick by tick, or after an outage: every window holds the same samples."""
    edges = closed_edges(0.0, 10.0, 0.0, 400.0)
    whole = dealt([series(times)], edges)
    pieces: list[tuple[Series, ...]] = []
    stops = [0, *reads, 40]
    for first, last in pairwise(stops):
        part = edges[first : last + 1]
        inside = [t for t in times if part[0] < t <= part[-1]]
        pieces += dealt([series(inside)], part)
    assert tuple(pieces) == whole


@given(TIMES)
def test_each_sample_is_in_one_window(times: list[int]) -> None:
    """Nothing is lost at an edge and nothing counts twice."""
    edges = closed_edges(0.0, 10.0, 0.0, 400.0)
    found = [t for window in dealt([series(times)], edges) for one in window for t in one.times]
    assert found == [float(t) for t in times]


def test_only_closed_windows() -> None:
    """A window that has not closed has no edge."""
    assert closed_edges(0.0, 15.0, 0.0, 14.9) == (0.0,)
    assert closed_edges(0.0, 15.0, 15.0, 45.0) == (15.0, 30.0, 45.0)


def test_shifted_moves_time_only() -> None:
    """A shift moves the times and leaves the values."""
    (moved,) = shifted([series([1, 2])], 10.0)
    assert (moved.times, moved.values) == ((11.0, 12.0), (1.0, 2.0))
