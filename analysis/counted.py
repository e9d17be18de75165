"""The state of one counted metric: a ratio, a rate or a histogram.

Why: the three differ in how they are counted, not in what is done with the counts.
Never here: tests, intervals, verdicts; they read this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from analysis import caution, lately, strata, tally
from analysis.caution import Caution
from analysis.counts import Counts, Layouts, count, layouts, matched
from analysis.framing import Null, candidate_is_harmed, null_at, tolerated
from analysis.increments import Group, Reading
from analysis.lately import Lately
from analysis.question import Kind, Question
from analysis.tally import Mask, Tally, Totals, totals

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counted:
    """`edges` are fixed by the first window in which both arms have some; until then, and for
    what is not a histogram, there is none. `windows` counts those with both arms exposed;
    `owed` are bad events whose requests were not seen yet, by pod and stratum; `strata` are those
    told apart, and `alone` what each arm served (baseline, candidate) where the other arm served
    nothing in the same window and stratum, so that nothing could be compared; `layouts` are a
    histogram's buckets as each arm has them."""

    edges: tuple[float, ...]
    tally: Tally
    caution: Caution
    lately: Lately
    windows: int = 0
    owed: Mapping[Group, float] = field(default_factory=dict)
    strata: tuple[str, ...] = ()
    alone: tuple[float, float] = (0.0, 0.0)
    layouts: Layouts = field(default_factory=Layouts)


def begin(edges: tuple[float, ...] = ()) -> Counted:
    """Nothing known yet."""
    columns = max(len(edges), 1)
    return Counted(edges, tally.empty(columns), caution.begin(columns), lately.begin(columns))


def take(counted: Counted, question: Question, readings: Sequence[Reading]) -> Counted:
    """The state with one window more. Where the policy's strata are on no series, nothing is
    compared: what was asked cannot be answered."""
    if question.kind is Kind.HISTOGRAM and not counted.edges:
        shown = layouts(readings)
        counted = replace(begin(shown.common), layouts=shown)
        if not counted.edges:
            return counted
    if question.kind is Kind.RATIO:
        owed, readings = matched(counted.owed, readings)
        counted = replace(counted, owed=owed)
    admitted = strata.admit(counted.strata, readings)
    if question.strata and admitted == (strata.UNLABELLED,):
        return replace(counted, strata=admitted)
    groups = strata.by_stratum(admitted, readings)
    counts = [count(question, counted.edges, group) for group in groups]
    return add_counts(replace(counted, strata=admitted), question, counts)


def add_counts(counted: Counted, question: Question, many: Sequence[Counts]) -> Counted:
    """The state with one window more, whose counts are given by stratum; a stratum in which one
    arm was not exposed compares nothing and is left out."""
    grown, pairs = counted.tally, []
    for counts in many:
        harmed = counts.candidate == candidate_is_harmed(question)
        if not harmed.any() or harmed.all():
            counted = replace(counted, alone=_added(counted.alone, counts))
            continue
        sums = tally.window(counts.events, counts.exposure, harmed, granted(question))
        grown = tally.add(grown, counts, sums)
        pairs.append((totals(sums, harmed), totals(sums, ~harmed)))
    if not pairs:
        return counted
    rows = grown.candidate == candidate_is_harmed(question)
    return replace(
        counted,
        tally=grown,
        caution=caution.add(counted.caution, *(_whole(side) for side in zip(*pairs, strict=True))),
        lately=lately.add(counted.lately, (totals(grown.sums, rows), totals(grown.sums, ~rows))),
        windows=counted.windows + 1,
    )


def _added(alone: tuple[float, float], counts: Counts) -> tuple[float, float]:
    new = float(counts.exposure[counts.candidate].sum())
    return alone[0] + float(counts.exposure.sum()) - new, alone[1] + new


def _whole(side: Sequence[Totals]) -> Totals:
    """The totals of one arm over all strata."""
    return reduce(add, side)


def granted(question: Question) -> Null:
    """The tolerance as the tally grants it; a histogram's depends on the tail and comes later, and
    so does an offset where strata are, since it says nothing of any single one of them."""
    null = null_at(question, np.array([tolerated(question)]))
    late = question.kind is Kind.HISTOGRAM or (question.strata and null.offset.any())
    return Null(np.ones(1), np.zeros(1)) if late else null


def harmed_rows(counted: Counted, question: Question) -> Mask:
    """Which of the tally's pods are on the arm on which harm shows as more events."""
    return np.asarray(counted.tally.candidate == candidate_is_harmed(question), dtype=np.bool_)


def slower_share(question: Question) -> float:
    """The share of requests slower than the asked quantile."""
    return 1.0 - (question.quantile or 0.5)


def shares(counted: Counted, question: Question) -> tuple[Floats, Floats] | None:
    """The shares of the baseline's and the candidate's requests that count as events (columns,);
    where strata are, the baseline's is what it would be with the candidate's mix of them."""
    sums, candidate = counted.tally.sums, counted.tally.candidate
    before, after = survival_of(sums, ~candidate), survival_of(sums, candidate)
    if before is None or after is None:
        return None
    return (before * _mix(counted, question) if question.strata else before), after


def _mix(counted: Counted, question: Question) -> Floats:
    """By how much the candidate's mix of strata alone changes the share of events."""
    rows = harmed_rows(counted, question)
    ratio = float(granted(question).ratio[0])
    expected, exposure = counted.tally.sums.expected.copy(), counted.tally.sums.exposure
    expected[rows] /= ratio
    new, old = (
        expected[side].sum(axis=0) / exposure[side].sum()
        for side in (counted.tally.candidate, ~counted.tally.candidate)
    )
    return np.asarray(np.where((new > 0) & (old > 0), new / np.where(old > 0, old, 1.0), 1.0))


def survival_of(sums: tally.Sums, rows: Mask) -> Floats | None:
    """The share of these pods' requests slower than each edge, None without requests."""
    exposure = float(sums.exposure[rows].sum())
    if exposure <= 0:
        return None
    return np.asarray(sums.events[rows].sum(axis=0) / exposure, dtype=np.float64)
