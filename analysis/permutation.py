"""Evidence that the candidate's pods stand out from the others as a group.

Why: pods of one version differ; only how far the candidate's pods stand out among all ways to
pick as many pods says whether the version differs, and that needs no model of the pods.
Never here: how a pod is scored.

Source: sequential label permutation (formula F8 of the design notes). At each look the set of
rejected labellings grows to a share of all labellings by those with the largest statistic;
under exchangeable pods the true labelling ever enters with at most the final share.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, floor

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.bool_]

MOST_LABELLINGS = 5_000
SEED = 20_260_101
LEAST_PODS = 4
HALF_TIME = 0.5
EARLINESS = 0.25
LEAST_VARIANCE = 0.05**2
"""Pods that differ by less than this much (in logs) do not stand out, however regularly."""


@dataclass(frozen=True, slots=True)
class Scores:
    """One metric's scores of all pods (pods,), larger is worse, NaN where a pod says nothing,
    and the variance that chance alone gives them."""

    values: Array
    noise: float


def labellings(pods: int, candidates: int) -> int:
    """In how many ways the candidates could have been picked."""
    return comb(pods, candidates)


@lru_cache(maxsize=64)
def _picks(pods: int, candidates: int) -> Labels:
    """Labellings as rows (labellings x pods); row 0 is the true one: the last pods.

    All of them, or, where they are too many, the true one and a fixed sample: a permutation
    test on a sample that holds the true labelling is exact too (Hemerik & Goeman 2018).
    """
    true = np.zeros(pods, dtype=bool)
    true[pods - candidates :] = True
    if comb(pods, candidates) <= MOST_LABELLINGS:
        rows = np.zeros((comb(pods, candidates), pods), dtype=bool)
        for row, pick in enumerate(combinations(range(pods - 1, -1, -1), candidates)):
            rows[row, list(pick)] = True
        return rows
    generator = np.random.default_rng(SEED)
    order = generator.random((MOST_LABELLINGS - 1, pods)).argsort(axis=1)
    rows = order < candidates
    return np.vstack([true, rows])


@dataclass(frozen=True, slots=True)
class Rejected:
    """The labellings rejected so far (None: no look yet); row 0 is the true one."""

    rows: Labels | None = None

    @property
    def fired(self) -> bool:
        """Whether the true labelling is among them."""
        return self.rows is not None and bool(self.rows[0])


def resolution(baseline: int, candidates: int, level: float) -> int:
    """How many labellings may be rejected in the end; 0 means that nothing can be shown."""
    possible = min(labellings(baseline + candidates, candidates), MOST_LABELLINGS)
    return floor(possible * level + 1e-9)


def look(
    rejected: Rejected, standard: Array, baseline: int, level: float, elapsed: float
) -> Rejected:
    """One look. `standard` are standardised scores (metrics, pods), the baseline's pods first;
    `elapsed` is the share (0..1] of the time the error may be spent in."""
    pods = standard.shape[1]
    picks = _picks(pods, pods - baseline)
    rows = np.zeros(len(picks), dtype=bool) if rejected.rows is None else rejected.rows.copy()
    spent = min(1.0, (elapsed / HALF_TIME) ** EARLINESS)
    room = floor(len(picks) * level * spent + 1e-9) - int(rows.sum())
    if room <= 0 or rows[0]:
        return Rejected(rows)
    statistic = (picks @ standard.T).max(axis=1)
    statistic[rows] = -np.inf
    # The true labelling comes last among equals, so a tie never rolls back.
    order = np.lexsort((np.arange(len(picks)) == 0, -statistic))[:room]
    rows[order[statistic[order] > 0]] = True
    return Rejected(rows)


def standardised(scores: Sequence[Scores]) -> Array:
    """All metrics on one scale, shape (metrics, pods), so that the largest of their sums over
    a labelling's candidates can be compared (max-T, Westfall & Young).

    The scale holds the noise of chance beside the spread seen: a few rare events that happen
    to split the pods in two halves must not look as clear as a shift of thousands. A pod
    that a metric says nothing of gets the mean of the others, which speaks for no side.
    """
    values = np.array([one.values for one in scores])
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    means = np.where(known, values, 0.0).sum(axis=1, keepdims=True) / count
    centred = np.where(known, values - means, 0.0)
    variance = (centred**2).mean(axis=1, keepdims=True)
    noise = np.array([[one.noise] for one in scores])
    standard: Array = centred / np.sqrt(variance + noise + LEAST_VARIANCE)
    return standard
