"""How far the harmed arm stands beyond the null, in standard deviations that know the pods.

Why: one number per look answers for every regime: where requests are few it is the exact root of
the likelihood ratio, where they are many it is the distance in units of how pods differ.
Source: signed root of the deviance of two Poisson counts under "harmed <= ratio x reference +
offset" (constrained maximum likelihood), shrunk by the pods' variance: Z = D / sqrt(1 + v/s^2),
s the standard error of the log ratio that D implies, v its variance between equal pods.
Never here: error levels, looks, which metric this is.

All arrays broadcast; events and exposures as in tally.py.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, ndtr, ndtri, xlogy

from analysis.framing import Null
from analysis.pod_model import Belief, log_variance
from analysis.tally import Totals

Floats = NDArray[np.float64]

CONTINUITY = 0.5
NEARER = 0.25
"""How much nearer to the null, in events, a count is read: half way between the chance of more
and the chance of as many or more, which over many looks keeps the promise and wastes little."""

DEVIATE_STEP = 0.25
DEVIATES: Floats = np.arange(-3.0, 5.01, DEVIATE_STEP)
"""Normal deviates at which the law of unlike pods is read."""

SMALL = 0.01
TINY = 1e-300
LEAST_ODDS = 1e-12
LEAST_RATE = 1e-6
MOST_CARRIED = 3.0
LEAST_REST = 0.05
"""Where nearly every request is an event, no less variance than this part of Poisson's."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both arms so far: events (..., columns); `odds` (..., columns) how many events the harmed
    arm shows for each of the reference's if its rate is the null's ratio times as high;
    `granted` what the offset alone gives the harmed arm; `rest` the part of Poisson's variance
    that counts have (1 for rates); `pods` the effective number of pods (..., 1) of each arm."""

    harmed: Floats
    reference: Floats
    odds: Floats
    granted: Floats
    rest: Floats
    pods: tuple[Floats, Floats]


@dataclass(frozen=True, slots=True)
class Score:
    """`z` positive where the harmed arm is worse than the null; `within` is the variance of the
    log ratio from counting, `between` from differing pods."""

    z: Floats
    within: Floats
    between: Floats


def sides(
    harmed: Totals,
    reference: Totals,
    pods: tuple[Floats, Floats],
    kept: Null,
    of_exposure: bool,
) -> Sides:
    """Both arms under "harmed <= reference", from totals whose `expected` was made with `kept`.

    The expected events carry the odds from window to window, so what moves both arms at once
    cancels; an offset leaves them unclear, there the exposures are compared. `of_exposure`
    says that events are a share of the exposure; `pods` are the effective numbers.
    """
    told = (kept.offset == 0) & (reference.expected > 0)
    expected = harmed.expected / (kept.ratio * np.where(told, reference.expected, 1.0))
    plain = harmed.exposure / np.maximum(reference.exposure, TINY)
    exposure = np.maximum(harmed.exposure + reference.exposure, TINY)
    # Differences of huge counters may leave more events than exposure.
    share = np.minimum(harmed.events + reference.events, exposure) / exposure
    rest = np.maximum(1.0 - share, LEAST_REST) if of_exposure else np.ones_like(share)
    return Sides(
        harmed.events,
        reference.events,
        np.maximum(np.where(told, expected, plain), LEAST_ODDS),
        np.zeros_like(share),
        rest,
        pods,
    )


def under(arms: Sides, null: Null, exposure: Floats) -> Sides:
    """The arms of `sides` under another null; `exposure` is the harmed arm's."""
    return replace(arms, odds=arms.odds * null.ratio, granted=null.offset * exposure)


def effective(exposures: Floats) -> Floats:
    """How many equally loaded pods say as much as these: (..., pods) to (..., 1), at least 1."""
    squares = np.maximum((exposures**2).sum(axis=-1, keepdims=True), TINY)
    many = exposures.sum(axis=-1, keepdims=True) ** 2 / squares
    return np.asarray(np.maximum(many, 1.0), dtype=np.float64)


def score(arms: Sides, belief: Belief) -> Score:
    """Z and its two variances, each (..., columns)."""
    spread, burst = belief.spread, belief.burst
    root, fitted1, fitted0 = _root(arms, burst)
    foreseen = arms.odds * (arms.reference + CONTINUITY) + arms.granted
    null_rate = np.maximum(foreseen, LEAST_RATE * np.minimum(arms.odds, 1.0))
    log_ratio = np.log((arms.harmed + CONTINUITY) / null_rate)
    carried = np.clip(1.0 - arms.granted / null_rate, 0.0, MOST_CARRIED)
    plain = (
        burst
        * arms.rest
        * (1.0 / np.maximum(fitted1, CONTINUITY) + carried**2 / np.maximum(fitted0, CONTINUITY))
    )
    within = (log_ratio**2 + SMALL) / (root**2 + SMALL / plain)
    between = log_variance(spread, arms.pods[0]) + carried**2 * log_variance(spread, arms.pods[1])
    between = between + belief.drift**2
    return Score(root / np.sqrt(1.0 + between / within), within, between)


def normal_score(arms: Sides, belief: Belief) -> Floats:
    """The score as a normal deviate of its own law, exact for few pods and few events.

    The chance of as many events or more, averaged over how unlike the two groups of equal pods
    may be (formula F7's null): each node scales the null by one ratio of their means. All
    arrays, those of `arms` too, are flat and of one length.
    """
    pods = (np.round(one, 1) for one in arms.pods)
    laws = np.column_stack([*pods, belief.spread])
    found = np.zeros(len(laws))
    for law in np.unique(laws, axis=0):
        rows = (laws == law).all(axis=1)
        nodes = _unlike(*(float(value) for value in law), belief.drift)
        found[rows] = _averaged(_rows(arms, rows), belief.burst[rows], *nodes)
    return found


def _rows(arms: Sides, rows: NDArray[np.bool_]) -> Sides:
    return Sides(
        arms.harmed[rows],
        arms.reference[rows],
        arms.odds[rows],
        arms.granted[rows],
        arms.rest[rows],
        (arms.pods[0][rows], arms.pods[1][rows]),
    )


def _averaged(arms: Sides, burst: Floats, ratios: Floats, weights: Floats) -> Floats:
    part = NEARER * burst
    nearer = replace(
        arms,
        harmed=np.maximum(arms.harmed - part, 0.0)[:, np.newaxis],
        reference=(arms.reference + part)[:, np.newaxis],
        odds=arms.odds[:, np.newaxis] * ratios,
        granted=arms.granted[:, np.newaxis] * ratios,
        rest=arms.rest[:, np.newaxis],
    )
    deviates = _root(nearer, burst[:, np.newaxis])[0]
    return np.asarray(-ndtri(ndtr(-deviates) @ weights), dtype=np.float64)


@lru_cache(maxsize=4096)
def _unlike(
    harmed_pods: float, reference_pods: float, spread: float, drift: float
) -> tuple[Floats, Floats]:
    """Ratios of the means of two groups of equally good pods, and their weights: of n1 pods
    beside n0, the share is Beta(n1 k, n0 k); time moves them apart log-normally."""
    shape = spread**-2
    cells = ndtr(np.append(DEVIATES - DEVIATE_STEP / 2.0, np.inf))
    cells[0] = 0.0
    weights = np.diff(cells)
    share = betaincinv(harmed_pods * shape, reference_pods * shape, ndtr(DEVIATES))
    share = np.clip(share, 1e-12, 1.0 - 1e-12)
    ratios = share / (1.0 - share) * reference_pods / harmed_pods
    if drift == 0.0:
        return ratios, weights
    moved = np.multiply.outer(ratios, np.exp(drift * DEVIATES))
    return moved.ravel(), np.multiply.outer(weights, weights).ravel()


def _root(arms: Sides, burst: Floats | float) -> tuple[Floats, Floats, Floats]:
    """The signed root of the deviance, and the fitted events of both arms."""
    fitted1, fitted0 = _fitted(arms)
    root = np.sqrt(_deviance(arms, fitted1, fitted0) / (burst * arms.rest))
    beyond = arms.harmed > arms.odds * arms.reference + arms.granted
    return np.where(beyond, root, -root), fitted1, fitted0


def _fitted(arms: Sides) -> tuple[Floats, Floats]:
    """Expected events of both arms under the null's boundary, by maximum likelihood.

    With the reference's mean m, o odds and q granted: K o/(o m + q) + k/m = o + 1, a quadratic.
    """
    total = arms.harmed + arms.reference
    square = (arms.odds + 1.0) * arms.odds
    linear = (arms.odds + 1.0) * arms.granted - arms.odds * total
    below = linear**2 + 4.0 * square * arms.reference * arms.granted
    mean = (np.sqrt(np.maximum(below, 0.0)) - linear) / (2.0 * square)
    mean = np.maximum(mean, np.maximum(-arms.granted / arms.odds, 0.0))
    return np.maximum(arms.odds * mean + arms.granted, 0.0), mean


def _deviance(arms: Sides, fitted1: Floats, fitted0: Floats) -> Floats:
    """Twice the log likelihood ratio of the observed against the fitted counts."""
    halves = (
        xlogy(seen, seen / np.maximum(fitted, TINY)) - (seen - fitted)
        for seen, fitted in ((arms.harmed, fitted1), (arms.reference, fitted0))
    )
    return np.asarray(np.maximum(2.0 * sum(halves), 0.0), dtype=np.float64)
