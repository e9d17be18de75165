"""The state of one counted metric: a ratio, a rate or a histogram.

Why: the three differ in how they are counted, not in what is done with the counts.
Never here: tests, intervals, verdicts; they read this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis import caution, lately, tally
from analysis.caution import Caution
from analysis.counts import Counts, common_edges, count, matched
from analysis.framing import Null, candidate_is_harmed, null_at, tolerated
from analysis.increments import Reading
from analysis.lately import Lately
from analysis.question import Kind, Question
from analysis.tally import Mask, Tally, totals

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counted:
    """`edges` are fixed by the first window in which both arms have some; until then, and for
    what is not a histogram, there is none. `windows` counts those with both arms exposed;
    `owed` are bad events whose requests were not seen yet, by pod."""

    edges: tuple[float, ...]
    tally: Tally
    caution: Caution
    lately: Lately
    windows: int = 0
    owed: Mapping[str, float] = field(default_factory=dict)


def begin(edges: tuple[float, ...] = ()) -> Counted:
    """Nothing known yet."""
    columns = max(len(edges), 1)
    return Counted(edges, tally.empty(columns), caution.begin(columns), lately.begin(columns))


def add(counted: Counted, question: Question, readings: Sequence[Reading]) -> Counted:
    """The state with one window more."""
    if question.kind is Kind.HISTOGRAM and not counted.edges:
        counted = begin(common_edges(readings))
        if not counted.edges:
            return counted
    if question.kind is Kind.RATIO:
        owed, readings = matched(counted.owed, readings)
        counted = replace(counted, owed=owed)
    return add_counts(counted, question, count(question, counted.edges, readings))


def add_counts(counted: Counted, question: Question, counts: Counts) -> Counted:
    """The state with one window of counts more; a window in which one arm was not exposed
    compares nothing and is left out."""
    if not counts.candidate.any() or counts.candidate.all():
        return counted
    harmed = counts.candidate == candidate_is_harmed(question)
    sums = tally.window(counts.events, counts.exposure, harmed, granted(question))
    grown = tally.add(counted.tally, counts, sums)
    rows = grown.candidate == candidate_is_harmed(question)
    return replace(
        counted,
        tally=grown,
        caution=caution.add(counted.caution, totals(sums, harmed), totals(sums, ~harmed)),
        lately=lately.add(counted.lately, (totals(grown.sums, rows), totals(grown.sums, ~rows))),
        windows=counted.windows + 1,
    )


def granted(question: Question) -> Null:
    """The tolerance as the tally grants it; a histogram's depends on the tail and comes later."""
    if question.kind is Kind.HISTOGRAM:
        return Null(np.ones(1), np.zeros(1))
    return null_at(question, np.array([tolerated(question)]))


def harmed_rows(counted: Counted, question: Question) -> Mask:
    """Which of the tally's pods are on the arm on which harm shows as more events."""
    return np.asarray(counted.tally.candidate == candidate_is_harmed(question), dtype=np.bool_)


def slower_share(question: Question) -> float:
    """The share of requests slower than the asked quantile."""
    return 1.0 - (question.quantile or 0.5)


def survival_of(sums: tally.Sums, rows: Mask) -> Floats | None:
    """The share of these pods' requests slower than each edge, None without requests."""
    exposure = float(sums.exposure[rows].sum())
    if exposure <= 0:
        return None
    return np.asarray(sums.events[rows].sum(axis=0) / exposure, dtype=np.float64)
