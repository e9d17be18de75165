"""Learns from a service's past how far the levels of equally good pods lie apart.

Why: a gauge says one thing a pod, so only pods can say what is usual.
Never here: counters; reading a source.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis import drift as drifts
from analysis.learn_counts import BATCHES, CAUTIOUS_LEVEL
from analysis.past import MetricPast
from analysis.pod_model import LEAST_SPREAD

Floats = NDArray[np.float64]

FEWEST_DEGREES = 2.0
"""Three pods, however often they were seen, are the fewest that say anything."""
ROUNDING = 1e-6


def learn(name: str, blocks: Sequence[Mapping[str, Sequence[float]]]) -> MetricPast | None:
    """From each pod's levels, look by look, in each stretch of time; None where they say too little.

    The spread is the standard deviation between pods of the logarithm of their median level within
    a stretch (of levels over their mean where one is not positive), enlarged for few pods; `burst` is the variance of single looks, as far as they are not
    independent more, over the spread's, plus one.
    """
    several = [block for block in blocks if len(block) > 1]
    series = [
        {pod: _unit_free(np.array(levels), block) for pod, levels in block.items()}
        for block in several
    ]
    middles = [{pod: float(np.median(one)) for pod, one in many.items()} for many in series]
    pods = {pod for block in several for pod in block}
    spread = spread_between(middles)
    if spread is None:
        return None
    noise = float(np.mean([_noise(one) for many in series for one in many.values()]))
    usual = float(
        np.median([value for block in several for many in block.values() for value in many])
    )
    drift = drifts.learn(change for many in series for change in _changes(many.values()))
    return MetricPast(name, len(pods), spread, 1.0 + noise / spread**2, usual, drift)


def _changes(levels: Iterable[Floats]) -> Iterator[drifts.Change]:
    """How the mean level of a stretch changed from its first half to its second."""
    halves = [
        (float(np.median(one[: len(one) // 2])), float(np.median(one[len(one) // 2 :])))
        for one in levels
        if len(one) > 1
    ]
    if halves:
        before, after = np.mean(halves, axis=0)
        yield drifts.Change(float(after - before), 0.0)


def spread_between(groups: Sequence[Mapping[str, float]]) -> float | None:
    """The standard deviation between the pods of groups, each one number a pod, enlarged as Student's
    quantile is for few degrees of freedom; None where they are too few."""
    known = degrees_of([group.keys() for group in groups])
    if known < FEWEST_DEGREES - ROUNDING:
        return None
    apart = [np.array([group[pod] for pod in sorted(group)]) for group in groups]
    squares = sum(float(((one - one.mean()) ** 2).sum()) for one in apart)
    variance = squares / sum(len(one) - 1 for one in apart)
    enlarged = float(stdtrit(known, 1.0 - CAUTIOUS_LEVEL) / ndtri(1.0 - CAUTIOUS_LEVEL))
    return max(math.sqrt(variance) * enlarged, LEAST_SPREAD)


def degrees_of(groups: Sequence[Collection[str]]) -> float:
    """The degrees of freedom of the pooled variance within groups of pods that may be the same again
    and again: what a pod has of its own it has in each. With u of the pods' own, independent
    and alike, the sum of squares is u' M u, so they are tr(M)^2 / tr(M^2) (Satterthwaite 1946).
    """
    pods = sorted({pod for group in groups for pod in group})
    among = np.array([[pod in group for pod in pods] for group in groups], dtype=np.float64)
    if not among.size:
        return 0.0
    sizes = among.sum(axis=1, keepdims=True)
    form = np.diag(among.sum(axis=0)) - (among / sizes).T @ among
    total = float((form**2).sum())
    return float(np.trace(form)) ** 2 / total if total > 0 else 0.0


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
