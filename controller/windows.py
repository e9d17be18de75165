"""Time cut into windows, and samples dealt out to them.

Why: live, after an outage and after a restart the same samples must fall into the same
windows, so that the same evidence comes of them.
Never here: fetching, statistics.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from analysis.samples import Series

MOST_WINDOWS = 100_000


def closed_edges(
    origin: float, interval_seconds: float, folded_until: float, until: float
) -> tuple[float, ...]:
    """The edges on the grid origin + k * interval from `folded_until` to `until`, both kept:
    fewer than two mean that no window has closed."""
    first = round((folded_until - origin) / interval_seconds)
    last = math.floor((until - origin) / interval_seconds + 1e-9)
    last = min(last, first + MOST_WINDOWS)
    return tuple(origin + k * interval_seconds for k in range(first, last + 1))


def dealt(series: Iterable[Series], edges: Sequence[float]) -> tuple[tuple[Series, ...], ...]:
    """For each window between two edges the part of every series within (start, end]."""
    windows: list[list[Series]] = [[] for _ in edges[1:]]
    for one in series:
        cuts = [bisect_right(one.times, edge) for edge in edges]
        for index, (low, high) in enumerate(pairwise(cuts)):
            if high > low:
                windows[index].append(_part(one, low, high))
    return tuple(tuple(window) for window in windows)


def _part(one: Series, low: int, high: int) -> Series:
    return Series(one.pod, one.key, one.times[low:high], one.values[low:high], one.upper_edge)


def shifted(series: Iterable[Series], seconds: float) -> tuple[Series, ...]:
    """The series as if sampled that much later."""
    return tuple(
        Series(s.pod, s.key, tuple(t + seconds for t in s.times), s.values, s.upper_edge)
        for s in series
    )
