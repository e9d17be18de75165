"""How large the effect is, with bounds that may be looked at any time.

Why: whether harm is ruled out, and how large it may still be, are read off the same bounds.
Never here: the decision to roll back, which does not rest on these.

A bound is where the e-process of "the harm is at most (at least) g" reaches 1/BOUND_ERROR, its
logarithm divided by a dispersion of at least one: pods are the units, so evidence counts as if
each pod's requests hung together as much as the pods of one arm were seen to differ
(quasi-likelihood, Wedderburn 1974). As the dispersion grows with traffic, infinite traffic
on few pods never gives certainty.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis.conditional import log_evidence, log_mixture
from analysis.error_budget import BOUND_ERROR
from analysis.framing import Null, counts_complement, null_at, reversed_null, tolerated
from analysis.question import Direction, Kind, Question
from analysis.spread import ASSUMED_POD_SPREAD
from analysis.tally import Arms, Tally

Floats = NDArray[np.float64]

BETS: Floats = np.array([1.03, 1.08, 1.2, 1.5, 2.5, 10.0])
BET_WEIGHTS: Floats = np.array([0.1, 0.2, 0.25, 0.2, 0.15, 0.1])

LOG_RATIOS: Floats = np.concatenate(
    [np.arange(0.0, 0.3, 0.03), np.arange(0.3, 1.0, 0.1), np.arange(1.0, 4.7, 0.4)]
)
"""Half of the grid of relative effects, from none to a hundredfold."""

MULTIPLES: Floats = np.array(
    [0.0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 8.0, 15.0, 30.0, 100.0]
)
"""Half of the grid of absolute effects, in tolerances."""

SMALLEST_UNIT = 1e-3
FEWEST_DEGREES = 3
"""With fewer degrees of freedom the pods' spread is assumed as well as measured."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Ascending harms (for histograms: ratios of tails less one), the nulls "harm at most
    this", and "harm at least this" with the arms exchanged."""

    harms: Floats
    at_most: Null
    at_least: Null


@dataclass(frozen=True, slots=True)
class Bounds:
    """Log evidence (edges, harms, bets) against "at most" and against "at least"."""

    above: Floats
    below: Floats


@lru_cache(maxsize=256)
def grid(question: Question) -> Grid:
    """The harms that are tested; the tolerance is always one of them."""
    if question.kind is Kind.HISTOGRAM:
        ratios = np.exp(np.concatenate([-LOG_RATIOS[:0:-1], LOG_RATIOS]))
        none = np.zeros_like(ratios)
        return Grid(ratios - 1.0, Null(ratios, none), Null(1.0 / ratios, none))
    harms = _harms(question)
    at_most = null_at(question, harms)
    return Grid(harms, at_most, reversed_null(at_most))


def _harms(question: Question) -> Floats:
    tolerance = question.tolerance
    if tolerance.absolute or counts_complement(question):
        steps = max(tolerance.amount, SMALLEST_UNIT) * MULTIPLES
        steps = steps[steps < 1.0]
        return np.unique(np.concatenate([-steps, steps, [tolerated(question)]]))
    ratios = np.exp(np.concatenate([-LOG_RATIOS, LOG_RATIOS]))
    harms = 1.0 - 1.0 / ratios if question.worse is Direction.LOWER else ratios - 1.0
    return np.unique(np.concatenate([harms, [tolerated(question)]]))


def begin(question: Question, columns: int) -> Bounds:
    """Nothing excluded yet."""
    none = np.zeros((columns, len(grid(question).harms), len(BETS)))
    return Bounds(none, none)


def add(bounds: Bounds, question: Question, sides: Arms, candidate_first: bool) -> Bounds:
    """One window more; `candidate_first` says that the candidate is the harmed arm."""
    one, other = sides.candidate, sides.baseline
    harmed, reference = (one, other) if candidate_first else (other, one)
    first = harmed[0][:, np.newaxis], harmed[1]
    second = reference[0][:, np.newaxis], reference[1]
    tested = grid(question)
    return Bounds(
        bounds.above + log_evidence(first, second, tested.at_most, BETS),
        bounds.below + log_evidence(second, first, tested.at_least, BETS),
    )


def ends(bounds: Bounds, harms: Floats, column: int, dispersion: float) -> tuple[float, float]:
    """The harms below and above all that the evidence leaves open; infinite where it excludes
    nothing, or everything: then the windows contradict each other and no one effect fits."""
    needed = -math.log(BOUND_ERROR) * dispersion
    above = log_mixture(bounds.above[column], BET_WEIGHTS) - needed
    below = log_mixture(bounds.below[column], BET_WEIGHTS) - needed
    least, most = _last_excluded(harms, above), -_last_excluded(-harms[::-1], below[::-1])
    return (least, most) if least <= most else (-math.inf, math.inf)


def _last_excluded(harms: Floats, excess: Floats) -> float:
    """Where the evidence, falling along `harms`, comes down to what is needed."""
    left = np.flatnonzero(excess < 0.0)
    first = int(left[0]) if left.size else len(harms)
    if first == 0:
        return -math.inf
    if first == len(harms):
        return float(harms[-1])
    drop = excess[first - 1] - excess[first]
    part = excess[first - 1] / drop
    return float(harms[first - 1] + part * (harms[first] - harms[first - 1]))


def dispersion(tally: Tally, column: int) -> float:
    """How much more the pods of an arm differ than chance alone explains, at least one.

    Pearson's chi-square over its degrees of freedom, enlarged as Student's quantile is over
    the normal one because few pods measure it badly; with very few pods not less than what
    the assumed spread gives.
    """
    events, own = tally.events[:, column], tally.own[:, column]
    seen = own > 0
    degrees = len(events) - 2
    squares = ((events - own)[seen] ** 2 / own[seen]).sum()
    if degrees >= FEWEST_DEGREES:
        enlarged = stdtrit(degrees, 1.0 - BOUND_ERROR) / ndtri(1.0 - BOUND_ERROR)
        return max(1.0, float(squares / degrees * enlarged**2))
    assumed = 1.0 + ASSUMED_POD_SPREAD**2 * float(own.mean())
    return max(assumed, float(squares / max(degrees, 1)))
