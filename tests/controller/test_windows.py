"""The same samples fall into the same windows, however they were read."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from analysis.samples import Series
from controller.windows import closed_edges, dealt, shifted, summed

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


COUNTS = st.lists(st.integers(0, 5), min_size=4, max_size=4)


def counter(key: str, values: Sequence[float], times: Sequence[float] = (1, 2, 3, 4)) -> Series:
    """A counter of one pod."""
    return Series("web-1", key, tuple(times), tuple(values))


def gained(many: Iterable[Series]) -> list[float]:
    """What a pod's counters gained from sample to sample, resets counted as starts from zero."""
    steps = [
        [b - a if b >= a else b for a, b in pairwise(one.values)] for one in many if one.values
    ]
    return [sum(step) for step in zip(*steps, strict=True)]


@given(st.lists(COUNTS, min_size=1, max_size=4))
def test_a_sum_gains_what_its_parts_gain(many: list[list[int]]) -> None:
    """Summed or not, with resets or without, a pod gained the same from sample to sample."""
    counters = [counter(f"c{n}", [float(v) for v in values]) for n, values in enumerate(many)]
    assert gained(summed(counters)) == gained(counters)


def test_only_what_is_alike_is_summed() -> None:
    """Other times, another pod, another bucket and a value that is no number stay apart."""
    grows = counter("a", (1, 2, 3, 4))
    others = [
        counter("b", (1, 2, 3), (1, 2, 3)),
        replace(grows, pod="web-2"),
        replace(grows, upper_edge=0.5),
        counter("c", (1, float("nan"), 3, 4)),
        counter("d", (1, 2, 3, float("inf"))),
        counter("e", (1, 2, 0, 4)),
    ]
    assert set(map(str, summed([grows, *others]))) == set(map(str, [grows, *others]))
    (both,) = summed([grows, counter("f", (0, 0, 7, 7))])
    assert both.values == (1, 2, 10, 11)
