"""Whether a counted metric's harm is more than chance, at one look.

Why: score, boundary and pods meet here; the same few lines decide live and on a recording.
Never here: how counts were made, which other metrics there are, or what happens next.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import burstiness, tails
from analysis.boundary import chance, lookable, setting, weight
from analysis.corroboration import corroborated
from analysis.counted import Counted, granted, harmed_rows, slower_share, survival_of
from analysis.framing import Null, tolerated_shift
from analysis.past import ASSUMED_SPREAD
from analysis.pod_model import PodModel, rounded
from analysis.question import Kind, Question
from analysis.score import Sides, effective, normal_score, score, sides, under
from analysis.tally import Totals, totals

Floats = NDArray[np.float64]

STEP = 1.25

WORTH_A_LOOK = 0.5
"""A score so low never decides, whatever its exact law."""

FEWEST_SLOWER = 5.0
"""A tail that fewer requests of the reference reach is not asked about."""


@dataclass(frozen=True, slots=True)
class Look:
    """When it is looked: `elapsed` in (0, 1] is the part of the time limit that has passed,
    `looks` how many windows the limit has; `caution` widens the tolerance so many times."""

    elapsed: float
    looks: float
    caution: float = 1.0


def one_in(
    counted: Counted, question: Question, model: PodModel, level: float, look: Look
) -> float | None:
    """One in how many equal releases ever shows so much; None while that is not rarer than
    `level`, or rests on one pod alone."""
    columns = asked(counted, question)
    rare = [len(columns) * _chance(counted, question, model, look, at) for at in columns]
    if not rare or min(rare) > level:
        return None
    worst = columns[int(np.argmin(rare))]
    if not model.learned and not corroborated(
        counted, question, tolerated_null(counted, question, worst), worst
    ):
        return None
    return 1.0 / min(rare)


def asked(counted: Counted, question: Question) -> tuple[int, ...]:
    """The columns that are asked about: for a histogram the edges around the quantile."""
    if counted.windows == 0:
        return ()
    if question.kind is not Kind.HISTOGRAM:
        return (0,)
    rows = ~harmed_rows(counted, question)
    survival = survival_of(counted.tally.sums, rows)
    if survival is None:
        return ()
    reached = counted.tally.sums.events[rows].sum(axis=0) >= FEWEST_SLOWER
    around = tails.bracket(survival, slower_share(question))
    return tuple(column for column in around if reached[column]) or around[:1]


def tolerated_null(counted: Counted, question: Question, column: int) -> Null:
    """The null of one column: "worse by at most the tolerance"; a shift of all of a histogram's
    values lets its tail at an edge grow to what the reference's was before the shift."""
    if question.kind is not Kind.HISTOGRAM:
        return granted(question)
    survival = survival_of(counted.tally.sums, ~harmed_rows(counted, question))
    if survival is None or survival[column] <= 0:
        return granted(question)
    edges = np.array(counted.edges)
    before = edges[column : column + 1] / tolerated_shift(question)
    growth = tails.survival_at(edges, survival, before) / survival[column]
    return Null(growth, np.zeros(1))


def both(counted: Counted, question: Question, column: int) -> tuple[Totals, Totals]:
    """The totals of the harmed and of the reference arm at one column."""
    rows = harmed_rows(counted, question)
    sums = counted.tally.sums
    return _at(totals(sums, rows), column), _at(totals(sums, ~rows), column)


def _at(many: Totals, column: int) -> Totals:
    part = slice(column, column + 1)
    exposure = many.exposure if many.exposure.shape[-1] == 1 else many.exposure[part]
    return Totals(many.events[part], many.expected[part], exposure)


def arms(counted: Counted, question: Question, pair: tuple[Totals, Totals]) -> Sides:
    """Both arms of one column under "no worse"."""
    rows, exposure = harmed_rows(counted, question), counted.tally.sums.exposure
    pods = effective(exposure[rows]), effective(exposure[~rows])
    return sides(*pair, pods, granted(question), question.kind is not Kind.RATE)


def looks_of(found: Sides, model: PodModel, look: Look) -> float:
    """How many looks at one column can differ until the time limit."""
    events = float((found.harmed + found.reference).flat[0]) / model.burst
    return lookable(look.looks, events, look.elapsed)


def _chance(
    counted: Counted, question: Question, model: PodModel, look: Look, column: int
) -> float:
    """How often an equal release shows a score as high, at any look."""
    pair = both(counted, question, column)
    if not model.learned:
        model, pair = _cautious(counted, question, pair, column)
    null = tolerated_null(counted, question, column)
    wide = Null(null.ratio * look.caution, null.offset * look.caution)
    found = under(arms(counted, question, pair), wide, pair[0].exposure)
    at = score(found, model.spread, model.burst)
    if float(at.z[0]) < WORTH_A_LOOK:
        return 1.0
    looks = looks_of(found, model, look)
    height = normal_score(found, model.spread, model.burst) * weight(
        at.within, at.between, look.elapsed, looks
    )
    where = setting(float(at.within[0]), float(at.between[0]), look.elapsed, looks)
    return float(chance(where, height)[0])


def _cautious(
    counted: Counted, question: Question, pair: tuple[Totals, Totals], column: int
) -> tuple[PodModel, tuple[Totals, Totals]]:
    """Without a past: the bursts seen now, and without the strongest window. What pods are
    assumed to differ by is meant of a histogram's values; its tail differs by more."""
    guard = counted.caution
    burst = float(burstiness.factor(guard.bursts)[column])
    less = pair[0] - _at(guard.harmed, column), pair[1] - _at(guard.reference, column)
    return PodModel(rounded(ASSUMED_SPREAD * _steepness(counted, question, column)), burst, 0), less


def _steepness(counted: Counted, question: Question, column: int) -> float:
    """By how many per cent the tail at an edge grows if all values grow by one per cent."""
    survival = survival_of(counted.tally.sums, ~harmed_rows(counted, question))
    if question.kind is not Kind.HISTOGRAM or survival is None or survival[column] <= 0:
        return 1.0
    edges = np.array(counted.edges)
    before = tails.survival_at(edges, survival, edges[column : column + 1] / STEP)[0]
    return max(math.log(before / survival[column]) / math.log(STEP), 1.0)
