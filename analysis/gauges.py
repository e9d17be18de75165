"""The evidence of one metric that is a level: one summary a pod.

Why: a gauge's samples of one pod hang together, so a pod counts once, however often it was
sampled.
Never here: counters, verdicts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.counts import Warmth
from analysis.error_budget import INTERVAL_ERROR
from analysis.permutation import Scores
from analysis.question import Direction, Question
from analysis.samples import Arm, Part, Series, Window

Array = NDArray[np.float64]

LEAST_PODS = 2
MOST_MEDIANS = 512


@dataclass(frozen=True)
class Interval:
    """An effect with its two ends, relative to the baseline (0.1 = 10 % more)."""

    effect: float
    low: float
    high: float


@dataclass(frozen=True)
class GaugeEvidence:
    """Per pod the medians of its windows. `interval` is that of the last look: looks are at
    1, 2, 4, 8, … windows with both arms, so that the error of many looks stays small."""

    question: Question
    medians: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    arms: Mapping[str, Arm] = field(default_factory=dict)
    sampled: frozenset[Arm] = frozenset()
    windows: int = 0
    looks: int = 0
    interval: Interval | None = None
    blind: str = ""
    active: frozenset[str] = frozenset()


def begin(question: Question) -> GaugeEvidence:
    """Nothing known yet."""
    return GaugeEvidence(question)


def fold(evidence: GaugeEvidence, window: Window, warmth: Warmth) -> GaugeEvidence:
    """The evidence with one more window."""
    name = evidence.question.name
    if name in window.blind:
        return replace(evidence, blind=window.blind[name], active=frozenset())
    series = [s for s in window.series.get((name, Part.VALUE), ()) if s.pod in warmth.arms]
    fresh = _medians(series, warmth.since)
    medians = dict(evidence.medians)
    for pod, median in fresh.items():
        medians[pod] = (*medians.get(pod, ()), median)[-MOST_MEDIANS:]
    sampled = {warmth.arms[s.pod] for s in series if _numbers(s, -math.inf)}
    grown = replace(
        evidence,
        medians=medians,
        arms={**evidence.arms, **{pod: warmth.arms[pod] for pod in fresh}},
        sampled=evidence.sampled | sampled,
        blind="",
        active=frozenset(fresh),
    )
    return _looked(grown) if len({warmth.arms[pod] for pod in fresh}) > 1 else grown


def _numbers(series: Series, since: float) -> list[float]:
    pairs = zip(series.times, series.values, strict=True)
    return [value for time, value in pairs if time >= since and not math.isnan(value)]


def _medians(series: Sequence[Series], since: Mapping[str, float]) -> dict[str, float]:
    values: dict[str, list[float]] = {}
    for one in series:
        values.setdefault(one.pod, []).extend(_numbers(one, since[one.pod]))
    return {pod: float(np.median(numbers)) for pod, numbers in values.items() if numbers}


def summaries(evidence: GaugeEvidence) -> dict[str, float]:
    """One number a pod: the median of its medians."""
    return {pod: float(np.median(numbers)) for pod, numbers in evidence.medians.items()}


def of_arm(evidence: GaugeEvidence, arm: Arm) -> Array:
    """The summaries of one arm's pods."""
    found = summaries(evidence)
    return np.array([found[pod] for pod in sorted(found) if evidence.arms[pod] is arm])


def _looked(evidence: GaugeEvidence) -> GaugeEvidence:
    windows = evidence.windows + 1
    evidence = replace(evidence, windows=windows)
    if windows & (windows - 1):
        return evidence
    looks = evidence.looks + 1
    interval = _interval(evidence, INTERVAL_ERROR / (looks * (looks + 1)))
    return replace(evidence, looks=looks, interval=interval)


def _interval(evidence: GaugeEvidence, error: float) -> Interval | None:
    """Student's interval of the ratio of the arms' geometric means (of their difference over
    the baseline's mean where a level is not positive)."""
    old, new = of_arm(evidence, Arm.BASELINE), of_arm(evidence, Arm.CANDIDATE)
    if min(len(old), len(new)) < LEAST_PODS:
        return None
    if min(old.min(), new.min()) > 0:
        middle, half = _student(np.log(old), np.log(new), error)
        ends = np.expm1([middle, middle - half, middle + half])
        return Interval(*(float(end) for end in ends))
    scale = abs(float(old.mean()))
    if scale == 0:
        return None
    middle, half = _student(old, new, error)
    return Interval(middle / scale, (middle - half) / scale, (middle + half) / scale)


def _student(old: Array, new: Array, error: float) -> tuple[float, float]:
    """The difference of means and the half width that fails on each side with `error`."""
    degrees = len(old) + len(new) - 2
    squares = ((old - old.mean()) ** 2).sum() + ((new - new.mean()) ** 2).sum()
    deviation = math.sqrt(squares / degrees * (1 / len(old) + 1 / len(new)))
    half = float(stdtrit(degrees, 1 - error)) * deviation
    return float(new.mean() - old.mean()), half


def scores(evidence: GaugeEvidence, panel: Sequence[str]) -> Scores:
    """Each pod's level, larger is worse, the tolerated harm taken off the candidate's pods;
    NaN for a pod without samples."""
    found = summaries(evidence)
    levels = np.array([found.get(pod, math.nan) for pod in panel])
    sign = -1.0 if evidence.question.worse is Direction.LOWER else 1.0
    granted = max(0.01, 1 + sign * evidence.question.tolerance.amount)
    candidate = np.array([evidence.arms.get(pod) is Arm.CANDIDATE for pod in panel])
    seen = levels[~np.isnan(levels)]
    if seen.size and seen.min() > 0:
        return Scores(sign * (np.log(levels) - np.where(candidate, math.log(granted), 0.0)), 0.0)
    scale = float(np.abs(seen).mean()) if seen.size else 0.0
    levels = levels / scale if scale > 0 else levels
    return Scores(sign * (levels - np.where(candidate, granted - 1, 0.0)), 0.0)
