"""The one door: evidence begins, grows window by window, and is judged.

Why: the same windows give the same evidence, live, after a restart and on a recording.
Never here: formulas; each has its own module.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis import counted, gauges, harm, panel, parts, permutation, slopes
from analysis.counted import Counted
from analysis.detectable import smallest_shown
from analysis.error_budget import share
from analysis.evidence import Evidence, Fired, MetricEvidence, Sighting, look
from analysis.findings import judgement
from analysis.gauges import Levels
from analysis.increments import Reading
from analysis.panel_scores import panel_scores
from analysis.past import Past
from analysis.pod_model import model_of
from analysis.question import LEVELS, Comparison, Design, Kind, Question
from analysis.samples import Arm, Window
from analysis.slopes import Slopes
from analysis.verdict import Judgement

__all__ = ["Evidence", "begin", "fold", "judge"]


def begin(comparison: Comparison, past: Past | None = None) -> Evidence:
    """The evidence before the first window; `past` is what is known of equally good pods."""
    metrics = tuple(_begin_metric(comparison, one, past) for one in comparison.questions)
    learned = [metric.question.name for metric in metrics if metric.model.learned]
    return Evidence(comparison, share(comparison, learned), comparison.started_at, metrics)


def _begin_metric(comparison: Comparison, question: Question, past: Past | None) -> MetricEvidence:
    body: Counted | Levels | Slopes = counted.begin()
    if question.kind in LEVELS:
        body = slopes.begin(comparison) if question.kind is Kind.SLOPE else Levels()
    return MetricEvidence(question, body, model_of(past, question.name))


def fold(evidence: Evidence, window: Window) -> Evidence:
    """The evidence with one more window; one that was folded before changes nothing."""
    if window.end <= evidence.folded_until:
        return evidence
    read = [_read(evidence.comparison, metric, window) for metric in evidence.metrics]
    asked = evidence.comparison
    number = round((window.end - asked.started_at) / asked.interval_seconds)
    metrics = tuple(_with_readings(metric, readings, number) for metric, readings in read)
    active = {
        reading.pod.name: reading.pod.arm
        for _, readings in read
        for reading in readings
        if reading.increments or reading.values
    }
    grown = replace(evidence, metrics=metrics, folded_until=window.end)
    return conclude(grown, active, [pod.name for pod in window.pods])


def _read(
    comparison: Comparison, metric: MetricEvidence, window: Window
) -> tuple[MetricEvidence, tuple[Reading, ...]]:
    """Difference the window's samples; a metric the source did not answer for stays as it is."""
    name = metric.question.name
    if name in window.blind:
        sighting = replace(metric.sighting, blind=window.blind[name])
        return replace(metric, sighting=sighting), ()
    cursors, readings = parts.read(comparison, metric.question, metric.cursors, window)
    sighting = _sighted(metric.sighting, readings, cursors.last_seen)
    return replace(metric, cursors=cursors, sighting=sighting), readings


def _sighted(
    sighting: Sighting, readings: Sequence[Reading], last_seen: Mapping[str, float]
) -> Sighting:
    sampled = {(reading.pod.arm, part) for reading in readings for part in reading.parts}
    latest = dict(sighting.latest)
    for reading in readings:
        arm, seen = reading.pod.arm, last_seen[reading.pod.name]
        latest[arm] = max(seen, latest.get(arm, seen))
    return Sighting(sighting.sampled | sampled, latest)


def _with_readings(
    metric: MetricEvidence, readings: Sequence[Reading], number: int
) -> MetricEvidence:
    question, body = metric.question, metric.body
    if isinstance(body, Levels):
        return replace(metric, body=gauges.add(body, question, metric.model, readings))
    if isinstance(body, Slopes):
        return replace(metric, body=slopes.add(body, question, metric.model, readings, number))
    return replace(metric, body=counted.take(body, question, readings))


def conclude(evidence: Evidence, active: Mapping[str, Arm], known: Collection[str]) -> Evidence:
    """Look at evidence that has grown: each metric's score, the panel, the permutation of pods.
    `active` are the pods that showed something in the newest window, `known` all its pods."""
    if evidence.fired is not None:
        return evidence
    if evidence.comparison.design is Design.SIDE_BY_SIDE:
        met = panel.meet(evidence.panel, active, known, evidence.budget.permutation)
        evidence = _permuted(replace(evidence, panel=met))
    evidence = replace(evidence, fired=_scored(evidence) or _standing_out(evidence))
    return evidence if evidence.fired else _with_shown(evidence)


def _with_shown(evidence: Evidence) -> Evidence:
    """What would have shown by now, asked after 1, 2, 4, 8, ... windows and at the limit."""
    asked = evidence.comparison
    last = evidence.folded_until >= asked.started_at + asked.limit_seconds
    metrics = tuple(
        replace(metric, shown=smallest_shown(evidence, metric))
        if last or not metric.body.windows & (metric.body.windows - 1)
        else metric
        for metric in evidence.metrics
    )
    return replace(evidence, metrics=metrics)


def _scored(evidence: Evidence) -> Fired | None:
    """The metric whose score is rarest, if it is beyond what chance may do."""
    rare = [(metric.question.name, _one_in(evidence, metric)) for metric in evidence.metrics]
    found = [(one_in, name) for name, one_in in rare if one_in is not None]
    if not found:
        return None
    one_in, name = max(found)
    return Fired(name, "score", evidence.folded_until, one_in)


def _one_in(evidence: Evidence, metric: MetricEvidence) -> float | None:
    level = evidence.budget.score
    if isinstance(metric.body, Levels):
        return gauges.one_in(
            metric.body, metric.question, metric.model, level, look(evidence, metric.model)
        )
    if isinstance(metric.body, Slopes):
        return slopes.one_in(metric.body, metric.question, metric.model, level)
    return harm.one_in(
        metric.body, metric.question, metric.model, level, look(evidence, metric.model)
    )


def _permuted(evidence: Evidence) -> Evidence:
    """One look of the permutation test, once the panel is fixed."""
    waits = not evidence.panel.fixed or evidence.budget.permutation <= 0
    scored = [] if waits else panel_scores(evidence.panel, evidence.metrics)
    if all(np.isnan(scores.values).all() for _, scores in scored):
        return evidence
    comparison = evidence.comparison
    elapsed = (evidence.folded_until - comparison.started_at) / comparison.limit_seconds
    rejected = permutation.look(
        evidence.rejected,
        permutation.standardised([scores for _, scores in scored]),
        len(evidence.panel.pods(Arm.BASELINE)),
        evidence.budget.permutation,
        permutation.spent(elapsed, permutation.spent_by(comparison)),
    )
    return replace(evidence, rejected=rejected)


def _standing_out(evidence: Evidence) -> Fired | None:
    """The metric in which the candidate's pods stand out most, if they do."""
    rejected = evidence.rejected
    if rejected.rows is None or not rejected.fired.any():
        return None
    scored = panel_scores(evidence.panel, evidence.metrics)
    standard = permutation.standardised([scores for _, scores in scored])
    candidates = len(evidence.panel.pods(Arm.CANDIDATE))
    worst = int(standard[:, -candidates:].sum(axis=1).argmax())
    one_in = len(rejected.rows) / int(np.count_nonzero(rejected.rows))
    return Fired(scored[worst][0], "permutation", evidence.folded_until, one_in)


def judge(evidence: Evidence) -> Judgement:
    """The verdict so far."""
    return judgement(evidence)
