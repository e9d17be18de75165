"""Learns a workload's past from windows, as the source stored them.

Why: the same windows that are judged live are what the past is made of; one door for both.
Never here: choosing stretches of time, storing, deciding.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median

import numpy as np

from analysis import learn_counts, learn_levels, learn_slopes, parts, slopes, strata, tails
from analysis.counted import slower_share
from analysis.counts import Counts, count, matched
from analysis.increments import Cursors, Group, Reading
from analysis.learn_counts import Block
from analysis.past import MetricPast, Past
from analysis.question import LEVELS, Comparison, Kind, Question
from analysis.samples import Part, Window

Readings = list[tuple[Reading, ...]]


def learn(comparison: Comparison, blocks: Iterable[Sequence[Window]], learned_at: float) -> Past:
    """What the windows of `blocks` say of each metric's pods; a metric that they say too little of
    is absent. A block holds the windows of one stretch of time without a rollout; `blocks` is
    gone through once. `learned_at` is unix seconds."""
    gathered = _Gathered(comparison)
    since, many = learned_at, 0
    for windows in blocks:
        if windows:
            since, many = min(since, windows[0].start), many + 1
            gathered.add(windows)
    return Past(gathered.pasts(), many, learned_at, since)


class _Gathered:
    """Counts and levels of all blocks so far, by metric."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.counts: dict[str, list[list[Block]]] = {}
        self.levels: dict[str, list[dict[str, list[float]]]] = {}

    def add(self, windows: Sequence[Window]) -> None:
        for question in self.comparison.questions:
            readings = _readings(self.comparison, question, windows)
            if question.kind in LEVELS:
                self.levels.setdefault(question.name, []).append(_levels(readings))
            else:
                for place, blocks in enumerate(_blocks(question, readings)):
                    columns = self.counts.setdefault(question.name, [])
                    columns.extend([] for _ in range(place + 1 - len(columns)))
                    columns[place].extend(blocks)

    def pasts(self) -> tuple[MetricPast, ...]:
        found = (self._past(question) for question in self.comparison.questions)
        return tuple(past for past in found if past is not None)

    def _past(self, question: Question) -> MetricPast | None:
        name = question.name
        if question.kind is Kind.SLOPE:
            plan = slopes.plan_of(self.comparison)
            return learn_slopes.learn(question, plan, self.levels.get(name, []))
        if question.kind in LEVELS:
            return learn_levels.learn(name, self.levels.get(name, []))
        columns = (learn_counts.learn(name, blocks) for blocks in self.counts.get(name, []))
        known = [past for past in columns if past is not None]
        if not known:
            return None
        drifts = [past.drift for past in known]
        drift = None if None in drifts else max(one for one in drifts if one is not None)
        return replace(max(known, key=lambda past: past.spread), drift=drift)


def _readings(comparison: Comparison, question: Question, windows: Sequence[Window]) -> Readings:
    cursors, found = Cursors(), []
    for window in windows:
        if question.name not in window.blind:
            cursors, readings = parts.read(comparison, question, cursors, window)
            found.append(readings)
    return found


def _levels(readings: Readings) -> dict[str, list[float]]:
    """Per pod the medians of its windows."""
    seen: dict[str, list[float]] = {}
    for window in readings:
        for reading in window:
            if reading.values:
                seen.setdefault(reading.pod.name, []).append(median(reading.values))
    return seen


def _blocks(question: Question, readings: Readings) -> list[list[Block]]:
    """One block of counts a stratum, for a histogram so for each edge around the quantile."""
    edges = _edges(readings) if question.kind is Kind.HISTOGRAM else ()
    if question.kind is Kind.HISTOGRAM and not edges:
        return []
    found = [_table(edges, _counts(question, edges, group)) for group in _by_stratum(readings)]
    tables = [table for table in found if table is not None]
    if not tables:
        return []
    columns: tuple[int, ...] = (0,)
    if edges:
        slower = sum(events.sum(axis=(0, 1)) for _, events, _ in tables)
        all_requests = sum(float(exposure.sum()) for *_, exposure in tables)
        columns = tails.bracket(slower / max(all_requests, 1.0), slower_share(question))
    return [
        [Block(pods, events[..., column], exposure) for pods, events, exposure in tables]
        for column in columns
    ]


def _by_stratum(readings: Readings) -> list[Readings]:
    """The windows of each stratum; a window in which a stratum shows nothing is empty there."""
    admitted: tuple[str, ...] = ()
    for window in readings:
        admitted = strata.admit(admitted, window)
    groups: dict[str, Readings] = {}
    for at, window in enumerate(readings):
        for group in strata.by_stratum(admitted, window):
            windows = groups.setdefault(group[0].stratum, [() for _ in readings])
            windows[at] = group
    return [groups[stratum] for stratum in sorted(groups)]


def _edges(readings: Readings) -> tuple[float, ...]:
    """The finite positive edges that all pods of all windows share."""
    shown = [
        {edge for edge in buckets if edge is not None}
        for window in readings
        for reading in window
        if (buckets := reading.increments.get(Part.BUCKETS))
    ]
    shared = set.intersection(*shown) if shown else set()
    return tuple(sorted(edge for edge in shared if 0.0 < edge < np.inf))


def _counts(question: Question, edges: tuple[float, ...], readings: Readings) -> list[Counts]:
    owed, found = dict[Group, float](), []
    for shown in readings:
        settled = shown
        if question.kind is Kind.RATIO:
            kept, settled = matched(owed, shown)
            owed = dict(kept)
        found.append(count(question, edges, settled))
    return found


def _table(
    edges: tuple[float, ...], counts: Sequence[Counts]
) -> tuple[tuple[str, ...], learn_counts.Floats, learn_counts.Floats] | None:
    """Pods, events (windows, pods, columns) and exposures (windows, pods); 0 where not seen."""
    pods = tuple(sorted({name for window in counts for name in window.names}))
    if not pods:
        return None
    place = {name: row for row, name in enumerate(pods)}
    events = np.zeros((len(counts), len(pods), max(len(edges), 1)))
    exposure = np.zeros((len(counts), len(pods)))
    for at, window in enumerate(counts):
        rows = [place[name] for name in window.names]
        events[at, rows] = window.events
        exposure[at, rows] = window.exposure
    return pods, events, exposure
