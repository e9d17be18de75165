"""How unusual it is that the levels of two groups of pods lie so far apart.

Why: a level says one thing a pod, so only the spread of pods in the past says what is usual.
Never here: how levels are summarised (gauges.py), the spread without a past (permutation.py).
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from analysis.boundary import chance, setting, steady, weight
from analysis.framing import signed, tolerated
from analysis.look import Look
from analysis.pod_model import Belief
from analysis.question import Question

Floats = NDArray[np.float64]

LEAST_CHANCE = 1e-9

UNFORESEEN = 1.35
"""What a past does not tell of how levels differ makes chance so many times more frequent. Traffic
that grows is no part of it: a level is looked at as often as before."""

ENOUGH_WINDOWS, MOSTLY = 5, 0.75
"""Harm must have stood beyond the tolerance in this part of so many windows, in all of fewer."""

FEWEST_WINDOWS = 2


def lasting(beyond_in: Floats, windows: int) -> NDArray[np.bool_]:
    """Whether harm that stood beyond the tolerance in `beyond_in` (...,) of the windows is more
    than a passing one."""
    part = MOSTLY if windows >= ENOUGH_WINDOWS else 1.0
    lasted = (windows >= FEWEST_WINDOWS) & (beyond_in >= part * windows)
    return np.asarray(lasted, dtype=np.bool_)


def rarity_of_levels(
    groups: tuple[Floats, Floats], question: Question, known: Belief, seen: int, look: Look
) -> Floats:
    """How often equal releases ever show levels so far apart, judged by the spread of the past's
    pods (Student's law, a degree of freedom a pod); (...,) from the baseline's and the
    candidate's levels (..., pods), medians of `seen` looks."""
    baseline, candidate = groups
    apart = beyond(baseline, candidate, question)
    pods = 1.0 / baseline.shape[-1] + 1.0 / candidate.shape[-1]
    between, within = (np.broadcast_to(v, apart.shape) for v in variances(known, pods, seen))
    between = between + look.drift**2
    deviate = apart / np.sqrt(between + within)
    height = -ndtri(np.clip(stdtr(known.pods - 1.0, -deviate), LEAST_CHANCE, 1.0 - LEAST_CHANCE))
    whole = steady(within, look.elapsed, look.looks)
    counts = weight(within, between, whole)
    rare = chance(setting(whole.final, between, look.looks), height * counts)
    return np.minimum(rare * UNFORESEEN, 1.0)


def variances(known: Belief, pods: float, seen: int) -> tuple[Floats, Floats]:
    """The variances, between pods and within them, of the difference of two groups' mean levels;
    `pods` is the sum of the groups' reciprocal sizes, `seen` the number of looks."""
    between = known.spread**2 * pods
    return between, between * np.maximum(known.burst - 1.0, LEAST_CHANCE) / max(seen, 1)


def beyond(baseline: Floats, candidate: Floats, question: Question) -> Floats:
    """How far the candidate's mean level is beyond the tolerated harm, free of the unit: in
    logarithms, or in mean levels where one is not positive."""
    granted = tolerated(question)
    everything = np.concatenate([baseline, candidate], axis=-1)
    positive = everything.min(axis=-1) > 0
    logs = np.log(np.where(positive[..., np.newaxis], everything, 1.0))
    old = baseline.shape[-1]
    grown = logs[..., old:].mean(axis=-1) - logs[..., :old].mean(axis=-1)
    scale = np.maximum(np.abs(everything).mean(axis=-1), 1e-300)
    moved = (candidate.mean(axis=-1) - baseline.mean(axis=-1)) / scale
    sign = signed(question, 1.0)
    in_logs = sign * grown - sign * math.log1p(sign * granted)
    return np.asarray(np.where(positive, in_logs, sign * moved - granted), dtype=np.float64)
