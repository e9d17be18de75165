"""A counted metric's observed/expected score of every pod.

Why: the permutation of pods compares pods, each with one number that traffic and shared shocks
have been taken out of.
Never here: which pods are on which side, beyond the tolerance granted to the harmed arm.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis import tails
from analysis.counted import Counted, harmed_rows, slower_share, survival_of
from analysis.framing import candidate_is_harmed, tolerated_shift
from analysis.permutation import Scores
from analysis.question import Kind, Question

Floats = NDArray[np.float64]


def scores(counted: Counted, question: Question, panel: Sequence[str]) -> tuple[Scores, ...]:
    """The panel's observed/expected scores, log((X + 1/2) / (V + 1/2)), larger is worse.

    A histogram is scored at both edges around the quantile of all pods together: chosen
    without regard to the labels, so that exchangeable pods stay so.
    """
    if counted.windows == 0:
        return ()
    place = {name: row for row, name in enumerate(counted.tally.names)}
    rows = np.array([place.get(pod, -1) for pod in panel])
    expected = np.maximum(counted.tally.sums.expected, 0.0)
    columns: tuple[int, ...] = (0,)
    if question.kind is Kind.HISTOGRAM:
        survival = survival_of(counted.tally.sums, np.ones(len(place), dtype=np.bool_))
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
    return np.where(harmed_rows(counted, question)[:, np.newaxis], growth, 1.0)


def _scored(
    counted: Counted, question: Question, expected: Floats, rows: NDArray[np.int_], column: int
) -> Scores:
    observed = counted.tally.sums.events[rows, column] + 0.5
    foreseen = expected[rows, column] + 0.5
    values = np.where(rows < 0, np.nan, np.log(observed / foreseen))
    sign = 1.0 if candidate_is_harmed(question) else -1.0
    return Scores(sign * values, float((1.0 / foreseen).mean()))
