"""Learns from a service's past how far the levels of equally good pods lie apart.

Why: a gauge says one thing a pod, so only pods can say what is usual.
Never here: counters; reading a source.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis.learn_counts import BATCHES, CAUTIOUS_LEVEL, FEWEST_DEGREES
from analysis.past import MetricPast
from analysis.pod_model import LEAST_SPREAD

Floats = NDArray[np.float64]


def learn(name: str, blocks: Sequence[Mapping[str, Sequence[float]]]) -> MetricPast | None:
    """From each pod's levels, look by look, in each stretch of time; None where they say too little.

    The spread is the standard deviation between pods of the logarithm of their median level within
    a stretch (of levels over their mean where one is not positive), enlarged for few pods as
    Student's quantile is; `burst` is the variance of single looks, as far as they are not
    independent more, over the spread's, plus one.
    """
    several = [block for block in blocks if len(block) > 1]
    series = [
        [_unit_free(np.array(levels), block) for levels in block.values()] for block in several
    ]
    middles = [np.array([float(np.median(one)) for one in many]) for many in series]
    pods = {pod for block in several for pod in block}
    spread = spread_between(middles, len(pods))
    if spread is None:
        return None
    noise = float(np.mean([_noise(one) for many in series for one in many]))
    usual = float(
        np.median([value for block in several for many in block.values() for value in many])
    )
    return MetricPast(name, len(pods), spread, 1.0 + noise / spread**2, usual)


def spread_between(groups: Sequence[Floats], pods: int) -> float | None:
    """The standard deviation between the pods of groups, each one number a pod, of so many different
    `pods` in all, enlarged for few; None where they are too few."""
    degrees = sum(len(group) - 1 for group in groups)
    if min(degrees, pods) < FEWEST_DEGREES:
        return None
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    known = min(degrees, pods - 1)
    enlarged = float(stdtrit(known, 1.0 - CAUTIOUS_LEVEL) / ndtri(1.0 - CAUTIOUS_LEVEL))
    return max(float(np.sqrt(squares / degrees)) * enlarged, LEAST_SPREAD)


def _noise(levels: Floats) -> float:
    """The long-run variance of one pod's looks: the largest over BATCHES of the variance of batch
    means times their length, of which a median has half again."""
    found = [0.0]
    for length in BATCHES:
        batches = len(levels) // length
        if batches > 1:
            means = levels[: batches * length].reshape(batches, length).mean(axis=1)
            found.append(length * float(means.var(ddof=1)))
    return max(found) * math.pi / 2.0


def _unit_free(levels: Floats, block: Mapping[str, Sequence[float]]) -> Floats:
    everything = np.array([value for many in block.values() for value in many])
    if everything.min() > 0:
        return np.asarray(np.log(levels), dtype=np.float64)
    scale = float(np.abs(everything).mean())
    return np.asarray(levels / (scale or 1.0), dtype=np.float64)
