"""Histograms as distributions: tails, quantiles, and what a tolerated shift does to a tail.

Why: a mean or a single bucket hides what users feel; the whole tail is compared.
Never here: tests, pods.

All functions take `edges` (ascending, finite, positive upper bounds of J buckets) and
`survival` (J: the share of requests slower than each edge, falling).
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SMALLEST_SHARE = 1e-9
MOST_TOLERATED = 10.0


def _log_survival(survival: Array) -> Array:
    return np.log(np.maximum(survival, SMALLEST_SHARE))


def survival_at(edges: Array, survival: Array, points: Array) -> Array:
    """The survival at any points, straight between edges in log-log; 1 below half the first
    edge, since nothing is known there."""
    xs = np.concatenate(([edges[0] / 2], edges))
    ys = np.concatenate(([0.0], _log_survival(survival)))
    at: Array = np.exp(np.interp(np.log(points), np.log(xs), ys))
    return at


def quantile(edges: Array, survival: Array, share: float) -> float | None:
    """The point that a share of 1 - `share` is slower than, None past the last edge."""
    xs = np.concatenate(([edges[0] / 2], edges))
    ys = np.concatenate(([0.0], _log_survival(survival)))
    wanted = np.log(max(1 - share, SMALLEST_SHARE))
    if ys[-1] > wanted:
        return None
    ys = np.minimum.accumulate(ys)
    after = int(np.searchsorted(-ys, -wanted))
    if after == 0:
        return float(xs[0])
    rise = ys[after - 1] - ys[after]
    part = (ys[after - 1] - wanted) / rise if rise > 0 else 1.0
    return float(np.exp(np.log(xs[after - 1]) + part * np.log(xs[after] / xs[after - 1])))


def tolerated_ratio(edges: Array, survival: Array, tolerance: float) -> Array:
    """By how much each edge's tail grows when everything takes (1 + tolerance) times as long."""
    before = survival_at(edges, survival, edges / (1 + tolerance))
    there = np.maximum(survival, SMALLEST_SHARE)
    return np.clip(before / there, 1 + tolerance, MOST_TOLERATED)
