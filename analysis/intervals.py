"""The effect of a counting metric with an interval that may be looked at any time.

Why: whether harm is ruled out, and how large it may still be, are read off the same interval.
Never here: the promise about false rollbacks, which the tests keep without this.

An end of the interval is where the e-process of "the effect is at most (at least) g" is
rejected at INTERVAL_ERROR, its counts weakened by how much the pods vary.
"""

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from analysis.conditional import log_evidence
from analysis.counts import CountEvidence, Tally, baseline_survival, effects
from analysis.error_budget import INTERVAL_ERROR
from analysis.gauges import Interval
from analysis.question import Kind
from analysis.samples import Arm
from analysis.spread import dispersion
from analysis.tails import quantile

Array = NDArray[np.float64]

LEAST_EVENTS_OF_A_TAIL = 0.5


@dataclass(frozen=True, slots=True)
class Ends:
    """For each column the largest effect excluded from below and the smallest from above;
    infinite where nothing is excluded. Shape (J,)."""

    low: Array
    high: Array


def interval(evidence: CountEvidence) -> Interval | None:
    """The effect so far, None while an arm has no exposure or the effect is not defined."""
    tally = evidence.tally
    old, new = tally.arm(Arm.BASELINE), tally.arm(Arm.CANDIDATE)
    if not old.any() or not new.any():
        return None
    if evidence.question.kind is Kind.HISTOGRAM:
        return _of_quantile(evidence)
    rates = [tally.events[rows, 0].sum() / tally.exposure[rows].sum() for rows in (old, new)]
    ends = _ends(evidence)
    low, high = float(ends.low[0]), float(ends.high[0])
    if evidence.question.tolerance.absolute:
        return Interval(float(rates[1] - rates[0]), low, high)
    if rates[0] <= 0:
        return Interval(np.inf, low, high) if rates[1] > 0 else None
    return Interval(float(rates[1] / rates[0] - 1), low, high)


def _ends(evidence: CountEvidence) -> Ends:
    grid = effects(evidence.question)
    weakened = _dispersions(evidence.tally)[:, None]
    columns = len(weakened)
    threshold = log(columns / INTERVAL_ERROR)
    above = log_evidence(evidence.above, weakened) >= threshold
    below = log_evidence(evidence.below, weakened) >= threshold
    return Ends(
        np.where(above, grid, -np.inf).max(axis=1), np.where(below, grid, np.inf).min(axis=1)
    )


def _dispersions(tally: Tally) -> Array:
    """By how much the pods of each arm vary more than chance, per column (J,)."""
    chi_square = np.zeros(tally.events.shape[1])
    degrees = 0
    means = np.zeros(tally.events.shape[1])
    for arm in Arm:
        rows = tally.arm(arm)
        events, expected = tally.events[rows], tally.expected[rows]
        total = expected.sum(axis=0)
        own = expected * np.divide(events.sum(axis=0), total, out=0 * total, where=total > 0)
        squares = np.divide((events - own) ** 2, own, out=np.zeros_like(own), where=own > 0)
        chi_square += squares.sum(axis=0)
        degrees += max(0, int(rows.sum()) - 1)
        means = np.maximum(means, own.mean(axis=0) if len(own) else 0.0)
    return np.array(
        [dispersion(c, degrees, m) for c, m in zip(chi_square, means, strict=True)]
    )


def _of_quantile(evidence: CountEvidence) -> Interval | None:
    """The change of the asked quantile: the ends of each tail's ratio, applied to the
    baseline's distribution, move its quantile to the ends of the interval."""
    share, edges = evidence.question.quantile or 0.5, evidence.edges
    survival = baseline_survival(evidence)
    tally = evidence.tally
    rows = tally.arm(Arm.CANDIDATE)
    if survival is None or not edges.size:
        return None
    candidate = tally.events[rows].sum(axis=0) / tally.exposure[rows].sum()
    before, after = quantile(edges, survival, share), quantile(edges, candidate, share)
    if before is None or after is None:
        return None
    ends = _ends(evidence)
    floor = LEAST_EVENTS_OF_A_TAIL / tally.exposure[tally.arm(Arm.BASELINE)].sum()
    reach = np.maximum(survival, floor)
    most = np.minimum.accumulate(np.minimum(reach * (1 + ends.high), 1.0))
    least = survival * (1 + np.maximum(ends.low, -1.0))
    slowest = quantile(edges, most, share)
    fastest = quantile(edges, np.maximum.accumulate(least[::-1])[::-1], share)
    return Interval(
        after / before - 1,
        fastest / before - 1 if fastest is not None else -1.0,
        slowest / before - 1 if slowest is not None else np.inf,
    )

