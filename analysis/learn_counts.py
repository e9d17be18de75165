"""Learns from a service's past how much its equally good pods differ.

Why: two numbers a metric, spread and burst, are all that the tests need to know of a past.
Source: within one stretch of time all pods share what moves them together, so shares of the events
are Dirichlet for gamma pod effects: E (X P / sum - 1)^2 = (P - 1) / (P k + 1), k = 1/spread^2.
Never here: reading a source, deciding about a release.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis.past import MetricPast
from analysis.pod_model import LEAST_SPREAD

Floats = NDArray[np.float64]

FEWEST_DEGREES = 6
"""Fewer pods (beyond one a stretch) say nothing that could be relied on."""

BATCHES = (1, 4, 16)
"""Lengths, in windows, over which events are summed to see whether they cluster."""

CAUTIOUS_LEVEL = 0.005
LARGEST_SPREAD = 5.0


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of time without a rollout: events (windows, pods) of exposures (windows, pods),
    and the pods' names."""

    pods: tuple[str, ...]
    events: Floats
    exposure: Floats


def learn(name: str, blocks: Sequence[Block]) -> MetricPast | None:
    """What stretches of counts say, None where they say too little."""
    usable = [block for block in blocks if block.events.sum() > 0 and len(block.pods) > 1]
    burst = _burst(usable)
    sums = _by_pod(usable)
    degrees = len(sums) - len({frozenset(block.pods) for block in usable})
    if degrees < FEWEST_DEGREES:
        return None
    events = sum(float(block.events.sum()) for block in usable)
    exposure = sum(float(block.exposure.sum()) for block in usable)
    spread = _spread(np.array(list(sums.values())), burst, degrees)
    return MetricPast(name, len(sums), spread, burst, events / exposure)


def _expected(block: Block) -> Floats:
    """What each pod would show in each window if it were like the others (windows, pods)."""
    exposure = block.exposure.sum(axis=1, keepdims=True)
    rate = block.events.sum(axis=1, keepdims=True) / np.where(exposure > 0, exposure, 1.0)
    return np.asarray(rate * block.exposure, dtype=np.float64)


def _by_pod(blocks: Sequence[Block]) -> dict[str, tuple[float, float, float]]:
    """Per pod its events, its expected events, and the number of pods it stood beside."""
    sums: dict[str, tuple[float, float, float]] = {}
    for block in blocks:
        observed, expected = block.events.sum(axis=0), _expected(block).sum(axis=0)
        for name, seen, foreseen in zip(block.pods, observed, expected, strict=True):
            before = sums.get(name, (0.0, 0.0, 0.0))
            sums[name] = (before[0] + seen, before[1] + foreseen, float(len(block.pods)))
    return {name: row for name, row in sums.items() if row[1] > 0}


def _burst(blocks: Sequence[Block]) -> float:
    """The largest Fano factor over BATCHES, each pod measured against its own mean: squared
    deviations over what independent events would show."""
    found = [1.0]
    for length in BATCHES:
        parts = [_fano(block, length) for block in blocks]
        expected = sum(part[1] for part in parts)
        if expected > 0:
            found.append(sum(part[0] for part in parts) / expected)
    return max(found)


def _fano(block: Block, length: int) -> tuple[float, float]:
    batches = len(block.events) // length
    if batches < 2:
        return 0.0, 0.0
    kept = batches * length
    events = block.events[:kept].reshape(batches, length, -1).sum(axis=1)
    alike = _expected(block)[:kept].reshape(batches, length, -1).sum(axis=1)
    total = np.maximum(alike.sum(axis=0), 1e-12)
    own = alike * events.sum(axis=0) / total
    share_of_time = alike / total
    share_of_batch = alike / np.maximum(alike.sum(axis=1, keepdims=True), 1e-12)
    variance = own * (1.0 - share_of_time) * (1.0 - share_of_batch)
    return float(((events - own) ** 2).sum()), float(variance.sum())


def _spread(rows: Floats, burst: float, degrees: int) -> float:
    """The coefficient of variation whose Dirichlet shares differ as much as these pods do.

    `rows` are (pods, 3): observed, expected, pods side by side. The variance of counting is
    taken off first; few pods measure the rest badly, so it is enlarged as Student's quantile
    is over the normal one.
    """
    observed, expected, beside = rows.T
    counting = burst * expected * (1.0 - 1.0 / beside)
    enlarged = float(stdtrit(degrees, 1.0 - CAUTIOUS_LEVEL) / ndtri(1.0 - CAUTIOUS_LEVEL)) ** 2
    excess = float((((observed - expected) ** 2 - counting).sum()) / (expected**2).sum()) * enlarged
    if excess <= 0.0:
        return LEAST_SPREAD
    return _solved(excess, beside, expected**2)


def _solved(excess: float, beside: Floats, weights: Floats) -> float:
    """The spread at which the weighted mean of (P - 1) / (P k + 1) is `excess`, by bisection."""
    low, high = math.log(LEAST_SPREAD), math.log(LARGEST_SPREAD)
    for _ in range(40):
        middle = (low + high) / 2.0
        shape = math.exp(-2.0 * middle)
        foreseen = float(np.average((beside - 1.0) / (beside * shape + 1.0), weights=weights))
        low, high = (middle, high) if foreseen < excess else (low, middle)
    return math.exp(high)
