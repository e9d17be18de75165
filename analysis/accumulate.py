"""The one door: evidence begins, grows window by window, and is judged.

Why: the same windows give the same evidence, live, after a restart and on a recording.
Never here: formulas; each has its own module.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis import counts, gauges, permutation
from analysis.conditional import log_evidence
from analysis.counts import CountEvidence, Warmth
from analysis.error_budget import ErrorBudget, shared
from analysis.findings import Fired, finding, summary
from analysis.gauges import GaugeEvidence
from analysis.permutation import LEAST_PODS, Rejected
from analysis.question import Comparison, Design, Kind, Question
from analysis.samples import Arm, Pod, Window
from analysis.verdict import Judgement, Verdict

PATIENCE_WINDOWS = 4

MetricEvidence = CountEvidence | GaugeEvidence


@dataclass(frozen=True)
class Panel:
    """The pods whose labels are permuted, the baseline's first; fixed once chosen, so that
    every look asks the same question. `columns` are the tails that score them."""

    pods: tuple[str, ...]
    baseline: int
    columns: tuple[int, ...]


@dataclass(frozen=True)
class Evidence:
    """All that was learned of one rollout. `waited` counts windows in which a panel could
    have been chosen but pods were still to come."""

    comparison: Comparison
    budget: ErrorBudget
    folded_until: float
    metrics: tuple[MetricEvidence, ...]
    panel: Panel | None = None
    rejected: Rejected = Rejected()
    waited: int = 0
    fired: Fired | None = None


def begin(comparison: Comparison) -> Evidence:
    """The evidence before the first window."""
    return Evidence(
        comparison,
        shared(comparison),
        comparison.started_at,
        tuple(_begin_metric(question) for question in comparison.questions),
    )


def _begin_metric(question: Question) -> MetricEvidence:
    return gauges.begin(question) if question.kind is Kind.GAUGE else counts.begin(question)


def fold(evidence: Evidence, window: Window) -> Evidence:
    """The evidence with one more window; one that was folded before changes nothing."""
    if window.end <= evidence.folded_until:
        return evidence
    warmth = _warmth(evidence.comparison, window.pods)
    metrics = tuple(_fold_metric(evidence, metric, window, warmth) for metric in evidence.metrics)
    grown = replace(evidence, metrics=metrics, folded_until=window.end)
    grown = _permuted(_with_panel(grown, window, warmth))
    if evidence.fired is not None:
        return grown
    return replace(grown, fired=_fast(grown) or _standing_out(grown))


def _warmth(comparison: Comparison, pods: Sequence[Pod]) -> Warmth:
    return Warmth(
        {pod.name: pod.ready_at + comparison.warm_up_seconds for pod in pods},
        {pod.name: pod.arm for pod in pods},
    )


def _fold_metric(
    evidence: Evidence, metric: MetricEvidence, window: Window, warmth: Warmth
) -> MetricEvidence:
    if isinstance(metric, GaugeEvidence):
        return gauges.fold(metric, window, warmth)
    return counts.fold(metric, window, warmth, evidence.budget, evidence.comparison.design)


def _fast(evidence: Evidence) -> Fired | None:
    """The first metric whose e-process has crossed its threshold."""
    threshold = -float(np.log(evidence.budget.conditional))
    for metric in evidence.metrics:
        if isinstance(metric, CountEvidence) and metric.fast.size:
            logs = log_evidence(metric.fast)
            total = float(np.logaddexp.reduce(logs) - np.log(len(logs)))
            if total >= threshold:
                return Fired(metric.question.name, "conditional", evidence.folded_until, total)
    return None


def _with_panel(evidence: Evidence, window: Window, warmth: Warmth) -> Evidence:
    """Chooses the panel once both arms have enough pods and none is still to come, or when
    the patience for these is over."""
    if evidence.panel is not None or evidence.comparison.design is Design.BEFORE_AFTER:
        return evidence
    active = sorted(frozenset().union(*(metric.active for metric in evidence.metrics)))
    arms = {arm: [pod for pod in active if warmth.arms[pod] is arm] for arm in Arm}
    if min(len(pods) for pods in arms.values()) < LEAST_PODS:
        return evidence
    if evidence.waited < PATIENCE_WINDOWS and _coming(window, warmth, active):
        return replace(evidence, waited=evidence.waited + 1)
    pods = (*arms[Arm.BASELINE], *arms[Arm.CANDIDATE])
    columns = tuple(
        counts.score_column(m) if isinstance(m, CountEvidence) else 0 for m in evidence.metrics
    )
    return replace(evidence, panel=Panel(pods, len(arms[Arm.BASELINE]), columns))


def _coming(window: Window, warmth: Warmth, active: Sequence[str]) -> bool:
    candidates = [pod.name for pod in window.pods if pod.arm is Arm.CANDIDATE]
    return any(pod not in active for pod in candidates)


def _permuted(evidence: Evidence) -> Evidence:
    """One look of the permutation test."""
    panel, comparison = evidence.panel, evidence.comparison
    if panel is None or evidence.rejected.fired:
        return evidence
    elapsed = (evidence.folded_until - comparison.started_at) / comparison.limit_seconds
    standard = _standard_scores(evidence.metrics, panel)
    rejected = permutation.look(
        evidence.rejected, standard, panel.baseline, evidence.budget.permutation, elapsed
    )
    return replace(evidence, rejected=rejected)


def _standard_scores(metrics: Sequence[MetricEvidence], panel: Panel) -> permutation.Array:
    """The panel's scores by all metrics on one scale, shape (metrics, pods)."""
    return permutation.standardised(
        [
            gauges.scores(metric, panel.pods)
            if isinstance(metric, GaugeEvidence)
            else counts.scores(metric, panel.pods, column)
            for metric, column in zip(metrics, panel.columns, strict=True)
        ]
    )


def _standing_out(evidence: Evidence) -> Fired | None:
    panel = evidence.panel
    if panel is None or not evidence.rejected.fired or evidence.rejected.rows is None:
        return None
    standard = _standard_scores(evidence.metrics, panel)
    worst = int(standard[:, panel.baseline :].sum(axis=1).argmax())
    odds = float(np.log(len(evidence.rejected.rows) / evidence.rejected.rows.sum()))
    name = evidence.comparison.questions[worst].name
    return Fired(name, "permutation", evidence.folded_until, odds)


def judge(evidence: Evidence) -> Judgement:
    """The verdict so far."""
    limits = _limits(evidence)
    findings = tuple(
        finding(metric, evidence.comparison, evidence.budget, evidence.fired, limits)
        for metric in evidence.metrics
    )
    verdict, reason = summary(findings)
    decided = {
        Verdict.REGRESSED: evidence.fired.at if evidence.fired else None,
        Verdict.HEALTHY: evidence.folded_until,
    }
    return Judgement(verdict, findings, decided.get(verdict), reason)


def _limits(evidence: Evidence) -> str:
    """What the permutation of pods can and cannot show here, in a sentence."""
    if evidence.comparison.design is Design.BEFORE_AFTER:
        return "before is compared with after, so the time of day is not ruled out"
    if evidence.panel is None:
        return f"fewer than {LEAST_PODS} pods a side: only large harm can be shown"
    candidates = len(evidence.panel.pods) - evidence.panel.baseline
    if permutation.resolution(evidence.panel.baseline, candidates, evidence.budget.permutation):
        return ""
    ways = permutation.labellings(len(evidence.panel.pods), candidates)
    return (
        f"{evidence.panel.baseline}+{candidates} pods can be told apart in only {ways} ways, too"
        f" few at {evidence.comparison.false_rollback_rate:.2g}: only large harm can be shown"
    )


