"""Evidence that the candidate's pods stand out from the others as a group.

Why: pods of one version differ; how far the candidate's pods stand out among all ways to pick
as many pods says whether the version differs, and needs no model of the pods.
Never here: how a pod is scored.

Source: sequential label permutation. At each look the set of rejected labellings grows, by
those with the largest statistic, to a share of all labellings; if the pods are exchangeable
(no version is worse) the true labelling ever enters with at most the final share.

Arrays may have leading axes (many rollouts of the same pods), as in tally.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, floor, sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.question import Comparison, Kind

Floats = NDArray[np.float64]
Labels = NDArray[np.bool_]

MOST_LABELLINGS = 5_000
FEWEST_REJECTED_OF_SAMPLE = 20
SEED = 20_260_101

SPENT_BY = 0.3
EARLINESS = 0.35
"""The error is spent as (x / SPENT_BY)^EARLINESS of the part x of the time limit: where pods differ, waiting
longer shows no more; of two labellings the first may be rejected at 4 % of the time, an only one
at 30 %."""

CLEARLY_APART = 5.0
"""A labelling whose groups lie so many deviations apart need not wait for its share of the error:
harm that begins late is seen soon, too. By chance any labelling reaches it in 3 % of rollouts at
4+4 pods, in 1 % at 5+5 and 8+2."""

LEAST_VARIANCE = 0.05**2
"""Pods that differ by less than this (in logarithms) do not stand out, however regularly."""

DECIMALS = 9


@dataclass(frozen=True, slots=True)
class Scores:
    """One metric's scores of all pods (..., pods), larger is worse, NaN where a pod says nothing,
    and the variance (...,) that chance alone gives them."""

    values: Floats
    noise: Floats


@dataclass(frozen=True, slots=True)
class Rejected:
    """The labellings (..., labellings) rejected so far (None: no look yet); row 0 is the true one."""

    rows: Labels | None = None

    @property
    def fired(self) -> Labels:
        """Whether the true labelling is among them: (...,)."""
        return np.zeros((), dtype=np.bool_) if self.rows is None else self.rows[..., 0]


def labellings(baseline: int, candidates: int, level: float) -> int:
    """How many labellings are compared: all, or a sample where they are too many."""
    every = comb(baseline + candidates, candidates)
    return min(every, max(MOST_LABELLINGS, floor(FEWEST_REJECTED_OF_SAMPLE / level)))


def rejectable(baseline: int, candidates: int, level: float) -> int:
    """How many labellings may be rejected in the end; 0 means that nothing can be shown, as where no
    error is left for it (`level` 0)."""
    if level <= 0:
        return 0
    return floor(labellings(baseline, candidates, level) * level + DECIMALS * 1e-9)


@lru_cache(maxsize=32)
def _picks(baseline: int, candidates: int, rows: int) -> Floats:
    """Labellings (rows, pods), one where the pod is labelled candidate; row 0 is the true one,
    the last pods. A fixed random sample that holds the true labelling is exact too (Hemerik &
    Goeman 2018).
    """
    pods = baseline + candidates
    if comb(pods, candidates) == rows:
        chosen = np.array(list(combinations(range(pods - 1, -1, -1), candidates)))
    else:
        order = np.random.default_rng(SEED).random((rows, pods)).argsort(axis=1)
        chosen = order[:, :candidates]
        chosen[0] = np.arange(baseline, pods)
    picks = np.zeros((rows, pods))
    np.put_along_axis(picks, chosen, 1.0, axis=1)
    return picks


def spent(elapsed: float, until: float = SPENT_BY) -> float:
    """The part of the error that is spent after the part `elapsed` of the time limit, all of it after
    `until`."""
    return float(min(1.0, (elapsed / until) ** EARLINESS))


def spent_by(comparison: Comparison) -> float:
    """The part of the time limit after which all error is spent: slopes show late, so with one among
    the metrics some is kept for the end."""
    late = any(question.kind is Kind.SLOPE for question in comparison.questions)
    return 1.0 if late else SPENT_BY


def look(
    rejected: Rejected, standard: Floats, baseline: int, level: float, due_part: float
) -> Rejected:
    """One look. `standard` are standardised scores (..., metrics, pods), the baseline's pods first;
    `due_part` of the error is due by now."""
    candidates = standard.shape[-1] - baseline
    count, most = (of(baseline, candidates, level) for of in (labellings, rejectable))
    shape = (*standard.shape[:-2], count)
    rows = np.zeros(shape, dtype=np.bool_) if rejected.rows is None else rejected.rows
    used = rows.sum(axis=-1, keepdims=True)
    left = np.where(rows[..., :1], 0, most - used)
    if not (left > 0).any():
        return Rejected(rows)
    due = floor(most * due_part + DECIMALS * 1e-9) - used
    correlation = np.where(rows, -np.inf, _correlations(standard, baseline, count))
    clear = correlation >= clear_correlation(baseline, candidates)
    place = _places(correlation)
    chosen = (place < left) & (clear | (place < due)) & np.isfinite(correlation)
    return Rejected(rows | chosen)


def clear_correlation(baseline: int, candidates: int) -> float:
    """The correlation of scores with labels where the groups lie CLEARLY_APART."""
    share = candidates / (baseline + candidates)
    apart = CLEARLY_APART * sqrt(share * (1.0 - share))
    return apart / sqrt(1.0 + apart**2)


def _correlations(standard: Floats, baseline: int, count: int) -> Floats:
    """Per labelling (..., labellings) the largest correlation, over the metrics, of scores and
    labels."""
    candidates = standard.shape[-1] - baseline
    sums = (standard @ _picks(baseline, candidates, count).T).max(axis=-2)
    return np.asarray(np.round(sums / np.sqrt(candidates * baseline), DECIMALS), dtype=np.float64)


def _places(correlation: Floats) -> NDArray[np.int64]:
    """Each labelling's place from the largest on; the true labelling is last among equals, so no
    tie rolls back."""
    order = np.roll(-correlation, -1, axis=-1).argsort(axis=-1, kind="stable")
    return np.roll(order.argsort(axis=-1), 1, axis=-1)


def standardised(scores: Sequence[Scores]) -> Floats:
    """All metrics on one scale, shape (..., metrics, pods), so that the largest of their sums over
    a labelling's candidates can be compared (max-T, Westfall & Young 1993).

    The scale holds the noise of chance beside the spread seen: a few rare events that happen
    to split the pods in two halves must not look as clear as a shift of thousands. A pod
    that a metric says nothing of gets the mean of the others, which speaks for no side.
    """
    values = np.stack([one.values for one in scores], axis=-2)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=-1, keepdims=True), 1)
    means = np.where(known, values, 0.0).sum(axis=-1, keepdims=True) / count
    centred = np.where(known, values - means, 0.0)
    noise = np.stack([one.noise for one in scores], axis=-1)[..., np.newaxis]
    variance = (centred**2).mean(axis=-1, keepdims=True) + noise + LEAST_VARIANCE
    return np.asarray(centred / np.sqrt(variance), dtype=np.float64)
