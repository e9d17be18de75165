"""The evidence of one metric that is a level: one summary a pod.

Why: a gauge's samples of one pod hang together, so a pod counts once, however often it was
sampled.
Never here: counters, verdicts.
"""

import math
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.error_budget import BOUND_ERROR
from analysis.framing import signed, tolerated
from analysis.increments import Reading
from analysis.interval import Interval
from analysis.levels import beyond, lasting, rarity_of_levels, variances
from analysis.look import Look
from analysis.permutation import Scores
from analysis.pod_model import Belief, PodModel, belief_of
from analysis.question import Question
from analysis.samples import Arm

Floats = NDArray[np.float64]

FEWEST_PODS = 2
NOTHING = 1e-9
"""A baseline so much smaller than the largest level is zero: no change is relative to it."""

MOST_MEDIANS = 512


@dataclass(frozen=True, slots=True)
class Levels:
    """Per pod the sorted medians of its windows; `beyond` counts the windows in which the candidate's
    mean level stood beyond the tolerated harm. `interval` is that of the last look: looks are
    at 1, 2, 4, 8, ... windows with both arms, the k-th at 1/(k(k+1)) of the error, so that all
    looks together keep it."""

    medians: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    arms: Mapping[str, Arm] = field(default_factory=dict)
    windows: int = 0
    beyond: int = 0
    interval: Interval | None = None


def add(levels: Levels, question: Question, model: PodModel, readings: Sequence[Reading]) -> Levels:
    """The levels with one window more."""
    fresh = {reading.pod: median(reading.values) for reading in readings if reading.values}
    medians, arms = dict(levels.medians), dict(levels.arms)
    for pod, value in fresh.items():
        medians[pod.name] = _inserted(medians.get(pod.name, ()), value)
        arms[pod.name] = pod.arm
    grown = replace(levels, medians=medians, arms=arms)
    if len({pod.arm for pod in fresh}) < len(Arm):
        return grown
    baseline, candidate = (
        np.array([value for pod, value in fresh.items() if pod.arm is arm]) for arm in Arm
    )
    more = float(beyond(baseline, candidate, question)) > 0
    return _looked(replace(grown, beyond=levels.beyond + more), model)


def _inserted(ordered: tuple[float, ...], value: float) -> tuple[float, ...]:
    """Sorted, and thinned evenly when too long: the median hardly moves, the memory is bounded."""
    values = list(ordered)
    insort(values, value)
    return tuple(values[::2] if len(values) > MOST_MEDIANS else values)


def summaries(levels: Levels) -> dict[str, float]:
    """One number a pod: the median of its medians."""
    return {pod: median(values) for pod, values in levels.medians.items()}


def of_arm(levels: Levels, arm: Arm) -> Floats:
    """The summaries of one arm's pods, in the order of their names."""
    found = summaries(levels)
    return np.array([found[pod] for pod in sorted(found) if levels.arms[pod] is arm])


def _looked(levels: Levels, model: PodModel) -> Levels:
    windows = levels.windows + 1
    if windows & (windows - 1):
        return replace(levels, windows=windows)
    look = windows.bit_length()
    error = BOUND_ERROR / (look * (look + 1))
    baseline, candidate = of_arm(levels, Arm.BASELINE), of_arm(levels, Arm.CANDIDATE)
    known = belief_of(model)
    if known is None:
        interval = student_interval(baseline, candidate, error)
    else:
        interval = _known_interval(baseline, candidate, known, windows, error)
    return replace(levels, windows=windows, interval=interval)


def student_interval(baseline: Floats, candidate: Floats, error: float) -> Interval | None:
    """Student's two-sample interval of the ratio of geometric means, less one; of the difference
    over the baseline's mean where a level is not positive. Each bound fails with `error`."""
    if min(len(baseline), len(candidate)) < FEWEST_PODS:
        return None
    if min(baseline.min(), candidate.min()) > 0:
        middle, half = _student(np.log(baseline), np.log(candidate), error)
        return Interval(_growth(middle), _growth(middle - half), _growth(middle + half))
    scale = abs(float(baseline.mean()))
    if scale <= NOTHING * float(max(abs(baseline).max(), abs(candidate).max())):
        return None
    middle, half = _student(baseline / scale, candidate / scale, error)
    return Interval(middle, middle - half, middle + half)


def _known_interval(
    baseline: Floats, candidate: Floats, known: Belief, windows: int, error: float
) -> Interval | None:
    """The same with the spread of the past's pods in place of the one seen, for any pods."""
    pods = 1.0 / len(baseline) + 1.0 / len(candidate)
    half = float(stdtrit(known.pods - 1.0, 1.0 - error))
    half *= math.sqrt(float(sum(variances(known, pods, windows))))
    if min(baseline.min(), candidate.min()) > 0:
        middle = float(np.log(candidate).mean() - np.log(baseline).mean())
        return Interval(_growth(middle), _growth(middle - half), _growth(middle + half))
    scale = float(np.abs(np.concatenate([baseline, candidate])).mean())
    if scale <= 0:
        return None
    middle = float(candidate.mean() - baseline.mean()) / scale
    return Interval(middle, middle - half, middle + half)


def _growth(log_ratio: float) -> float:
    """A log ratio as a relative change; with two pods a bound can be astronomically far."""
    return math.expm1(log_ratio) if log_ratio < 700.0 else math.inf


def _student(baseline: Floats, candidate: Floats, error: float) -> tuple[float, float]:
    """The difference of means and the half width."""
    degrees = len(baseline) + len(candidate) - 2
    squares = ((baseline - baseline.mean()) ** 2).sum() + (
        (candidate - candidate.mean()) ** 2
    ).sum()
    deviation = math.sqrt(squares / degrees * (1.0 / len(baseline) + 1.0 / len(candidate)))
    half = float(stdtrit(degrees, 1.0 - error)) * deviation
    return float(candidate.mean() - baseline.mean()), half


def one_in(
    levels: Levels, question: Question, model: PodModel, level: float, look: Look
) -> float | None:
    """One in how many equal releases ever shows levels so far apart; None while that is not rarer
    than `level`."""
    known = belief_of(model)
    groups = of_arm(levels, Arm.BASELINE), of_arm(levels, Arm.CANDIDATE)
    if known is None or not all(group.size for group in groups):
        return None
    if not lasting(np.array(levels.beyond), levels.windows):
        return None
    rare = float(rarity_of_levels(groups, question, known, levels.windows, look))
    return 1.0 / rare if rare <= level else None


def scores(levels: Levels, question: Question, panel: Sequence[str]) -> Scores:
    """Each pod's level as `scores_of` has it; NaN for a pod without samples."""
    found = summaries(levels)
    values = np.array([found.get(pod, math.nan) for pod in panel])
    candidate = np.array([levels.arms.get(pod) is Arm.CANDIDATE for pod in panel])
    return scores_of(values, candidate, question)


def scores_of(values: Floats, candidate: NDArray[np.bool_], question: Question) -> Scores:
    """The levels (..., pods), larger is worse, the tolerated harm taken off the candidate's pods.
    Free of the level's unit."""
    granted, seen = signed(question, tolerated(question)), ~np.isnan(values)
    positive = np.where(seen, values, math.inf).min(axis=-1, keepdims=True) > 0
    logs = np.log(np.where(positive, values, 1.0)) - np.where(candidate, math.log1p(granted), 0.0)
    sizes = np.where(seen, np.abs(values), 0.0).sum(axis=-1, keepdims=True)
    scale = sizes / np.maximum(seen.sum(axis=-1, keepdims=True), 1)
    shares = values / np.where(scale > 0, scale, 1.0) - np.where(candidate, granted, 0.0)
    eased = np.where(positive, logs, shares)
    return Scores(signed(question, 1.0) * eased, np.zeros(values.shape[:-1]))
