"""The one door: evidence begins, grows window by window, and is judged.

Why: the same windows give the same evidence, live, after a restart and on a recording.
Never here: formulas; each has its own module.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis import counted, gauges, increments, panel, permutation
from analysis.counted import Counted
from analysis.error_budget import share
from analysis.evidence import Evidence, Fired, MetricEvidence, Sighting
from analysis.findings import judgement
from analysis.gauges import Levels
from analysis.increments import Patience, Reading
from analysis.permutation import Scores
from analysis.question import Comparison, Design, Kind, Question
from analysis.samples import Arm, Part, Window
from analysis.verdict import Judgement

__all__ = ["Evidence", "begin", "fold", "judge"]

PARTS: Mapping[Kind, tuple[Part, ...]] = {
    Kind.RATIO: (Part.BAD, Part.TOTAL),
    Kind.RATE: (Part.COUNT,),
    Kind.HISTOGRAM: (Part.BUCKETS,),
    Kind.GAUGE: (Part.VALUE,),
}

NEWCOMER_INTERVALS = 0.5
"""A series that first shows so much later than its pod's other series stood at zero before."""

LARGEST_EXPONENT = 600.0


def begin(comparison: Comparison) -> Evidence:
    """The evidence before the first window."""
    return Evidence(
        comparison,
        share(comparison),
        comparison.started_at,
        tuple(_begin_metric(question) for question in comparison.questions),
    )


def _begin_metric(question: Question) -> MetricEvidence:
    body = Levels() if question.kind is Kind.GAUGE else counted.begin(question)
    return MetricEvidence(question, body)


def fold(evidence: Evidence, window: Window) -> Evidence:
    """The evidence with one more window; one that was folded before changes nothing."""
    if window.end <= evidence.folded_until:
        return evidence
    read = [_read(evidence.comparison, metric, window) for metric in evidence.metrics]
    metrics = tuple(_with_readings(evidence, metric, readings) for metric, readings in read)
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
    patience = Patience(
        comparison.warm_up_seconds, NEWCOMER_INTERVALS * comparison.interval_seconds
    )
    cursors, readings = increments.read(
        metric.cursors, window, name, PARTS[metric.question.kind], patience
    )
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
    evidence: Evidence, metric: MetricEvidence, readings: Sequence[Reading]
) -> MetricEvidence:
    if isinstance(metric.body, Levels):
        return replace(metric, body=gauges.add(metric.body, readings))
    design = evidence.comparison.design
    body = counted.add(metric.body, metric.question, readings, evidence.budget, design)
    return replace(metric, body=body)


def conclude(evidence: Evidence, active: Mapping[str, Arm], known: Collection[str]) -> Evidence:
    """Look at evidence that has grown: the panel, the permutation of pods, the fast path.
    `active` are the pods that showed something in the newest window, `known` all its pods."""
    if evidence.fired is not None:
        return evidence
    if evidence.comparison.design is Design.SIDE_BY_SIDE:
        met = panel.meet(evidence.panel, active, known)
        evidence = _permuted(replace(evidence, panel=met))
    return replace(evidence, fired=_fast(evidence) or _standing_out(evidence))


def _fast(evidence: Evidence) -> Fired | None:
    """The first counted metric whose evidence has crossed its threshold."""
    for metric in evidence.metrics:
        if isinstance(metric.body, Counted):
            odds = counted.gross_harm(metric.body, metric.question, evidence.budget.evidence)
            if odds is not None:
                one_in = math.exp(min(odds, LARGEST_EXPONENT))
                return Fired(metric.question.name, "conditional", evidence.folded_until, one_in)
    return None


def _permuted(evidence: Evidence) -> Evidence:
    """One look of the permutation test, once the panel is fixed."""
    scored = _scores(evidence) if evidence.panel.fixed else []
    if not scored:
        return evidence
    comparison = evidence.comparison
    elapsed = (evidence.folded_until - comparison.started_at) / comparison.limit_seconds
    rejected = permutation.look(
        evidence.rejected,
        permutation.standardised([scores for _, scores in scored]),
        len(evidence.panel.pods(Arm.BASELINE)),
        evidence.budget.permutation,
        elapsed,
    )
    return replace(evidence, rejected=rejected)


def _scores(evidence: Evidence) -> list[tuple[str, Scores]]:
    """The panel's scores with the name of their metric, the baseline's pods first."""
    pods = evidence.panel.pods(Arm.BASELINE) + evidence.panel.pods(Arm.CANDIDATE)
    found: list[tuple[str, Scores]] = []
    for metric in evidence.metrics:
        if isinstance(metric.body, Levels):
            many: tuple[Scores, ...] = (gauges.scores(metric.body, metric.question, pods),)
        else:
            many = counted.scores(metric.body, metric.question, pods)
        found.extend((metric.question.name, scores) for scores in many)
    return found


def _standing_out(evidence: Evidence) -> Fired | None:
    """The metric in which the candidate's pods stand out most, if they do."""
    rejected = evidence.rejected
    if rejected.rows is None or not rejected.fired:
        return None
    scored = _scores(evidence)
    standard = permutation.standardised([scores for _, scores in scored])
    candidates = len(evidence.panel.pods(Arm.CANDIDATE))
    worst = int(standard[:, -candidates:].sum(axis=1).argmax())
    one_in = len(rejected.rows) / int(np.count_nonzero(rejected.rows))
    return Fired(scored[worst][0], "permutation", evidence.folded_until, one_in)


def judge(evidence: Evidence) -> Judgement:
    """The verdict so far."""
    return judgement(evidence)
