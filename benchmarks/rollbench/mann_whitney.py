"""The Mann-Whitney test as Kayenta's judge computes it, for many pairs of samples at once.

Why: the peer must be itself, its quirks included. Interval and estimate are roots of the normal
score in the shift, found by Brent's method with an absolute tolerance of 1e-4 whatever the unit,
so that the judge's verdict depends on the unit.
Never here: which metrics are judged, or when.

Source: spinnaker/kayenta, kayenta-mannwhitney (MannWhitney.scala, KayentaBrentSolver.java) and
R's wilcox.test, which it follows; Brent, "Algorithms for Minimization without Derivatives", 1973.
Samples are (rows, most values), NaN where a row has fewer.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from benchmarks.rollbench.interface import Floats

TOLERANCE = 1e-4
MOST_STEPS = 1000


@dataclass(frozen=True)
class Samples:
    """Of each row `candidate` and `baseline`, none of them empty."""

    candidate: Floats
    baseline: Floats

    def of(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Samples":
        """Some of the rows."""
        return Samples(self.candidate[rows], self.baseline[rows])


def normal_score(shift: Floats, samples: Samples) -> Floats:
    """Standard score (rows,) of the rank sum of candidate - shift, with the corrections for ties
    and continuity; NaN where all values are tied."""
    moved = samples.candidate - shift[:, np.newaxis]
    joint = np.concatenate([moved, samples.baseline], axis=1)
    order = np.argsort(joint, axis=1)
    start, end = _ties(np.take_along_axis(joint, order, axis=1))
    ours = (order < moved.shape[1]) & ~np.isnan(np.take_along_axis(joint, order, axis=1))
    rank_sum = (ours * (0.5 * (start + end) + 1.0)).sum(axis=1)
    size, other = _sizes(samples.candidate), _sizes(samples.baseline)
    excess = rank_sum - size * (size + 1.0) / 2.0 - size * other / 2.0
    both = size + other
    tied = ((end - start + 1.0) ** 2 - 1.0).sum(axis=1) / (both * (both - 1.0))
    deviation = np.sqrt(size * other / 12.0 * (both + 1.0 - tied))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(deviation > 0, (excess - 0.5 * np.sign(excess)) / deviation, np.nan)


def _sizes(values: Floats) -> Floats:
    return np.asarray((~np.isnan(values)).sum(axis=1), dtype=np.float64)


def _ties(ascending: Floats) -> tuple[Floats, Floats]:
    """First and last position of the values that each value is tied with."""
    places = np.arange(ascending.shape[1], dtype=float)
    differs = ascending[:, 1:] != ascending[:, :-1]
    edge = np.ones((len(ascending), 1), dtype=bool)
    starts = np.where(np.hstack([edge, differs]), places, -1.0)
    ends = np.where(np.hstack([differs, edge]), places, np.inf)
    start = np.maximum.accumulate(starts, axis=1)
    end = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    return start, end


def lower_limit(samples: Samples, confidence: float) -> Floats:
    """Lower end (rows,) of the two-sided confidence interval of the shift."""
    return _limit(samples, -float(ndtri((1.0 - confidence) / 2.0)))


def upper_limit(samples: Samples, confidence: float) -> Floats:
    """Upper end (rows,) of the two-sided confidence interval of the shift."""
    return _limit(samples, float(ndtri((1.0 - confidence) / 2.0)))


def _limit(samples: Samples, level: float) -> Floats:
    least, most = _range(samples)
    at_least = normal_score(least, samples) - level
    at_most = normal_score(most, samples) - level
    found = np.where(at_least <= 0, least, most)
    inner = (at_least > 0) & (at_most < 0)
    found[inner] = _root(samples.of(inner), level)
    return found


def estimate(samples: Samples) -> Floats:
    """The shift (rows,) at which the samples are level, after Hodges and Lehmann."""
    return _root(samples, 0.0)


def _range(samples: Samples) -> tuple[Floats, Floats]:
    candidate, baseline = samples.candidate, samples.baseline
    return (
        np.nanmin(candidate, axis=1) - np.nanmax(baseline, axis=1),
        np.nanmax(candidate, axis=1) - np.nanmin(baseline, axis=1),
    )


@dataclass
class _Search:
    """Brent's three points: `best`, the one before it, and the one across the root."""

    before: Floats
    best: Floats
    across: Floats
    at_before: Floats
    at_best: Floats
    at_across: Floats

    def swapped(self) -> None:
        """The better of both ends becomes `best`."""
        worse = np.abs(self.at_across) < np.abs(self.at_best)
        best, at_best = self.best.copy(), self.at_best.copy()
        self.before = np.where(worse, best, self.before)
        self.at_before = np.where(worse, at_best, self.at_before)
        self.best = np.where(worse, self.across, best)
        self.at_best = np.where(worse, self.at_across, at_best)
        self.across = np.where(worse, best, self.across)
        self.at_across = np.where(worse, at_best, self.at_across)


def _root(samples: Samples, level: float) -> Floats:
    least, most = _range(samples)
    at_least = normal_score(least, samples) - level
    at_most = normal_score(most, samples) - level
    search = _Search(least, most, least.copy(), at_least, at_most, at_least.copy())
    found = np.where(at_least == 0, least, most)
    going = (at_least != 0) & (at_most != 0)
    for _ in range(MOST_STEPS):
        last = search.best - search.before
        search.swapped()
        smallest = 2 * np.finfo(float).eps * np.abs(search.best) + TOLERANCE / 2
        half = (search.across - search.best) / 2
        done = going & ((np.abs(half) <= smallest) | (search.at_best == 0))
        found[done] = search.best[done]
        going &= ~done
        if not going.any():
            break
        _advance(search, _step(search, last, half, smallest), samples, level, going)
    return found


def _step(search: _Search, last: Floats, half: Floats, smallest: Floats) -> Floats:
    """Interpolated where that converges, else half the bracket; never less than the tolerance."""
    above, below = _interpolated(search)
    below = np.where(above > 0, -below, below)
    above = np.abs(above)
    width = 2 * half
    hopeful = (np.abs(last) >= smallest) & (np.abs(search.at_before) > np.abs(search.at_best))
    hopeful &= above < 0.75 * width * below - np.abs(smallest * below) / 2
    hopeful &= above < np.abs(last * below / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.where(hopeful, above / below, half)
    return np.where(np.abs(step) < smallest, np.where(step > 0, smallest, -smallest), step)


def _interpolated(search: _Search) -> tuple[Floats, Floats]:
    """Numerator and denominator of the step: linear with two points, inverse quadratic with three."""
    width = search.across - search.best
    with np.errstate(divide="ignore", invalid="ignore"):
        to_before = search.at_best / search.at_before
        to_across = search.at_best / search.at_across
        between = search.at_before / search.at_across
    linear = search.before == search.across
    bent = to_before * (
        width * between * (between - to_across) - (search.best - search.before) * (to_across - 1.0)
    )
    above = np.where(linear, width * to_before, bent)
    product = (between - 1.0) * (to_across - 1.0) * (to_before - 1.0)
    return above, np.where(linear, 1.0 - to_before, product)


def _advance(
    search: _Search, step: Floats, samples: Samples, level: float, going: NDArray[np.bool_]
) -> None:
    search.before, search.at_before = search.best, search.at_best
    search.best = np.where(going, search.best + step, search.best)
    search.at_best = search.at_best.copy()
    search.at_best[going] = normal_score(search.best[going], samples.of(going)) - level
    same = going & (search.at_best * search.at_across > 0)
    search.across = np.where(same, search.before, search.across)
    search.at_across = np.where(same, search.at_before, search.at_across)
