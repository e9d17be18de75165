"""One metric's evidence made a finding, and findings made one verdict.

Why: what is claimed, and in which words, must follow from the evidence in one place.
Never here: the tests that fired.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis import gauges
from analysis.counts import Array, CountEvidence, baseline_survival
from analysis.error_budget import ErrorBudget
from analysis.gauges import GaugeEvidence, Interval
from analysis.intervals import interval
from analysis.question import Comparison, Design, Direction, Kind, Question
from analysis.reachable import smallest_shown
from analysis.samples import Arm, Part
from analysis.sentences import sentence
from analysis.tails import quantile
from analysis.verdict import ArmSummary, Finding, Verdict

LEAST_WINDOWS = 2


@dataclass(frozen=True, slots=True)
class Fired:
    """The test that decided: of which metric, when (unix seconds), and the log of the odds
    against "no worse" it reached."""

    metric: str
    method: str
    at: float
    log_odds: float


def finding(
    metric: CountEvidence | GaugeEvidence,
    comparison: Comparison,
    budget: ErrorBudget,
    fired: Fired | None,
    limits: str,
) -> Finding:
    """What is said of one metric. `limits` is what this design and these pods cannot show."""
    question = metric.question
    effect = _effect(metric)
    arms = {arm: _arm(metric, arm) for arm in Arm}
    own = fired if fired is not None and fired.metric == question.name else None
    missing = _missing(metric)
    verdict = _verdict(metric, effect, comparison, own, missing)
    shown = smallest_shown(metric, budget, comparison) if isinstance(metric, CountEvidence) else None
    draft = Finding(
        question=question,
        verdict=verdict,
        effect=_finite(effect.effect) if effect else None,
        low=_finite(effect.low) if effect else None,
        high=_finite(effect.high) if effect else None,
        baseline=arms[Arm.BASELINE],
        candidate=arms[Arm.CANDIDATE],
        shown=shown,
        method=own.method if own else "",
        reason="",
    )
    return _with_reason(draft, own.log_odds if own else None, missing, limits)


def _with_reason(draft: Finding, log_odds: float | None, missing: str, limits: str) -> Finding:
    reason = sentence(draft, log_odds, missing, limits)
    fields = {name: getattr(draft, name) for name in draft.__slots__}
    return Finding(**{**fields, "reason": reason})


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _effect(metric: CountEvidence | GaugeEvidence) -> Interval | None:
    return metric.interval if isinstance(metric, GaugeEvidence) else interval(metric)


def _verdict(
    metric: CountEvidence | GaugeEvidence,
    effect: Interval | None,
    comparison: Comparison,
    fired: Fired | None,
    missing: str,
) -> Verdict:
    if fired is not None:
        return Verdict.REGRESSED
    if missing:
        return Verdict.NO_DATA
    enough = metric.windows >= LEAST_WINDOWS and comparison.design is Design.SIDE_BY_SIDE
    if enough and effect is not None and _harmless(metric.question, effect):
        return Verdict.HEALTHY
    return Verdict.INCONCLUSIVE


def _harmless(question: Question, effect: Interval) -> bool:
    """Whether the whole interval is on the tolerable side (non-inferiority)."""
    tolerance = question.tolerance.amount
    if question.worse is Direction.LOWER:
        return effect.low > -tolerance
    return effect.high < tolerance


def _missing(metric: CountEvidence | GaugeEvidence) -> str:
    """What was never seen of this metric, "" when nothing is missing."""
    if metric.blind:
        return metric.blind
    if isinstance(metric, GaugeEvidence):
        absent = [arm for arm in Arm if arm not in metric.sampled]
    else:
        absent = [arm for arm in Arm if not _seen(metric, arm)]
    if absent:
        names = " and of ".join(f"the {arm.value}" for arm in absent)
        return f"no samples of {names}: does the metric exist under this name for its pods?"
    if isinstance(metric, CountEvidence) and _bad_never_seen(metric):
        return "bad has never had a series: does it exist under this name?"
    return ""


def _seen(metric: CountEvidence, arm: Arm) -> bool:
    needed = {Kind.RATIO: Part.TOTAL, Kind.RATE: Part.COUNT, Kind.HISTOGRAM: Part.BUCKETS}
    return (arm, needed[metric.question.kind]) in metric.sampled


def _bad_never_seen(metric: CountEvidence) -> bool:
    question = metric.question
    if question.kind is not Kind.RATIO or question.absent_is_zero:
        return False
    return not any((arm, Part.BAD) in metric.sampled for arm in Arm)


def _arm(metric: CountEvidence | GaugeEvidence, arm: Arm) -> ArmSummary:
    if isinstance(metric, GaugeEvidence):
        levels = gauges.of_arm(metric, arm)
        value = float(levels.mean()) if levels.size else None
        samples = sum(len(m) for pod, m in metric.medians.items() if metric.arms[pod] is arm)
        return ArmSummary(value, float(levels.size), float(samples), int(levels.size))
    return _counted_arm(metric, arm)


def _counted_arm(metric: CountEvidence, arm: Arm) -> ArmSummary:
    tally = metric.tally
    rows = tally.arm(arm)
    exposure = float(tally.exposure[rows].sum())
    if exposure <= 0:
        return ArmSummary(None, 0.0, 0.0, int(rows.sum()))
    events = tally.events[rows].sum(axis=0)
    if metric.question.kind is not Kind.HISTOGRAM:
        return ArmSummary(
            float(events[0]) / exposure, float(events[0]), exposure, int(rows.sum())
        )
    share = metric.question.quantile or 0.5
    value = quantile(metric.edges, events / exposure, share)
    slower = _slower_than_baseline(metric, events)
    return ArmSummary(value, slower, exposure, int(rows.sum()))


def _slower_than_baseline(metric: CountEvidence, events: Array) -> float:
    """How many requests were slower than the first edge past the baseline's quantile."""
    survival = baseline_survival(metric)
    share = metric.question.quantile or 0.5
    if survival is None:
        return 0.0
    beyond = [column for column, left in enumerate(survival) if left <= 1 - share]
    column = beyond[0] if beyond else len(survival) - 1
    return float(events[column])


def summary(findings: Sequence[Finding]) -> tuple[Verdict, str]:
    """One verdict of all findings: any harm decides, then any silence, then all must be well."""
    for verdict in (Verdict.REGRESSED, Verdict.NO_DATA, Verdict.INCONCLUSIVE):
        told = [finding.reason for finding in findings if finding.verdict is verdict]
        if told:
            return verdict, "; ".join(told)
    return Verdict.HEALTHY, "; ".join(finding.reason for finding in findings)
