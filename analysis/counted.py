"""The evidence of one counted metric: a ratio, a rate or a histogram.

Why: the three differ in how they are counted, not in what is done with the counts.
Never here: formulas of tests, gauges, verdicts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis import bounds, fast_path, tails, tally
from analysis.bounds import Bounds
from analysis.corroboration import corroborated
from analysis.counts import Counts, common_edges, count, matched
from analysis.error_budget import Budget
from analysis.fast_path import FastPath
from analysis.framing import Null, candidate_is_harmed, null_at, tolerated, tolerated_shift
from analysis.increments import Reading
from analysis.interval import Interval
from analysis.permutation import Scores
from analysis.question import Design, Direction, Kind, Question
from analysis.tally import Tally

Floats = NDArray[np.float64]

FEWEST_SLOWER = 5
"""A bucket with fewer slower requests of the baseline does not carry an interval."""


@dataclass(frozen=True, slots=True)
class Counted:
    """`edges` are fixed by the first window in which both arms have some; until then, and for
    what is not a histogram, there is none. `windows` counts those with both arms exposed;
    `owed` are bad events whose requests were not seen yet, by pod."""

    edges: tuple[float, ...]
    tally: Tally
    fast: FastPath
    bounds: Bounds
    windows: int = 0
    owed: Mapping[str, float] = field(default_factory=dict)


def begin(question: Question, edges: tuple[float, ...] = ()) -> Counted:
    """Nothing known yet."""
    columns = max(len(edges), 1)
    return Counted(
        edges, tally.empty(columns), fast_path.begin(columns), bounds.begin(question, columns)
    )


def add(
    counted: Counted,
    question: Question,
    readings: Sequence[Reading],
    budget: Budget,
    design: Design,
) -> Counted:
    """The evidence with one window more."""
    if question.kind is Kind.HISTOGRAM and not counted.edges:
        counted = begin(question, common_edges(readings))
        if not counted.edges:
            return counted
    if question.kind is Kind.RATIO:
        owed, readings = matched(counted.owed, readings)
        counted = replace(counted, owed=owed)
    counts = count(question, counted.edges, readings)
    return add_counts(counted, question, counts, budget, design)


def add_counts(
    counted: Counted, question: Question, counts: Counts, budget: Budget, design: Design
) -> Counted:
    """The evidence with one window of counts more; a window in which one arm was not exposed
    compares nothing and is left out."""
    sides = tally.arms(counts)
    if sides is None:
        return counted
    first = candidate_is_harmed(question)
    return replace(
        counted,
        tally=tally.add(counted.tally, counts, sides, _granted(question), first),
        fast=_faster(counted, question, counts, sides, budget, design),
        bounds=bounds.add(
            counted.bounds, question, sides, first or question.kind is Kind.HISTOGRAM
        ),
        windows=counted.windows + 1,
    )


def _granted(question: Question) -> Null:
    """The tolerance as the tally grants it; a histogram's depends on the tail and comes later."""
    if question.kind is Kind.HISTOGRAM:
        return Null(np.ones(1), np.zeros(1))
    return null_at(question, np.array([tolerated(question)]))


def _faster(
    counted: Counted,
    question: Question,
    counts: Counts,
    sides: tally.Arms,
    budget: Budget,
    design: Design,
) -> FastPath:
    path, factor = fast_path.prepare(counted.fast, counts, sides, question, budget.spread)
    if design is Design.BEFORE_AFTER:
        factor *= fast_path.BEFORE_AFTER_CAUTION
    if question.kind is not Kind.HISTOGRAM:
        return fast_path.add_counts(path, sides, question, factor)
    survival = survival_of(counted.tally, ~counted.tally.candidate)
    if survival is None:
        return path
    edges = np.array(counted.edges)
    since = edges[tails.bracket(survival, slower_share(question))[0]]
    return fast_path.add_tails(path, sides, question, factor, edges, since)


def edges_of(counted: Counted) -> Floats:
    """The histogram's edges as an array."""
    return np.array(counted.edges)


def gross_harm(counted: Counted, question: Question, error: float) -> float | None:
    """Log of the fast path's evidence once it is enough for `error` and no single pod makes it,
    None before."""
    if counted.windows == 0:
        return None
    odds, column = fast_path.log_odds(counted.fast)
    if odds < -math.log(error):
        return None
    first = candidate_is_harmed(question)
    several = corroborated(counted.tally, column, _granted(question), first)
    return odds if several else None


def slower_share(question: Question) -> float:
    """The share of requests slower than the asked quantile."""
    return 1.0 - (question.quantile or 0.5)


def survival_of(sums: Tally, rows: NDArray[np.bool_]) -> Floats | None:
    """The share of these pods' requests slower than each edge, None without requests."""
    exposure = float(sums.exposure[rows].sum())
    if exposure <= 0:
        return None
    return np.asarray(sums.events[rows].sum(axis=0) / exposure, dtype=np.float64)


def scores(counted: Counted, question: Question, panel: Sequence[str]) -> tuple[Scores, ...]:
    """The panel's observed/expected scores, log((X + 1/2) / (V + 1/2)), larger is worse.

    A histogram is scored at both edges around the quantile of all pods together: chosen
    without regard to the labels, so that exchangeable pods stay so.
    """
    if counted.windows == 0:
        return ()
    place = {name: row for row, name in enumerate(counted.tally.names)}
    rows = np.array([place.get(pod, -1) for pod in panel])
    expected = np.maximum(counted.tally.expected, 0.0)
    columns: tuple[int, ...] = (0,)
    if question.kind is Kind.HISTOGRAM:
        survival = survival_of(counted.tally, np.ones(len(place), dtype=np.bool_))
        if survival is None:
            return ()
        columns = tails.bracket(survival, slower_share(question))
        expected = expected * _granted_tails(counted, question, survival)
    return tuple(_scored(counted, question, expected, rows, column) for column in columns)


def _granted_tails(counted: Counted, question: Question, survival: Floats) -> Floats:
    """By how much the tolerated shift lets each pod's tails grow: (pods, edges)."""
    edges = np.array(counted.edges)
    shifted = tails.survival_at(edges, survival, edges / tolerated_shift(question))
    growth = shifted / np.maximum(survival, tails.SMALLEST_SHARE)
    growth = np.where(survival > 0, growth, 1.0)
    harmed = counted.tally.candidate == candidate_is_harmed(question)
    return np.where(harmed[:, np.newaxis], growth, 1.0)


def _scored(
    counted: Counted, question: Question, expected: Floats, rows: NDArray[np.int_], column: int
) -> Scores:
    observed = counted.tally.events[rows, column] + 0.5
    foreseen = expected[rows, column] + 0.5
    values = np.where(rows < 0, np.nan, np.log(observed / foreseen))
    sign = 1.0 if candidate_is_harmed(question) else -1.0
    return Scores(sign * values, float((1.0 / foreseen).mean()))


def interval(counted: Counted, question: Question) -> Interval | None:
    """The effect so far with its bounds, None while there is no effect to speak of."""
    if counted.windows == 0:
        return None
    if question.kind is Kind.HISTOGRAM:
        return _interval_of_quantile(counted, question)
    effect = _effect(counted, question)
    harms = bounds.grid(question).harms
    spread = bounds.dispersion(counted.tally, 0)
    least, most = bounds.ends(counted.bounds, harms, 0, spread)
    if question.worse is Direction.LOWER:
        least, most = -most, -least
    return Interval(effect, least, most)


def _effect(counted: Counted, question: Question) -> float:
    """The change of the metric as asked; infinite from a baseline of zero."""
    sums = counted.tally
    rates = [
        float(sums.events[rows, 0].sum() / sums.exposure[rows].sum())
        for rows in (~sums.candidate, sums.candidate)
    ]
    if question.kind is Kind.RATIO and question.worse is Direction.LOWER:
        rates = [1.0 - rate for rate in rates]
    before, after = rates
    if question.tolerance.absolute:
        return after - before
    if before > 0:
        return after / before - 1.0
    return math.inf if after > 0 else 0.0


def _interval_of_quantile(counted: Counted, question: Question) -> Interval | None:
    """The change of the quantile; its bounds are the shifts of the baseline's distribution that
    give the bounds of the tail's ratio at the edge nearest to the quantile."""
    sums, edges, share = counted.tally, np.array(counted.edges), slower_share(question)
    before = survival_of(sums, ~sums.candidate)
    after = survival_of(sums, sums.candidate)
    if before is None or after is None:
        return None
    fewest = FEWEST_SLOWER / float(sums.exposure[~sums.candidate].sum())
    column = tails.nearest(before, share, fewest)
    spread = bounds.dispersion(sums, column)
    least, most = bounds.ends(counted.bounds, bounds.grid(question).harms, column, spread)
    old, new = tails.point_at(edges, before, share), tails.point_at(edges, after, share)
    effect = math.inf if old is None or new is None else new / old - 1.0
    low = _shift(edges, before, column, least)
    high = _shift(edges, before, column, most)
    return Interval(effect, -math.inf if low is None else low, math.inf if high is None else high)


def _shift(edges: Floats, survival: Floats, column: int, excess: float) -> float | None:
    """The relative change of all values that multiplies the share slower than an edge by
    1 + excess; None where the buckets do not reach so far."""
    share = float(survival[column]) * (1.0 + excess)
    if not 0.0 < share < 1.0:
        return None
    point = tails.point_at(edges, survival, share)
    return None if point is None else float(edges[column]) / point - 1.0
