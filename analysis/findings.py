"""What the evidence says: a finding a metric, and one judgement of them all.

Why: "what do we say of this release" has one definition.
Never here: how evidence grows, how a sentence is worded.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis import effect as effects
from analysis import gauges, slopes, tails
from analysis.counted import Counted, shares, slower_share, survival_of
from analysis.evidence import Evidence, Fired, MetricEvidence, look
from analysis.framing import counts_complement, signed
from analysis.gauges import Levels
from analysis.harm import spreads_now
from analysis.interval import Interval
from analysis.missing import missing
from analysis.question import LEVELS, Design, Direction, Kind, Question
from analysis.samples import Arm
from analysis.sentences import limits, sentence, watching
from analysis.slopes import Slopes
from analysis.verdict import ArmSummary, Finding, Judgement, Verdict

Floats = NDArray[np.float64]

FEWEST_WINDOWS = 2
FEWEST_EXPOSED = 20.0
"""Healthy needs both arms in this many windows, and this many requests (or pod-seconds) each."""


def judgement(evidence: Evidence) -> Judgement:
    """Any harm decides, then any silence; Healthy is only what is Healthy in every metric."""
    told = limits(evidence)
    findings = tuple(_finding(evidence, metric, told) for metric in evidence.metrics)
    verdict, reason = _together(findings)
    decided = {
        Verdict.REGRESSED: evidence.fired.at if evidence.fired else None,
        Verdict.HEALTHY: evidence.folded_until,
    }
    return Judgement(verdict, findings, decided.get(verdict), reason)


def _together(findings: tuple[Finding, ...]) -> tuple[Verdict, str]:
    if not findings:
        return Verdict.NO_DATA, "no metric is asked about"
    for verdict in (Verdict.REGRESSED, Verdict.NO_DATA, Verdict.INCONCLUSIVE):
        told = [finding.reason for finding in findings if finding.verdict is verdict]
        if told:
            return verdict, "; ".join(told)
    return Verdict.HEALTHY, "; ".join(finding.reason for finding in findings)


def _finding(evidence: Evidence, metric: MetricEvidence, told: str) -> Finding:
    question = metric.question
    effect = _effect(evidence, metric)
    fired = _own(evidence.fired, question)
    silence = missing(metric, evidence)
    baseline, candidate = (_arm(metric, arm) for arm in (Arm.BASELINE, Arm.CANDIDATE))
    verdict = _verdict(evidence, metric, effect, (baseline, candidate), silence)
    figures = (
        _finite(effect.effect if effect else None),
        _finite(effect.low if effect else None),
        _finite(effect.high if effect else None),
        baseline,
        candidate,
        metric.shown if verdict is Verdict.INCONCLUSIVE else None,
        fired.method if fired else "",
    )
    spread = _spread(metric)
    unlike = metric.model.learned and spread > metric.model.spread
    bare = Finding(
        question,
        verdict,
        *figures,
        reason="",
        one_in=fired.one_in if fired else None,
        pod_spread=spread,
        pods_seen=0 if unlike else metric.model.pods,
        unlike_past=unlike,
        strata=_strata(metric),
        alone=_alone(metric, candidate),
        edges=_edges(metric),
    )
    if isinstance(metric.body, Slopes):
        told = watching(metric.body, told)
    return replace(bare, reason=sentence(bare, silence, told))


def _strata(metric: MetricEvidence) -> int:
    if not metric.question.strata or not isinstance(metric.body, Counted):
        return 0
    return len(metric.body.strata)


def _spread(metric: MetricEvidence) -> float:
    """By how much the pods of one version are believed to differ."""
    if not isinstance(metric.body, Counted):
        return metric.model.spread
    return float(spreads_now(metric.body, metric.question, metric.model).max())


def _edges(metric: MetricEvidence) -> int:
    body = metric.body
    if not isinstance(body, Counted) or body.layouts.baseline == body.layouts.candidate:
        return 0
    return len(body.edges)


def _alone(metric: MetricEvidence, candidate: ArmSummary) -> float:
    """The share of the candidate's requests that were compared with nothing."""
    if not metric.question.strata or not isinstance(metric.body, Counted):
        return 0.0
    alone = metric.body.alone[1]
    return alone / max(alone + candidate.exposure, 1.0)


def _own(fired: Fired | None, question: Question) -> Fired | None:
    return fired if fired is not None and fired.metric == question.name else None


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _effect(evidence: Evidence, metric: MetricEvidence) -> Interval | None:
    if isinstance(metric.body, (Levels, Slopes)):
        return metric.body.interval
    return effects.interval(
        metric.body, metric.question, metric.model, look(evidence, metric.model)
    )


def _verdict(
    evidence: Evidence,
    metric: MetricEvidence,
    effect: Interval | None,
    arms: tuple[ArmSummary, ArmSummary],
    silence: str,
) -> Verdict:
    if _own(evidence.fired, metric.question):
        return Verdict.REGRESSED
    if silence:
        return Verdict.NO_DATA
    timely = evidence.comparison.design is Design.SIDE_BY_SIDE or _knows_time(metric)
    seen = metric.body.windows >= FEWEST_WINDOWS and _exposed(metric.question, arms)
    if timely and seen and effect and _harmless(metric.question, effect):
        return Verdict.HEALTHY
    return Verdict.INCONCLUSIVE


def _knows_time(metric: MetricEvidence) -> bool:
    """Whether the interval holds what time alone moves."""
    return isinstance(metric.body, Counted) and metric.model.drift is not None


def _exposed(question: Question, arms: tuple[ArmSummary, ArmSummary]) -> bool:
    return question.kind in LEVELS or all(arm.exposure >= FEWEST_EXPOSED for arm in arms)


def _harmless(question: Question, effect: Interval) -> bool:
    """Whether all that the bounds leave open is tolerated (non-inferiority)."""
    if question.worse is Direction.LOWER:
        return effect.low > -question.tolerance.amount
    return effect.high < question.tolerance.amount


def _arm(metric: MetricEvidence, arm: Arm) -> ArmSummary:
    if isinstance(metric.body, Levels):
        return _gauge_arm(metric.body, arm)
    if isinstance(metric.body, Slopes):
        return _slope_arm(metric.body, metric.question, arm)
    return _counted_arm(metric.body, metric.question, arm)


def _gauge_arm(levels: Levels, arm: Arm) -> ArmSummary:
    values = gauges.of_arm(levels, arm)
    samples = sum(len(many) for pod, many in levels.medians.items() if levels.arms[pod] is arm)
    if not values.size:
        return ArmSummary(None, 0.0, 0.0, 0)
    return ArmSummary(float(values.mean()), float(values.size), float(samples), int(values.size))


def _slope_arm(body: Slopes, question: Question, arm: Arm) -> ArmSummary:
    values = slopes.of_arm(body, arm)
    if not values.size:
        return ArmSummary(None, 0.0, 0.0, 0)
    pods, mean = int(values.size), signed(question, float(values.mean()))
    return ArmSummary(mean, float(pods), float(pods * body.windows), pods)


def _counted_arm(body: Counted, question: Question, arm: Arm) -> ArmSummary:
    sums = body.tally.sums
    rows = body.tally.candidate == (arm is Arm.CANDIDATE)
    known, exposure = shares(body, question), float(sums.exposure[rows].sum())
    if known is None:
        return ArmSummary(None, 0.0, 0.0, 0)
    survival = known[arm is Arm.CANDIDATE]
    if question.kind is Kind.HISTOGRAM:
        return _histogram_arm(body, question, survival, rows)
    share = float(survival[0])
    if counts_complement(question):
        share = 1.0 - share
    return ArmSummary(share, share * exposure, exposure, int(rows.sum()))


def _histogram_arm(
    body: Counted, question: Question, survival: Floats, rows: NDArray[np.bool_]
) -> ArmSummary:
    sums, share = body.tally.sums, slower_share(question)
    exposure = float(sums.exposure[rows].sum())
    baseline = survival_of(sums, ~body.tally.candidate)
    value = tails.point_at(np.array(body.edges), survival, share)
    column = tails.bracket(survival if baseline is None else baseline, share)[-1]
    return ArmSummary(value, float(survival[column]) * exposure, exposure, int(rows.sum()))
