"""How much equally good pods differ, and how bursty their events are.

Why: a test that takes every request as independent reads the difference between two pods of one
version as a regression. Two numbers a metric say what is not one: learned from the service's own
past, or assumed where there is none.
Source: gamma pod effects of shape k = 1/CV^2 (statistics of rollouts, formula F7); the log of the
mean of n such pods has the variance trigamma(n k).
Never here: counts of events, how the numbers are learned (past.py).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import zeta

from analysis.past import ASSUMED_SPREAD, Past

Floats = NDArray[np.float64]

LEAST_SPREAD = 0.01
SPREAD_STEP = 1.04
"""Spreads are rounded to a power of this, so that boundaries can be remembered."""


@dataclass(frozen=True, slots=True)
class PodModel:
    """`spread` is the coefficient of variation between pods of one version; `burst` the variance
    of counts over that of independent events, at least 1; `pods` how many pods of the past say
    so, 0 where it is assumed; `drift` is how far the metric moves by itself from before to after,
    None where no past tells it."""

    spread: float
    burst: float
    pods: int
    drift: float | None = None

    @property
    def learned(self) -> bool:
        """Whether a past stands behind it."""
        return self.pods > 0


@dataclass(frozen=True, slots=True)
class Belief:
    """The same for many rollouts at once, or each of a metric's columns: arrays (...,). `drift` is
    what time alone moves, 0 where both arms share their time."""

    spread: Floats
    burst: Floats
    pods: Floats
    drift: float = 0.0


def belief_of(model: PodModel) -> Belief | None:
    """What a past made of one rollout's metric says, None without one."""
    if not model.learned:
        return None
    return Belief(np.array(model.spread), np.array(model.burst), np.array(float(model.pods)))


ASSUMED = PodModel(ASSUMED_SPREAD, 1.0, 0)


def model_of(past: Past | None, name: str) -> PodModel:
    """What is believed of a metric's pods: its past, or the assumption where there is none."""
    if past is not None:
        for metric in past.metrics:
            if metric.name == name:
                burst = max(metric.burst, 1.0)
                return PodModel(rounded(metric.spread), burst, metric.pods, metric.drift)
    return ASSUMED


def rounded(spread: float) -> float:
    """The spread, rounded to the nearest step of 4 %."""
    steps = round(math.log(max(spread, LEAST_SPREAD) / LEAST_SPREAD) / math.log(SPREAD_STEP))
    return LEAST_SPREAD * SPREAD_STEP**steps


def rounded_all(spreads: Floats) -> Floats:
    """The same for an array."""
    steps = np.round(
        np.log(np.maximum(spreads, LEAST_SPREAD) / LEAST_SPREAD) / math.log(SPREAD_STEP)
    )
    return np.asarray(LEAST_SPREAD * SPREAD_STEP**steps, dtype=np.float64)


def log_variance(spread: Floats | float, pods: Floats) -> Floats:
    """Variance of the log of the mean of `pods` equally good pods; trigamma is zeta(2, x)."""
    return np.asarray(zeta(2.0, pods / spread**2), dtype=np.float64)
