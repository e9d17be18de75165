"""Whether a counted metric's harm is more than chance, at one look.

Why: score, boundary and pods meet here; the same few lines decide live, on a recording, and for
thousands of rollouts at once.
Never here: how counts were made, which other metrics there are, or what happens next.

Arrays may have any leading axes (many rollouts of the same pods), as in tally.py.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis import burstiness, caution, lately, present, tails
from analysis.boundary import (
    boundary,
    chance,
    growing,
    lookable,
    setting,
    steady,
    unforeseen,
    weight,
)
from analysis.caution import Caution
from analysis.corroboration import corroborated
from analysis.counted import Counted, granted, harmed_rows, slower_share
from analysis.error_budget import BOUND_ERROR
from analysis.framing import Null, candidate_is_harmed, null_at, tolerated, tolerated_shift
from analysis.lately import Lately, Pair
from analysis.look import Look
from analysis.past import ASSUMED_SPREAD
from analysis.pod_model import LEAST_SPREAD, Belief, PodModel, belief_of, rounded
from analysis.question import Kind, Question
from analysis.score import Score, Sides, effective, normal_score, score, sides, under
from analysis.tally import Mask, Sums, Totals, totals

Floats = NDArray[np.float64]

WORTH_A_LOOK = 0.5
"""A score so low never decides, whatever its exact law."""

FEWEST_SLOWER = 5.0
"""A tail that fewer requests of the reference reach is not asked about."""

STEEPNESS_STEP = 1.25
UP = 1.0 + 1e-12
ALIKE = np.array(LEAST_SPREAD)

STILL_GOING_ON = 1.3
"""Standard deviations of counting beyond the tolerance that the later half must show by itself."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a metric has shown so far; `harmed` (pods,) marks the pods of the arm on which harm
    shows as more events, `edges` are a histogram's."""

    sums: Sums
    caution: Caution
    lately: Lately
    harmed: Mask
    edges: Floats


def one_in(
    counted: Counted, question: Question, model: PodModel, level: float, look: Look
) -> float | None:
    """One in how many equal releases ever shows so much; None while that is not rarer than
    `level`, or rests on one pod alone."""
    if counted.windows == 0:
        return None
    shown = shown_of(counted, question)
    rare = rarity(shown, question, belief_of(model), look)
    worst = int(rare.argmin())
    if float(rare[worst]) > level:
        return None
    null = tolerated_null(shown, question)
    if not model.learned and not corroborated(counted, question, null, worst):
        return None
    return 1.0 / float(rare[worst])


def shown_of(counted: Counted, question: Question) -> Shown:
    """One rollout's state as arrays."""
    rows = harmed_rows(counted, question)
    return Shown(counted.tally.sums, counted.caution, counted.lately, rows, np.array(counted.edges))


def rarity(shown: Shown, question: Question, known: Belief | None, look: Look) -> Floats:
    """How often an equal release shows as much at any look, in any of the columns asked about:
    (..., columns), 1 where it is not rare, not asked, or no longer goes on. `known` is what a past
    says of the pods, None where there is none."""
    pair = totals(shown.sums, shown.harmed), totals(shown.sums, ~shown.harmed)
    asked, sparse = _asked(question, pair), _sparse(shown, question, pair)
    surcharge = unforeseen(lately.growth(shown.lately, pair))
    null = tolerated_null(shown, question)
    wide = Null(np.where(sparse, 1.0, null.ratio) * look.wider, null.offset * look.wider)
    later = lately.since(shown.lately, pair)
    if known is None:
        known, pair = _cautious(shown, question, pair)
        belief = _everywhere(asked, known)
    else:
        belief = now(_everywhere(asked, known), shown, question)
    belief = replace(belief, drift=look.drift)
    found = _under(shown, question, _moved(shown, question, sparse, pair), wide)
    going_on = _under(shown, question, _moved(shown, question, sparse, later), wide)
    at = score(found, belief)
    hot = asked & (at.z > WORTH_A_LOOK)
    hot = hot & (score(going_on, replace(belief, spread=ALIKE, drift=0.0)).z > STILL_GOING_ON)
    rare = np.ones(asked.shape)
    if hot.any():
        rare[hot] = _chances(found, at, belief, look, hot)
    many = np.maximum(asked.sum(axis=-1, keepdims=True), 1)
    return np.asarray(np.minimum(rare * many * surcharge, 1.0), dtype=np.float64)


def harmless(shown: Shown, question: Question, known: Belief, look: Look) -> Mask:
    """Whether harm beyond the tolerance is ruled out at BOUND_ERROR, by the same score from the other
    side, in every column asked about: (...,)."""
    pair = totals(shown.sums, shown.harmed), totals(shown.sums, ~shown.harmed)
    asked = _asked(question, pair)
    belief = replace(now(_everywhere(asked, known), shown, question), drift=look.drift)
    found = _under(shown, question, pair, tolerated_null(shown, question))
    at = score(found, belief)
    looks = lookable(look.looks, (found.harmed + found.reference) / belief.burst, look.elapsed)
    whole = steady(at.within, look.elapsed, looks)
    height = -at.z * weight(at.within, at.between, whole)
    where = setting(whole.final, at.between, looks)
    ruled_out = (height >= boundary(where, BOUND_ERROR)) | ~asked
    return np.asarray(ruled_out.all(axis=-1) & asked.any(axis=-1), dtype=np.bool_)


def now(belief: Belief, shown: Shown, question: Question) -> Belief:
    """What is believed of pods (..., columns), once those of the old version were seen."""
    baseline = ~shown.harmed if candidate_is_harmed(question) else shown.harmed
    return present.widened(belief, shown.sums, baseline)


def spreads_now(counted: Counted, question: Question, model: PodModel) -> Floats:
    """By how much pods are believed to differ, seen those of this rollout: (columns,)."""
    shown, belief = shown_of(counted, question), belief_of(model)
    columns = shown.sums.events.shape[-1]
    if belief is None:
        return np.full(columns, model.spread)
    return now(_everywhere(np.ones(columns, dtype=np.bool_), belief), shown, question).spread


def _everywhere(asked: Mask, known: Belief) -> Belief:
    spread, burst, pods = (
        np.broadcast_to(one, asked.shape) for one in (known.spread, known.burst, known.pods)
    )
    return Belief(spread, burst, pods)


def _asked(question: Question, pair: Pair) -> Mask:
    """Which columns are asked about: of a histogram the edges around the quantile of the reference,
    and the last one that the harmed arm's quantile has passed."""
    harmed, reference = pair
    exposed = (reference.exposure > 0) & (harmed.exposure > 0)
    asked = np.asarray(np.broadcast_to(exposed, reference.events.shape))
    if question.kind is not Kind.HISTOGRAM:
        return asked
    place = np.arange(reference.events.shape[-1])
    past, passed = (_past_quantile(question, side) for side in (reference, harmed))
    around = (place == past) | (place == np.maximum(past - 1, 0))
    return np.asarray(asked & (around | (place == np.maximum(passed - 1, 0))), dtype=np.bool_)


def _past_quantile(question: Question, side: Totals) -> NDArray[np.int64]:
    """The first edge past the quantile (..., 1), the last edge if none is."""
    slower = side.events > slower_share(question) * side.exposure
    past = np.minimum(slower.sum(axis=-1, keepdims=True), side.events.shape[-1] - 1)
    return np.asarray(past, dtype=np.int64)


def tolerated_null(shown: Shown, question: Question) -> Null:
    """The null "worse by at most the tolerance"; a shift of all of a histogram's values lets its
    tail at an edge grow to what the reference's was before the shift."""
    if question.kind is not Kind.HISTOGRAM:
        return null_at(question, np.array([tolerated(question)]))
    growth = _growth(shown, tolerated_shift(question))
    return Null(growth, np.zeros_like(growth))


def _sparse(shown: Shown, question: Question, pair: Pair) -> Mask:
    """The edges of a histogram that hardly any request of the reference passes."""
    if question.kind is not Kind.HISTOGRAM:
        return np.zeros(pair[1].events.shape, dtype=np.bool_)
    return np.asarray((pair[1].events < FEWEST_SLOWER) & (_below(shown, question) >= 0))


def _below(shown: Shown, question: Question) -> NDArray[np.int64]:
    """The last edge not above each edge before the tolerated shift, -1 where there is none."""
    before = shown.edges / tolerated_shift(question) * UP
    return np.asarray(np.searchsorted(shown.edges, before, "right") - 1)


def _moved(shown: Shown, question: Question, sparse: Mask, pair: Pair) -> Pair:
    """The totals to compare. At a sparse edge there is no tail to let grow: if values are at most s
    times as large, the share slower than the edge is at most the reference's share slower than
    the next edge below edge / s, with no interpolation."""
    if not sparse.any():
        return pair
    below = np.maximum(_below(shown, question), 0)
    harmed, reference = pair
    return (
        replace(harmed, expected=np.where(sparse, harmed.expected[..., below], harmed.expected)),
        Totals(
            np.where(sparse, reference.events[..., below], reference.events),
            np.where(sparse, reference.expected[..., below], reference.expected),
            reference.exposure,
        ),
    )


def _growth(shown: Shown, shift: float) -> Floats:
    """By how much each tail of the reference grows if all values grow `shift`-fold: (..., edges)."""
    reference = totals(shown.sums, ~shown.harmed)
    survival = reference.events / np.maximum(reference.exposure, 1.0)
    growth, before = np.ones_like(survival), shown.edges / shift
    for at in np.ndindex(survival.shape[:-1]):
        grown = tails.survival_at(shown.edges, survival[at], before)
        growth[at] = np.where(survival[at] > 0, grown / np.maximum(survival[at], 1e-12), 1.0)
    return growth


def _under(shown: Shown, question: Question, pair: Pair, null: Null) -> Sides:
    return under(arms(shown, question, pair), null, pair[0].exposure)


def arms(shown: Shown, question: Question, pair: Pair) -> Sides:
    """Both arms under "no worse"."""
    rows, exposure = shown.harmed, shown.sums.exposure
    pods = effective(exposure[..., rows]), effective(exposure[..., ~rows])
    return sides(*pair, pods, granted(question), question.kind is not Kind.RATE)


def _cautious(shown: Shown, question: Question, pair: Pair) -> tuple[Belief, Pair]:
    """Without a past: the bursts seen now, and without the strongest window. What pods are
    assumed to differ by is meant of a histogram's values; its tails differ by more."""
    burst = burstiness.factor(shown.caution.bursts)
    spread = np.full(burst.shape, ASSUMED_SPREAD)
    if question.kind is Kind.HISTOGRAM:
        steps = np.log(_growth(shown, STEEPNESS_STEP)) / math.log(STEEPNESS_STEP)
        spread = ASSUMED_SPREAD * np.maximum(steps, 1.0)
    spread = np.vectorize(rounded, otypes=[float])(spread)
    return Belief(spread, burst, np.zeros(1)), caution.without_strongest(shown.caution, *pair)


def _chances(found: Sides, at: Score, belief: Belief, look: Look, hot: Mask) -> Floats:
    """The chances of the columns where `hot`, as a flat array."""
    picked = _picked(found, hot)
    burst, spread = belief.burst[hot], belief.spread[hot]
    within, between = at.within[hot], at.between[hot]
    looks = lookable(look.looks, (picked.harmed + picked.reference) / burst, look.elapsed)
    heights = normal_score(picked, Belief(spread, burst, spread, belief.drift))
    whole = growing(within, look.elapsed, looks)
    heights = heights * weight(within, between, whole)
    return chance(setting(whole.final, between, looks), heights)


def _picked(found: Sides, hot: Mask) -> Sides:
    def pick(field: Floats) -> Floats:
        return np.asarray(np.broadcast_to(field, hot.shape)[hot], dtype=np.float64)

    return Sides(
        pick(found.harmed),
        pick(found.reference),
        pick(found.odds),
        pick(found.granted),
        pick(found.rest),
        (pick(found.pods[0]), pick(found.pods[1])),
    )
