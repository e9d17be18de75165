"""Time cut into windows, and samples dealt out to them.

Why: live, after an outage and after a restart the same samples must fall into the same
windows, so that the same evidence comes of them.
Never here: fetching, statistics.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from operator import le

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
    return replace(one, times=one.times[low:high], values=one.values[low:high])


def summed(counters: Iterable[Series]) -> tuple[Series, ...]:
    """The same increments in fewer series: counters of one pod, stratum and bucket that were
    sampled at the same times, and only grew, become their sum."""
    alike: dict[tuple[str, str, float | None, tuple[float, ...]], list[Series]] = {}
    others = []
    for one in counters:
        if _only_grows(one.values):
            alike.setdefault((one.pod, one.stratum, one.upper_edge, one.times), []).append(one)
        else:
            others.append(one)
    return (*others, *map(_sum, alike.values()))


def _only_grows(values: Sequence[float]) -> bool:
    return all(map(le, values, values[1:])) and all(map(math.isfinite, values[-1:]))


def _sum(many: Sequence[Series]) -> Series:
    first = many[0]
    if len(many) == 1:
        return first
    values = tuple(map(sum, zip(*(one.values for one in many), strict=True)))
    return replace(first, values=values)


def shifted(series: Iterable[Series], seconds: float) -> tuple[Series, ...]:
    """The series as if sampled that much later."""
    return tuple(replace(one, times=tuple(t + seconds for t in one.times)) for one in series)
