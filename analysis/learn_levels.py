"""Learns from a service's past how far the levels of equally good pods lie apart.

Why: a gauge says one thing a pod, so only pods can say what is usual.
Never here: counters; reading a source.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis.learn_counts import CAUTIOUS_LEVEL, FEWEST_DEGREES
from analysis.past import MetricPast
from analysis.pod_model import LEAST_SPREAD

Floats = NDArray[np.float64]


def learn(name: str, blocks: Sequence[Mapping[str, float]]) -> MetricPast | None:
    """From the level of each pod in each stretch of time; None where they say too little.

    The spread is the standard deviation of the logarithms within a stretch (of the levels over
    their mean where one is not positive), enlarged for few pods as Student's quantile is.
    """
    levels = [np.array(list(block.values())) for block in blocks if len(block) > 1]
    degrees = sum(len(level) - 1 for level in levels)
    pods = {pod for block in blocks if len(block) > 1 for pod in block}
    if min(degrees, len(pods)) < FEWEST_DEGREES:
        return None
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in map(_unit_free, levels))
    known = min(degrees, len(pods) - 1)
    enlarged = float(stdtrit(known, 1.0 - CAUTIOUS_LEVEL) / ndtri(1.0 - CAUTIOUS_LEVEL))
    spread = max(float(np.sqrt(squares / degrees)) * enlarged, LEAST_SPREAD)
    return MetricPast(name, len(pods), spread, 1.0, float(np.median(np.concatenate(levels))))


def _unit_free(level: Floats) -> Floats:
    if level.min() > 0:
        return np.asarray(np.log(level), dtype=np.float64)
    scale = float(np.abs(level).mean())
    return np.asarray(level / (scale or 1.0), dtype=np.float64)
