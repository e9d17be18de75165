"""A finding in one plain sentence with its figures.

Why: who reads it was woken at three in the morning and must see the reason at once.
Never here: what is claimed; only how it is said.
"""

from math import comb

from analysis.error_budget import BOUND_ERROR
from analysis.evidence import Evidence
from analysis.panel import FEWEST_PODS, USUAL_PODS, enough
from analysis.question import Design, Direction, Kind, Question, Tolerance
from analysis.samples import Arm
from analysis.slopes import Slopes, waits_seconds
from analysis.verdict import ArmSummary, Finding, Verdict

STAND_OUT = "by permutation of the pods: the candidate's stand out as a group"
MOST_TOLD = 1e9
ROUNDING = 1e-12
FACTOR_FROM = 1.0
WORTH_TELLING = 0.01


def limits(evidence: Evidence) -> str:
    """What this design and these pods cannot show, "" when nothing is out of reach."""
    if evidence.comparison.design is Design.BEFORE_AFTER:
        if all(metric.model.drift is not None for metric in evidence.metrics):
            return "before is compared with after, so it must exceed what time alone changes"
        return (
            "before is compared with after, so the time of day is not ruled out: only gross"
            " harm can be shown, and Healthy never; a past of the service would tell more"
        )
    if evidence.budget.permutation <= 0:
        return ""
    pods = {arm: len(evidence.panel.pods(arm)) for arm in Arm}
    if min(pods.values()) < FEWEST_PODS:
        return f"with fewer than {FEWEST_PODS} pods a side only gross harm can be shown"
    return _too_few(pods[Arm.BASELINE], pods[Arm.CANDIDATE], evidence)


def _too_few(baseline: int, candidates: int, evidence: Evidence) -> str:
    level = evidence.budget.permutation
    if enough(baseline, candidates, level):
        return ""
    side = next(n for n in range(USUAL_PODS, 100) if enough(n, n, level))
    return (
        f"{baseline}+{candidates} pods cannot show moderate harm at"
        f" {percent(evidence.comparison.false_rollback_rate)}: there are only"
        f" {comb(baseline + candidates, candidates)} ways to label them; {side} a side can"
    )


def watching(slopes: Slopes, told: str) -> str:
    """How much longer slopes must be watched before they are told, else what `told` says."""
    left = waits_seconds(slopes)
    if left <= 0:
        return told
    return f"growth is told once both sides were watched for longer: {left:.0f} s more"


def sentence(finding: Finding, silence: str, told: str) -> str:
    """The whole sentence, its metric first."""
    name = finding.question.name
    if finding.verdict is Verdict.NO_DATA:
        return f"{name}: {silence}"
    shown = f"{name}: {_sides(finding)}{_within(finding)}{_change(finding)}"
    if finding.verdict is Verdict.REGRESSED:
        return f"{shown}; {_evidence(finding)}"
    if finding.verdict is Verdict.HEALTHY:
        return f"{shown}; harm beyond the tolerance is ruled out at {percent(BOUND_ERROR)} error"
    return f"{shown}; {_open(finding, told)}"


def _evidence(finding: Finding) -> str:
    odds = min(finding.one_in or 1.0, MOST_TOLD)
    how = STAND_OUT if finding.method == "permutation" else f"by the score test: {_pods(finding)}"
    return f"equal releases show so much once in {odds:,.0f}, {how}"


def _pods(finding: Finding) -> str:
    spread = percent(finding.pod_spread or 0.0)
    if finding.question.kind is Kind.SLOPE:
        spread = f"{spread} an hour"
    if finding.unlike_past:
        return f"pods of one version differ by {spread} now, far more than in the past"
    if finding.pods_seen:
        return f"pods of this service differ by {spread} ({finding.pods_seen} pods of its past)"
    return f"pods are assumed to differ by {spread}, for want of a past"


def _open(finding: Finding, told: str) -> str:
    shown = finding.shown
    could = ""
    if shown is not None and shown > 0.0:
        could = f"; harm from {_amount(shown, finding.question.tolerance)} on would have shown"
    return f"not decided{could}" + (f"; {told}" if told else "")


def _sides(finding: Finding) -> str:
    new, old = finding.candidate, finding.baseline
    if new.exposure <= 0 or old.exposure <= 0:
        return f"no {_unit(finding.question)} to compare yet"
    return f"{_value(new, finding.question)} against {_value(old, finding.question)}"


def _within(finding: Finding) -> str:
    """That it was compared on some edges or within strata only, and what could not be."""
    told = ""
    if finding.edges:
        told = f", on the {finding.edges} bucket edges that both versions have"
    if not finding.strata:
        return told
    labels = ", ".join(finding.question.strata)
    told += f", each {labels} with itself ({finding.strata} in all)"
    if finding.alone >= WORTH_TELLING:
        told += f"; {percent(finding.alone)} of the candidate's requests had no counterpart"
    return told


def _unit(question: Question) -> str:
    if question.kind is Kind.SLOPE:
        return "growth of both sides"
    counted = question.kind in (Kind.RATIO, Kind.HISTOGRAM)
    return "requests of both sides" if counted else "samples of both sides after warm-up"


def _value(arm: ArmSummary, question: Question) -> str:
    if arm.value is None:
        return f"past the last bucket ({arm.exposure:,.0f} requests)"
    if question.kind is Kind.RATIO:
        return f"{percent(arm.value)} of {arm.exposure:,.0f} requests"
    if question.kind is Kind.RATE:
        return f"{arm.value:.3g} a second and pod ({arm.events:,.0f} in all, {arm.pods} pods)"
    if question.kind is Kind.HISTOGRAM:
        share = 100.0 * (question.quantile or 0.5)
        return f"p{share:g} {arm.value:.3g} ({arm.exposure:,.0f} requests)"
    if question.kind is Kind.SLOPE:
        way = "grows" if arm.value >= 0 else "shrinks"
        return f"{way} by {percent(abs(arm.value))} an hour ({arm.pods} pods)"
    return f"{arm.value:.3g} ({arm.pods} pods)"


def _change(finding: Finding) -> str:
    tolerance, question = finding.question.tolerance, finding.question
    worse = "more" if question.worse is Direction.HIGHER else "less"
    limit = f"tolerance {_amount(tolerance.amount, tolerance)} {worse}"
    if finding.effect is None:
        return f", {limit}"
    effect = _signed(finding.effect, tolerance)
    return f"; {effect} (interval {_interval(finding)}), {limit}"


def _interval(finding: Finding) -> str:
    tolerance = finding.question.tolerance
    low = "unknown" if finding.low is None else _signed(finding.low, tolerance)
    high = "unknown" if finding.high is None else _signed(finding.high, tolerance)
    return f"{low} to {high}"


def percent(share: float) -> str:
    """A share as a percentage with three figures that matter."""
    return f"{100 * share:.3g} %"


def _amount(number: float, tolerance: Tolerance) -> str:
    if tolerance.hourly:
        return f"{percent(number)} an hour"
    return f"{100 * number:.3g} pp" if tolerance.absolute else percent(number)


def _signed(number: float, tolerance: Tolerance) -> str:
    """A change; from double on as a factor, which reads better."""
    if not tolerance.hourly and not tolerance.absolute and number >= FACTOR_FROM:
        return f"{1 + number:.3g} times as much"
    # What is left of the difference of two equal numbers.
    change = 100 * (0.0 if abs(number) < ROUNDING else number)
    unit = "% an hour" if tolerance.hourly else "pp" if tolerance.absolute else "%"
    return f"{change:+.3g} {unit}"
