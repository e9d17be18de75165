"""The rules that people use today, each as its users would set it without thinking twice.

Why: what a rule is worth shows beside what it would replace, on the same recordings.
Never here: labels, our own rule.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.realworld.interface import Answer, Floats, Harm, Recorded, Release

SIGNIFICANT = 0.05
FAR = 0.2
ALIKE = 1e-12
"""Of the largest value: less spread than this is rounding."""


@dataclass(frozen=True)
class AnyMetric:
    """Rolls back as soon as one series fires, promotes what has samples of both versions, and
    knows nothing else. `fires` is asked with harm pointing up: (old, new) -> bool."""

    name: str
    fires: Callable[[Floats, Floats], bool]

    def decide(self, release: Release) -> Answer:
        """Whether any series of any harmful direction fires."""
        compared = [one for one in release.series if comparable(one)]
        if not compared:
            return Answer.NO_DATA
        fired = any(self.fires(old, new) for one in compared for old, new in upwards(one))
        return Answer.ROLLBACK if fired else Answer.PROMOTE


def comparable(series: Recorded) -> bool:
    """Two samples on each side: fewer say nothing of their noise."""
    return min(series.baseline.values.size, series.candidate.values.size) >= 2


def upwards(series: Recorded) -> list[tuple[Floats, Floats]]:
    """The old and new values once for each harmful direction, turned so that more is worse."""
    signs = {Harm.HIGHER: (1.0,), Harm.LOWER: (-1.0,), Harm.EITHER: (1.0, -1.0)}[series.harm]
    return [(sign * series.baseline.values, sign * series.candidate.values) for sign in signs]


def welch(old: Floats, new: Floats) -> bool:
    """Welch's t-test, one-sided at 5 %. Two constants are far apart when they differ."""
    of_old, of_new = old.var(ddof=1) / old.size, new.var(ddof=1) / new.size
    apart, variance = float(new.mean() - old.mean()), float(of_old + of_new)
    if variance <= (ALIKE * float(np.abs(new).max() + np.abs(old).max())) ** 2:
        return apart > 0.0
    degrees = variance**2 / float(of_old**2 / (old.size - 1) + of_new**2 / (new.size - 1))
    return float(stats.t.sf(apart / math.sqrt(variance), degrees)) < SIGNIFICANT


def mann_whitney(old: Floats, new: Floats) -> bool:
    """The rank test, one-sided at 5 %."""
    return bool(stats.mannwhitneyu(new, old, alternative="greater").pvalue < SIGNIFICANT)


def mean_higher(old: Floats, new: Floats) -> bool:
    """The new mean is more than 20 % above the old one, whatever the noise."""
    return bool(new.mean() - old.mean() > FAR * abs(old.mean()))


WELCH = AnyMetric("welch", welch)
MANN_WHITNEY = AnyMetric("mann-whitney", mann_whitney)
MEAN = AnyMetric("mean+20%", mean_higher)
