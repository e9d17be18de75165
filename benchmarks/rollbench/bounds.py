"""What no rule can beat in a cell.

Why: a delay or a miss is to be blamed on a rule only as far as somebody could do better.
Never here: rules, runs of the benchmark.
"""

import numpy as np

from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.interface import Floats

DRAWS = 200_000


def information_seconds(cell: Cell, ratio: float, promise: float) -> float:
    """The least mean time to show, with error `promise`, that the candidate has `ratio` times the
    errors, pods being equal: log(1/promise) over the information a second (Wald 1945). With
    rates a b and pods n m the information of the two Poisson counts is n a log(a/c) +
    m b log(b/c), c their common rate.
    """
    old, new = cell.baseline_pods, cell.candidate_pods
    rate = cell.base_rate * cell.requests_per_second
    common = (old + new * ratio) / (old + new)
    gained = rate * (new * ratio * np.log(ratio / common) + old * np.log(1.0 / common))
    return float(-np.log(promise) / gained) if gained > 0 else float("inf")


def power_ceiling(cell: Cell, ratio: float, promise: float, seconds: float) -> float:
    """How often `ratio` times the errors can be told from none after `seconds`, in one look, by
    somebody who knows the rates and how much pods differ: the power of the test on the ratio
    of the arms' sums, its quantile taken from DRAWS releases that are not worse.

    Seeded. Ties are split, so that the error is `promise` to chance.
    """
    draw = np.random.default_rng(1)
    none, harm = _log_ratio(cell, 1.0, seconds, draw), _log_ratio(cell, ratio, seconds, draw)
    limit = np.quantile(none, 1.0 - promise, method="higher")
    over, tied = float((none > limit).mean()), float((none == limit).mean())
    split = (promise - over) / tied
    return float((harm > limit).mean() + split * (harm == limit).mean())


def _log_ratio(cell: Cell, ratio: float, seconds: float, draw: np.random.Generator) -> Floats:
    mean = cell.base_rate * cell.requests_per_second * seconds
    old = draw.poisson(mean * _pods(cell.baseline_pods, cell.spread, draw))
    new = draw.poisson(mean * ratio * _pods(cell.candidate_pods, cell.spread, draw))
    return np.asarray(np.log((new + 0.5) / (old + 0.5)))


def _pods(pods: int, spread: float, draw: np.random.Generator) -> Floats:
    """Sums (DRAWS,) of `pods` gamma effects of mean one."""
    if spread == 0:
        return np.full(DRAWS, float(pods))
    return draw.gamma(pods * spread**-2, spread**2, DRAWS)
