"""Whether gross harm still shows when any one of the candidate's pods is left out.

Why: the unit of inference is the pod. One pod on a bad node, or one pod's burst of some minutes,
is no release gone bad, however many requests it spoils.
Never here: the promise about false rollbacks, which this caution only makes easier to keep.
"""

import math

import numpy as np
from numpy.typing import NDArray

from analysis.conditional import ALTERNATIVES, WEIGHTS, log_evidence, log_mixture
from analysis.framing import Null
from analysis.tally import Tally

Floats = NDArray[np.float64]

NEEDED_ODDS = 20.0
"""What the other pods must show by themselves, as evidence against the bare tolerance."""


def corroborated(tally: Tally, column: int, null: Null, harmed_is_candidate: bool) -> bool:
    """Whether each set of all candidate pods but one speaks against `null`, by the sums over
    all windows; a lone pod has nobody to ask and is believed."""
    rows = np.flatnonzero(tally.candidate)
    if len(rows) < 2:
        return True
    reference = _sums(tally, ~tally.candidate, column)
    odds = [
        _log_odds(_sums(tally, _without(tally, row), column), reference, null, harmed_is_candidate)
        for row in rows
    ]
    return min(odds) >= math.log(NEEDED_ODDS)


def _without(tally: Tally, row: np.intp) -> NDArray[np.bool_]:
    left = tally.candidate.copy()
    left[row] = False
    return left


def _sums(tally: Tally, rows: NDArray[np.bool_], column: int) -> tuple[Floats, float]:
    return tally.events[rows, column].sum(keepdims=True), float(tally.exposure[rows].sum())


def _log_odds(
    candidate: tuple[Floats, float],
    baseline: tuple[Floats, float],
    null: Null,
    harmed_is_candidate: bool,
) -> float:
    harmed, other = (candidate, baseline) if harmed_is_candidate else (baseline, candidate)
    if harmed[1] <= 0 or other[1] <= 0:
        return -math.inf
    return float(log_mixture(log_evidence(harmed, other, null, ALTERNATIVES), WEIGHTS)[0])
