"""Kayenta's judge (NetflixACAJudge-v1.0) with its defaults, on one look at the whole release.

Why: it is what most who compare canaries by statistics run today.
Never here: other rules; the judge's unit-dependent root finder: the bounds here are the order
statistics that it approximates, so that a change of unit changes nothing.
"""

from dataclasses import dataclass
from itertools import starmap

import numpy as np
from scipy import stats

from benchmarks.realworld.interface import Answer, Floats, Recorded, Release
from benchmarks.realworld.peers import comparable, upwards

CONFIDENCE = 0.98
TOLERATED_SHARE = 0.25
"""Of the estimated shift itself."""

PASS_SCORE = 95.0
MARGINAL_SCORE = 75.0
MOST_WITHOUT_DATA = 0.5


@dataclass(frozen=True)
class Kayenta:
    """Scores the share of metrics that pass: under 75 rolls back, from 95 promotes."""

    name: str = "kayenta"

    def decide(self, release: Release) -> Answer:
        """All metrics in one group of equal weight, none critical."""
        compared = [one for one in release.series if comparable(one)]
        if not compared or len(compared) <= MOST_WITHOUT_DATA * len(release.series):
            return Answer.NO_DATA
        return graded(100.0 * sum(not high(one) for one in compared) / len(compared))


def graded(score: float) -> Answer:
    """What the score (0..100) means by the judge's defaults."""
    if score >= PASS_SCORE:
        return Answer.PROMOTE
    return Answer.INCONCLUSIVE if score >= MARGINAL_SCORE else Answer.ROLLBACK


def high(series: Recorded) -> bool:
    """The metric is High in a harmful direction."""
    return any(starmap(shifted, upwards(series)))


def shifted(old: Floats, new: Floats) -> bool:
    """The lower bound of the shift is above a quarter of its estimate."""
    low, _, estimate = shift(old, new)
    return low > TOLERATED_SHARE * abs(estimate)


def shift(old: Floats, new: Floats) -> tuple[float, float, float]:
    """Lower bound, upper bound and Hodges-Lehmann estimate of new - old, by the rank test's normal
    approximation with tie and continuity correction, two-sided at 98 %."""
    differences = np.sort(np.subtract.outer(new, old).ravel())
    mean, deviation = differences.size / 2.0, _deviation(old, new)
    rank = mean - float(stats.norm.ppf(0.5 + CONFIDENCE / 2.0)) * deviation - 0.5
    out = min(max(int(rank), 0), (differences.size - 1) // 2)
    return float(differences[out]), float(differences[-1 - out]), float(np.median(differences))


def _deviation(old: Floats, new: Floats) -> float:
    """The rank sum's standard deviation while both are one, ties corrected."""
    total = old.size + new.size
    tied = np.unique(np.concatenate([old, new]), return_counts=True)[1].astype(np.float64)
    lost = float((tied**3 - tied).sum()) / (total * (total - 1.0))
    return float(np.sqrt(old.size * new.size / 12.0 * (total + 1.0 - lost)))


KAYENTA = Kayenta()
