"""The size of a counted metric's change, with its interval.

Why: people decide by sizes; the interval is what all parts of rollctl show.
Never here: the decision to roll back.
"""

import math

import numpy as np
from numpy.typing import NDArray

from analysis import tails
from analysis.bounds import ends
from analysis.counted import Counted, shares, slower_share
from analysis.interval import Interval
from analysis.look import Look
from analysis.pod_model import PodModel
from analysis.question import Direction, Kind, Question

Floats = NDArray[np.float64]

CLEARLY = 0.5

FEWEST_SLOWER = 5
"""A bucket with fewer slower requests of the baseline does not carry an interval."""


def interval(counted: Counted, question: Question, model: PodModel, look: Look) -> Interval | None:
    """The effect so far with its bounds, None while there is no effect to speak of."""
    if counted.windows == 0:
        return None
    if question.kind is Kind.HISTOGRAM:
        return _of_quantile(counted, question, model, look)
    least, most = ends(counted, question, model, look, 0)
    if question.worse is Direction.LOWER:
        least, most = -most, -least
    effect = _effect(counted, question)
    return Interval(effect, min(least, effect), max(most, effect))


def _effect(counted: Counted, question: Question) -> float:
    """The change of the metric as asked; infinite from a baseline of zero."""
    known = shares(counted, question)
    before, after = (float(share[0]) for share in known) if known else (0.0, 0.0)
    if question.kind is Kind.RATIO and question.worse is Direction.LOWER:
        before, after = 1.0 - before, 1.0 - after
    if question.tolerance.absolute:
        return after - before
    if before > 0:
        return after / before - 1.0
    return math.inf if after > 0 else 0.0


def _of_quantile(
    counted: Counted, question: Question, model: PodModel, look: Look
) -> Interval | None:
    """The change of the quantile; its bounds are the shifts of the baseline's distribution that
    give the bounds of the tail's ratio at the edge nearest to the quantile."""
    sums, candidate = counted.tally.sums, counted.tally.candidate
    edges, share = np.array(counted.edges), slower_share(question)
    known = shares(counted, question)
    if known is None:
        return None
    before, after = known
    fewest = FEWEST_SLOWER / float(sums.exposure[~candidate].sum())
    column = tails.nearest(before, share, fewest)
    least, most = ends(counted, question, model, look, column)
    if question.worse is Direction.LOWER:
        least, most = -most / (1.0 + most), -least / (1.0 + least)
    old, new = tails.point_at(edges, before, share), tails.point_at(edges, after, share)
    effect = math.inf if old is None or new is None else new / old - 1.0
    low = _shift(edges, before, column, least)
    high = _shift(edges, before, column, most)
    low, high = (-math.inf if low is None else low), (math.inf if high is None else high)
    if abs(_jump(before, after, share)) > 1:
        low, high = _reached(edges, after, share, old)
    return Interval(effect, min(low, effect), max(high, effect))


def _jump(before: Floats, after: Floats, share: float) -> int:
    """How many buckets the quantile moved: over several, the tail's ratio at one edge says little."""
    return int((after > share).sum()) - int((before > share).sum())


def _reached(edges: Floats, after: Floats, share: float, old: float | None) -> tuple[float, float]:
    """The changes up to the last edge that clearly more, and the first that clearly fewer than
    `share` of the requests are slower than."""
    if old is None:
        return -math.inf, math.inf
    more, fewer = np.flatnonzero(after * CLEARLY > share), np.flatnonzero(after < CLEARLY * share)
    low = float(edges[more[-1]]) / old - 1.0 if more.size else -1.0
    return low, float(edges[fewer[0]]) / old - 1.0 if fewer.size else math.inf


def _shift(edges: Floats, survival: Floats, column: int, excess: float) -> float | None:
    """The relative change of all values that multiplies the share slower than an edge by
    1 + excess; None where the buckets do not reach so far."""
    share = float(survival[column]) * (1.0 + excess)
    if not 0.0 < share < 1.0:
        return None
    point = tails.point_at(edges, survival, share)
    return None if point is None else float(edges[column]) / point - 1.0
