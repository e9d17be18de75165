"""Histograms as distributions: tails, quantiles, and what a shift does to a tail.

Why: a mean or a single bucket hides what users feel, so questions are asked of the tail.
Never here: tests, pods.

`edges` are ascending, finite, positive upper bounds of buckets; `survival`, of the same shape,
is the share of requests slower than each edge. Between edges the logarithm of the survival is
straight in the logarithm of the edge (a power law inside a bucket); nothing is faster than half
the first edge. All functions are free of the unit of the edges.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_SHARE = 1e-9


def _curve(edges: Floats, survival: Floats) -> tuple[Floats, Floats]:
    """Log edges and log survival, never rising, begun at the point where all are slower."""
    logs = np.log(np.clip(survival, SMALLEST_SHARE, 1.0))
    return (
        np.log(np.concatenate([edges[:1] / 2.0, edges])),
        np.minimum.accumulate(np.concatenate([[0.0], logs])),
    )


def survival_at(edges: Floats, survival: Floats, points: Floats) -> Floats:
    """The share slower than each of `points`."""
    positions, logs = _curve(edges, survival)
    return np.asarray(np.exp(np.interp(np.log(points), positions, logs)), dtype=np.float64)


def point_at(edges: Floats, survival: Floats, share: float) -> float | None:
    """The point that `share` of the requests are slower than; None past the last edge."""
    positions, logs = _curve(edges, survival)
    wanted = math.log(max(share, SMALLEST_SHARE))
    if logs[-1] > wanted:
        return None
    after = int(np.searchsorted(-logs, -wanted))
    if after == 0:
        return math.exp(positions[0])
    drop = logs[after - 1] - logs[after]
    part = (logs[after - 1] - wanted) / drop
    return math.exp(positions[after - 1] + part * (positions[after] - positions[after - 1]))


def bracket(survival: Floats, share: float) -> tuple[int, ...]:
    """The columns of the edges just before and just past the point of `share`."""
    past = int(np.searchsorted(-survival, -share))
    columns = {max(past - 1, 0), min(past, len(survival) - 1)}
    return tuple(sorted(columns))


def nearest(survival: Floats, share: float, fewest: float) -> int:
    """Of the two edges around `share`, the one whose survival is nearer to it in ratio; one
    with less than `fewest` slower is passed over."""
    columns = bracket(survival, share)
    seen = [column for column in columns if survival[column] > fewest] or [columns[0]]
    distance = [abs(math.log(max(survival[c], SMALLEST_SHARE) / share)) for c in seen]
    return seen[int(np.argmin(distance))]
