"""A counted metric's observed/expected score of every pod.

Why: the permutation of pods compares pods, each with one number that traffic and shared shocks
have been taken out of.
Never here: which pods are on which side, beyond the tolerance granted to the harmed arm.

Arrays may have leading axes (many rollouts of the same pods), as in tally.py.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis import tails
from analysis.counted import Counted, harmed_rows, slower_share
from analysis.framing import candidate_is_harmed, null_at, tolerated, tolerated_shift
from analysis.permutation import Scores
from analysis.question import Kind, Question
from analysis.tally import Mask, Sums

Floats = NDArray[np.float64]
Rows = NDArray[np.int_]


def scores(counted: Counted, question: Question, panel: Sequence[str]) -> tuple[Scores, ...]:
    """The panel's observed/expected scores, log((X + 1/2) / (V + 1/2)), larger is worse."""
    if counted.windows == 0:
        return ()
    place = {name: row for row, name in enumerate(counted.tally.names)}
    rows = np.array([place.get(pod, -1) for pod in panel])
    edges, harmed = np.array(counted.edges), harmed_rows(counted, question)
    return scores_of(counted.tally.sums, edges, harmed, question, rows)


def scores_of(
    sums: Sums, edges: Floats, harmed: Mask, question: Question, rows: Rows
) -> tuple[Scores, ...]:
    """The scores of the pods at `rows` (pods,) of the sums, -1 for a pod that they do not hold;
    `harmed` marks the pods of the arm on which harm shows as more events.

    A histogram is scored at both edges around the quantile of all pods together: chosen
    without regard to the labels, so that exchangeable pods stay so.
    """
    sign = 1.0 if candidate_is_harmed(question) else -1.0
    expected = sums.expected
    if question.strata and question.kind is not Kind.HISTOGRAM:
        expected = _granted_late(sums, harmed, question)
    expected = np.maximum(expected, 0.0)
    if question.kind is not Kind.HISTOGRAM:
        return (_scored(sums.events[..., 0], expected[..., 0], rows, sign),)
    exposure = sums.exposure.sum(axis=-1)
    if not (exposure > 0).all():
        return ()
    survival = sums.events.sum(axis=-2) / exposure[..., np.newaxis]
    expected = expected * _granted_tails(edges, survival, harmed, question)
    return tuple(
        _scored(_at(sums.events, column), _at(expected, column), rows, sign)
        for column in _bracket(survival, slower_share(question))
    )


def _granted_late(sums: Sums, harmed: Mask, question: Question) -> Floats:
    """What each pod would show at just the tolerated offset, which the tally left out: all the
    events, first the offset's, the rest as the strata have them."""
    null = null_at(question, np.array([tolerated(question)]))
    if not null.offset.any():
        return sums.expected
    rows = harmed[:, np.newaxis]
    extra = np.where(rows, null.offset * sums.exposure[..., np.newaxis], 0.0)
    plain = sums.expected * np.where(rows, null.ratio, 1.0)
    left = sums.events.sum(axis=-2, keepdims=True) - extra.sum(axis=-2, keepdims=True)
    all_plain = np.maximum(plain.sum(axis=-2, keepdims=True), 1e-12)
    return np.asarray(np.maximum(left, 0.0) / all_plain * plain + extra)


def _bracket(survival: Floats, share: float) -> list[NDArray[np.int_]]:
    """The columns (...,) just before and just past the quantile's edge."""
    found = [tails.bracket(survival[at], share) for at in np.ndindex(survival.shape[:-1])]
    shape = survival.shape[:-1]
    before, past = ([columns[end] for columns in found] for end in (0, -1))
    return [np.array(before).reshape(shape), np.array(past).reshape(shape)]


def _at(table: Floats, column: NDArray[np.int_]) -> Floats:
    """The column (...,) of a table (..., pods, edges): (..., pods)."""
    picked = np.take_along_axis(table, column[..., np.newaxis, np.newaxis], axis=-1)
    return np.asarray(picked[..., 0], dtype=np.float64)


def _granted_tails(edges: Floats, survival: Floats, harmed: Mask, question: Question) -> Floats:
    """By how much the tolerated shift lets each pod's tails grow: (..., pods, edges)."""
    before, shifted = edges / tolerated_shift(question), np.ones_like(survival)
    for at in np.ndindex(survival.shape[:-1]):
        shifted[at] = tails.survival_at(edges, survival[at], before)
    growth = np.where(survival > 0, shifted / np.maximum(survival, tails.SMALLEST_SHARE), 1.0)
    return np.where(harmed[:, np.newaxis], growth[..., np.newaxis, :], 1.0)


def _scored(events: Floats, expected: Floats, rows: Rows, sign: float) -> Scores:
    """`events` and `expected` are (..., pods)."""
    foreseen = expected[..., rows] + 0.5
    values = np.where(rows < 0, np.nan, np.log((events[..., rows] + 0.5) / foreseen))
    return Scores(sign * values, (1.0 / foreseen).mean(axis=-1))
