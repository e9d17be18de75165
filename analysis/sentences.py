"""A finding in one plain sentence with its figures.

Why: who reads it was woken at three in the morning and must see the reason at once.
Never here: what is claimed; only how it is said.
"""

import math

from analysis.question import Direction, Kind, Question, Tolerance
from analysis.verdict import ArmSummary, Finding, Verdict

METHODS = {
    "conditional": "by comparing the counts of both sides window by window",
    "permutation": "by how far the new pods stand out among all pods",
}


def sentence(finding: Finding, log_odds: float | None, missing: str, limits: str) -> str:
    """The whole sentence, its metric first."""
    name = finding.question.name
    if finding.verdict is Verdict.NO_DATA:
        return f"{name}: {missing}"
    told = f"{name}: {_sides(finding)}{_change(finding)}"
    if finding.verdict is Verdict.REGRESSED:
        return f"{told}; {_odds(log_odds)}, {METHODS[finding.method]}"
    if finding.verdict is Verdict.HEALTHY:
        return f"{told}; harm beyond the tolerance is ruled out"
    return f"{told}; {_open(finding, limits)}"


def _odds(log_odds: float | None) -> str:
    chance = math.exp(-min(log_odds or 0.0, 60.0))
    return f"evidence 1 in {1 / chance:,.0f} against \"not worse\""


def _open(finding: Finding, limits: str) -> str:
    shown = ""
    if finding.shown is not None:
        shown = f"; harm of {_amount(finding.shown, finding.question.tolerance)} would have shown"
    return f"not decided{shown}" + (f"; {limits}" if limits else "")


def _sides(finding: Finding) -> str:
    new, old = finding.candidate, finding.baseline
    if new.value is None or old.value is None:
        waiting = "the candidate" if new.value is None else "the baseline"
        return f"nothing to compare yet from {waiting}"
    question = finding.question
    return f"{_value(new, question)} against {_value(old, question)}"


def _value(arm: ArmSummary, question: Question) -> str:
    value = arm.value if arm.value is not None else math.nan
    if question.kind is Kind.RATIO:
        return f"{percent(value)} ({arm.events:,.0f} of {arm.exposure:,.0f})"
    if question.kind is Kind.RATE:
        return f"{value:.4g}/s a pod ({arm.pods} pods)"
    if question.kind is Kind.HISTOGRAM:
        share = 100 * (question.quantile or 0.5)
        return f"p{share:g} {value:.4g} (of {arm.exposure:,.0f})"
    return f"{value:.4g} ({arm.pods} pods)"


def _change(finding: Finding) -> str:
    tolerance = finding.question.tolerance
    limit = f"tolerance {_amount(tolerance.amount, tolerance)}"
    if finding.effect is None:
        return f", {limit}"
    sign = {Direction.HIGHER: "more", Direction.LOWER: "less"}[finding.question.worse]
    effect = _signed(finding.effect, tolerance)
    return f": {effect} ({_interval(finding)}), {limit} {sign}"


def _interval(finding: Finding) -> str:
    tolerance = finding.question.tolerance
    low = "any" if finding.low is None else _signed(finding.low, tolerance)
    high = "any" if finding.high is None else _signed(finding.high, tolerance)
    return f"{low} to {high}"


def percent(share: float) -> str:
    """A share as a percentage with three figures that matter."""
    return f"{100 * share:.3g} %"


def _amount(number: float, tolerance: Tolerance) -> str:
    return f"{100 * number:.3g} pp" if tolerance.absolute else percent(number)


def _signed(number: float, tolerance: Tolerance) -> str:
    """A change; from double on as a factor, which reads better."""
    if tolerance.absolute:
        return f"{100 * number:+.3g} pp"
    return f"{1 + number:.3g} times" if number >= 1 else f"{100 * number:+.3g} %"
