"""The smallest harm that would have been called Regressed by now.

Why: "nothing was found" says as much as what would have been found; only the tests that decide can
tell it, asked about the same pods, traffic and windows with just so much harm.
Never here: the tests; slopes, which take their time.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis import gauges, harm, permutation, tails
from analysis.counted import Counted, granted, harmed_rows
from analysis.evidence import Evidence, MetricEvidence, look
from analysis.framing import candidate_is_harmed, null_at, signed
from analysis.gauges import Levels
from analysis.harm import arms, shown_of
from analysis.panel_scores import panel_scores
from analysis.question import Direction, Kind, Question
from analysis.samples import Arm
from analysis.slopes import Slopes
from analysis.tally import Sums, Totals, totals

Floats = NDArray[np.float64]

HALVINGS = 6
LARGEST_HARM, NEARLY_ALL = 100.0, 0.98
"""Nothing is said of more than a hundred times as much, or of a fall by nearly all."""


def smallest_shown(evidence: Evidence, metric: MetricEvidence) -> float | None:
    """The smallest harm of this metric, on the tolerance's scale, that the tests would have fired on by
    now, had the candidate's pods shown it throughout; None where none would, or it is not known."""
    amount, body = metric.question.tolerance.amount, metric.body
    if isinstance(body, Slopes) or body.windows == 0:
        return None

    def fires(size: float) -> bool:
        return _fires(evidence, _with_harm(metric, size))

    low, high = max(amount, 1e-4), _largest(metric)
    return _between(low, high, fires) if high > low and fires(high) else None


def _between(low: float, high: float, fires: Callable[[float], bool]) -> float:
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if fires(middle) else (middle, high)
    return high


def _largest(metric: MetricEvidence) -> float:
    question = metric.question
    if question.tolerance.absolute or question.worse is Direction.LOWER:
        return NEARLY_ALL
    if question.kind is not Kind.RATIO or not isinstance(metric.body, Counted):
        return LARGEST_HARM
    none = _harmless_events(metric.body, question)
    exposure = float(metric.body.tally.sums.exposure[metric.body.tally.candidate].sum())
    return min(LARGEST_HARM, NEARLY_ALL * exposure / max(float(none[0]), 1.0) - 1.0)


def _fires(evidence: Evidence, harmed: MetricEvidence) -> bool:
    """Whether either test fires on a metric."""
    question, model, level = harmed.question, harmed.model, evidence.budget.score
    at = look(evidence, model)
    if isinstance(harmed.body, Levels):
        rare = gauges.one_in(harmed.body, question, model, level, at)
    elif isinstance(harmed.body, Counted):
        rare = harm.one_in(harmed.body, question, model, level, at)
    return rare is not None or _stands_out(evidence, harmed)


def _stands_out(evidence: Evidence, harmed: MetricEvidence) -> bool:
    if not evidence.panel.fixed or evidence.budget.permutation <= 0:
        return False
    name = harmed.question.name
    metrics = [harmed if one.question.name == name else one for one in evidence.metrics]
    scores = [one for _, one in panel_scores(evidence.panel, metrics)]
    comparison = evidence.comparison
    elapsed = (evidence.folded_until - comparison.started_at) / comparison.limit_seconds
    due = permutation.spent(elapsed, permutation.spent_by(comparison))
    old, level = len(evidence.panel.pods(Arm.BASELINE)), evidence.budget.permutation
    standard = permutation.standardised(scores)
    return bool(permutation.look(permutation.Rejected(), standard, old, level, due).fired)


def _with_harm(metric: MetricEvidence, size: float) -> MetricEvidence:
    """The metric as if the candidate's pods, which differ as they do, had shown so much harm."""
    if isinstance(metric.body, Levels):
        return replace(metric, body=_levels(metric.body, metric.question, size))
    if isinstance(metric.body, Counted):
        return replace(metric, body=_counts(metric.body, metric.question, size))
    return metric


def _levels(levels: Levels, question: Question, size: float) -> Levels:
    old, new = (gauges.of_arm(levels, arm) for arm in Arm)
    if not (old.size and new.size) or min(old.min(), new.min()) <= 0:
        return levels
    moved = float(np.log(old).mean() - np.log(new).mean())
    times = math.exp(moved) * (1.0 + signed(question, size))
    medians = {
        pod: tuple(times * one for one in many) if levels.arms[pod] is Arm.CANDIDATE else many
        for pod, many in levels.medians.items()
    }
    return replace(levels, medians=medians, beyond=levels.windows)


def _harmless_events(counted: Counted, question: Question) -> Floats:
    """What the candidate would have shown had it been like the baseline (columns,)."""
    shown = shown_of(counted, question)
    pair = totals(shown.sums, shown.harmed), totals(shown.sums, ~shown.harmed)
    odds = arms(shown, question, pair).odds
    harmed, reference = pair[0].events, pair[1].events
    found = odds * reference if candidate_is_harmed(question) else harmed / odds
    return np.asarray(found, dtype=np.float64)


def _wanted(counted: Counted, question: Question, size: float) -> Floats:
    """The events of the candidate (columns,) with this harm."""
    none, candidate = _harmless_events(counted, question), counted.tally.candidate
    exposure = float(counted.tally.sums.exposure[candidate].sum())
    if question.kind is Kind.HISTOGRAM:
        old, edges = totals(counted.tally.sums, ~candidate), np.array(counted.edges)
        survival = old.events / np.maximum(old.exposure, 1.0)
        moved = tails.survival_at(edges, survival, edges / (1.0 + signed(question, size)))
        return np.minimum(
            np.where(survival > 0, none * moved / np.maximum(survival, 1e-12), none), exposure
        )
    null = null_at(question, np.array([size]))
    if not candidate_is_harmed(question):
        return none / null.ratio
    return np.minimum(null.ratio * none + null.offset * exposure, exposure)


def _counts(counted: Counted, question: Question, size: float) -> Counted:
    sums, rows = counted.tally.sums, counted.tally.candidate
    wanted, there = _wanted(counted, question, size), totals(sums, rows)
    times = wanted / np.maximum(there.events, 1e-12)
    even = wanted * (sums.exposure[rows] / there.exposure)[:, np.newaxis]
    events, own = sums.events.copy(), sums.own.copy()
    events[rows] = np.where(there.events > 0, sums.events[rows] * times, even)
    own[rows] = np.where(there.events > 0, sums.own[rows] * times, even)
    expected = _expected(counted, question, events)
    lately, strongest = counted.lately, counted.caution
    first = candidate_is_harmed(question)

    def pair(both: tuple[Totals, Totals]) -> tuple[Totals, Totals]:
        one, other = both
        return (_times(one, times), other) if first else (one, _times(other, times))

    last = strongest.harmed, strongest.reference
    alone, beside = pair(last)
    return replace(
        counted,
        tally=replace(counted.tally, sums=Sums(sums.exposure, events, expected, own)),
        lately=replace(lately, last=pair(lately.last), before_last=pair(lately.before_last)),
        caution=replace(strongest, harmed=alone, reference=beside),
    )


def _expected(counted: Counted, question: Question, events: Floats) -> Floats:
    """What each pod would show at just the tolerated harm, of so many events in all (pods, columns):
    first the offset's, the rest as it was dealt before."""
    sums, offset = counted.tally.sums, granted(question).offset
    rows, load = harmed_rows(counted, question)[:, np.newaxis], sums.exposure[:, np.newaxis]
    extra = np.where(rows, offset * load, 0.0)
    plain = np.maximum(sums.expected - extra, 0.0)
    plain = np.where(plain.sum(axis=0) > 0, plain, load)
    left = np.maximum(events.sum(axis=0) - extra.sum(axis=0), 0.0)
    return np.asarray(plain * left / plain.sum(axis=0) + extra, dtype=np.float64)


def _times(side: Totals, times: Floats) -> Totals:
    return replace(side, events=side.events * times)
