"""How large the effect is, with bounds that may be looked at any time.

Why: whether harm is ruled out, and how large it may still be, are read off the same bounds.
Never here: the decision to roll back, which does not rest on these.

A bound is the harm whose score no longer reaches the boundary at BOUND_ERROR: the same score and
the same played releases that decide. Where no past is known, counts are taken to vary as much
more than independent events as the pods of one arm were seen to differ (quasi-likelihood,
Wedderburn 1974); as that grows with traffic, infinite traffic on few pods never gives certainty.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from analysis.boundary import boundary, lookable, setting, steady, weight
from analysis.counted import Counted
from analysis.error_budget import BOUND_ERROR
from analysis.framing import Null, counts_complement, null_at, tolerated
from analysis.harm import Shown, arms, shown_of, spreads_now
from analysis.look import Look
from analysis.past import ASSUMED_SPREAD
from analysis.pod_model import LEAST_SPREAD, Belief, PodModel
from analysis.question import Direction, Kind, Question
from analysis.score import score, under
from analysis.tally import Mask, Tally, Totals, totals

Floats = NDArray[np.float64]

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


@lru_cache(maxsize=256)
def harms(question: Question) -> Floats:
    """The ascending harms that are tested (for histograms: ratios of tails less one); the
    tolerance is one of them."""
    if question.kind is Kind.HISTOGRAM:
        return np.asarray(np.exp(np.concatenate([-LOG_RATIOS[:0:-1], LOG_RATIOS])) - 1.0)
    tolerance = question.tolerance
    if tolerance.absolute or counts_complement(question):
        steps = max(tolerance.amount, SMALLEST_UNIT) * MULTIPLES
        steps = steps[steps < 1.0]
        return np.unique(np.concatenate([-steps, steps, [tolerated(question)]]))
    ratios = np.exp(np.concatenate([-LOG_RATIOS, LOG_RATIOS]))
    found = 1.0 - 1.0 / ratios if question.worse is Direction.LOWER else ratios - 1.0
    return np.unique(np.concatenate([found, [tolerated(question)]]))


def _nulls(question: Question) -> Null:
    if question.kind is Kind.HISTOGRAM:
        tested = harms(question)
        return Null(1.0 + tested, np.zeros_like(tested))
    return null_at(question, harms(question))


def ends(
    counted: Counted, question: Question, model: PodModel, look: Look, column: int
) -> tuple[float, float]:
    """The harms below and above all that the evidence leaves open; infinite where it excludes
    nothing."""
    shown, tested = shown_of(counted, question), harms(question)
    pair = _at(shown, shown.harmed, column), _at(shown, ~shown.harmed, column)
    plain = arms(shown, question, pair)
    if model.learned:
        spread = float(spreads_now(counted, question, model)[column])
    else:
        spread, model = LEAST_SPREAD, PodModel(LEAST_SPREAD, dispersion(counted.tally, column), 0)
    belief = Belief(np.array(spread), np.array(model.burst), np.zeros(1), look.drift)
    at = score(under(plain, _nulls(question), pair[0].exposure), belief)
    looks = lookable(look.looks, (plain.harmed + plain.reference) / model.burst, look.elapsed)
    whole = steady(at.within, look.elapsed, looks)
    heights = at.z * weight(at.within, at.between, whole)
    near = np.array([np.abs(heights).argmin()])
    where = setting(whole.final[near], at.between[near], looks)
    needed = float(boundary(where, BOUND_ERROR)[0])
    least = _last_excluded(tested, heights - needed)
    below = -heights - needed
    most = -_last_excluded(-tested[::-1], below[::-1])
    return (least, most) if least <= most else (-math.inf, math.inf)


def _at(shown: Shown, rows: Mask, column: int) -> Totals:
    found, part = totals(shown.sums, rows), slice(column, column + 1)
    return Totals(found.events[part], found.expected[part], found.exposure)


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
    events, own = tally.sums.events[:, column], tally.sums.own[:, column]
    seen = own > 0
    degrees = len(events) - 2
    squares = ((events - own)[seen] ** 2 / own[seen]).sum()
    if degrees >= FEWEST_DEGREES:
        enlarged = stdtrit(degrees, 1.0 - BOUND_ERROR) / ndtri(1.0 - BOUND_ERROR)
        return max(1.0, float(squares / degrees * enlarged**2))
    assumed = 1.0 + ASSUMED_SPREAD**2 * float(own.mean())
    return max(assumed, float(squares / max(degrees, 1)))
