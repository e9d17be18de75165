"""Says, for each question, what counts as harm and which null hypothesis is tested.

Why: four kinds, two directions and two sorts of tolerance become one sentence, "the harmed
arm's rate is at most ratio x the other's + offset", so that each test is written once.
Never here: samples, evidence, or error levels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.question import Direction, Kind, Question

Floats = NDArray[np.float64]

LARGEST_FALL = 0.99
"""Nothing falls by more than all of it; a larger tolerance is read as nearly all."""


@dataclass(frozen=True, slots=True)
class Null:
    """harmed rate <= ratio * reference rate + offset (arrays of any one shape)."""

    ratio: Floats
    offset: Floats


def counts_complement(question: Question) -> bool:
    """Whether the failures, not the successes, are counted.

    A success ratio of 99.9 % that falls to 95 % is a small change of a big number, but a
    fifty-fold change of its complement; and rare events are nearly Poisson.
    """
    return question.kind is Kind.RATIO and question.worse is Direction.LOWER


def candidate_is_harmed(question: Question) -> bool:
    """Whether harm shows as more events on the candidate; otherwise on the baseline."""
    return question.worse is Direction.HIGHER or counts_complement(question)


def tolerated(question: Question) -> float:
    """The tolerated harm, on the tolerance's scale."""
    tolerance = question.tolerance
    if question.worse is Direction.LOWER and not (tolerance.absolute or tolerance.hourly):
        return min(tolerance.amount, LARGEST_FALL)
    return tolerance.amount


def tolerated_shift(question: Question) -> float:
    """How many times the reference arm's values the harmed arm's may be (histograms)."""
    if question.worse is Direction.LOWER:
        return 1.0 / (1.0 - tolerated(question))
    return 1.0 + tolerated(question)


def null_at(question: Question, harm: Floats) -> Null:
    """The null "the candidate is worse by at most `harm`", `harm` on the tolerance's scale.

    For a success ratio p = 1 - f, "p1 >= (1 - h) p0" is "f1 <= (1 - h) f0 + h".
    Histograms are not asked here: there harm shifts the edges (see tails.py).
    """
    ones, zeros = np.ones_like(harm), np.zeros_like(harm)
    if question.tolerance.absolute:
        return Null(ones, harm)
    if counts_complement(question):
        return Null(1.0 - harm, harm)
    if question.worse is Direction.LOWER:
        return Null(1.0 / (1.0 - harm), zeros)
    return Null(1.0 + harm, zeros)


def reversed_null(null: Null) -> Null:
    """The opposite claim with the arms exchanged: reference <= harmed / ratio - offset / ratio."""
    return Null(1.0 / null.ratio, -null.offset / null.ratio)


def signed(question: Question, harm: float) -> float:
    """Harm (positive is worse) as an effect (positive is more), or back."""
    return harm if question.worse is Direction.HIGHER else -harm
