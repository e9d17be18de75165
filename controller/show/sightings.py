"""What one metric showed on both sides, said in its own kind of words.

Why: a share, a pace, a slowest hundredth and a level are each understood in another picture.
Never here: verdicts, intervals in words.
"""

from dataclasses import replace

from analysis.question import Direction, Kind, Question
from analysis.verdict import ArmSummary, Finding, Verdict
from controller.show.words import counted, figure, frequencies


def seen(finding: Finding) -> str:
    """What the new pods showed and what the old ones did."""
    tell = {
        Kind.RATIO: _ratio,
        Kind.RATE: _rate,
        Kind.HISTOGRAM: _histogram,
        Kind.GAUGE: _gauge,
        Kind.COST: _cost,
        Kind.SLOPE: _slope,
    }[finding.question.kind]
    if finding.candidate.exposure <= 0 or finding.baseline.exposure <= 0:
        return f"Of {finding.question.name} there is nothing to compare yet"
    return tell(finding)


def _ratio(finding: Finding) -> str:
    first, second = finding.candidate.value, finding.baseline.value
    name = finding.question.name
    if first is None or second is None:
        return f"Of {name} there is nothing to compare yet"
    new, old = frequencies(first, second)
    if first <= 0 and second <= 0:
        return f"No request counted as {name} on either side"
    if new == old:
        return f"On both sides about {new} requests counted as {name}"
    return f"{_begun(new)} requests counted as {name} on the new pods, {old} on the old ones"


def _begun(text: str) -> str:
    return "No" if text == "none" else text


def _rate(finding: Finding) -> str:
    new, old = (_told(arm) for arm in (finding.candidate, finding.baseline))
    return f"Each new pod did {new} {finding.question.name} a second, each old one {old}"


def _histogram(finding: Finding) -> str:
    question = finding.question
    share = figure(100.0 * (question.quantile or 0.5))
    new, old = (_below(arm) for arm in (finding.candidate, finding.baseline))
    return (
        f"{share} of every 100 requests had a {question.name} {new} on the new pods,"
        f" {old} on the old ones"
    )


def _below(arm: ArmSummary) -> str:
    if arm.value is None:
        return "that reaches beyond the histogram's last bucket"
    return f"of at most {figure(arm.value)}"


def _gauge(finding: Finding) -> str:
    new, old = (_told(arm) for arm in (finding.candidate, finding.baseline))
    return f"The {finding.question.name} of a new pod was {new} on average, of an old one {old}"


def _slope(finding: Finding) -> str:
    new, old = (_grown(arm) for arm in (finding.candidate, finding.baseline))
    return f"By {finding.question.name}, a new pod {new} an hour, an old one {old}"


def _grown(arm: ArmSummary) -> str:
    if arm.value is None:
        return "changes by an unknown part"
    way = "shrinks" if arm.value < 0 else "grows"
    return f"{way} by {figure(100.0 * abs(arm.value))} %"


def _cost(finding: Finding) -> str:
    new, old = (_told(arm) for arm in (finding.candidate, finding.baseline))
    return f"A request cost {new} of {finding.question.name} on the new pods, {old} on the old ones"


def _told(arm: ArmSummary) -> str:
    return "unknown" if arm.value is None else figure(arm.value)


def volume(finding: Finding, arm: ArmSummary) -> str:
    """On how much the comparison rests, in brackets; what a level rests on is its pods."""
    if finding.question.kind in (Kind.RATIO, Kind.HISTOGRAM):
        return f" ({counted(arm.exposure, 'request')})"
    if finding.question.kind is Kind.RATE:
        return f" ({counted(arm.events, 'event')})"
    return ""


def measured(finding: Finding) -> Finding:
    """The finding without an interval where data are missing: failures that nobody counts would
    look like none."""
    if finding.verdict is not Verdict.NO_DATA:
        return finding
    return replace(finding, effect=None, low=None, high=None)


def as_harm(question: Question, effect: float) -> float:
    """An effect with harm as positive."""
    return effect if question.worse is Direction.HIGHER else -effect


def worst_effect(finding: Finding) -> float | None:
    """The end of the interval where harm lies."""
    return finding.high if finding.question.worse is Direction.HIGHER else finding.low


def least_harm(finding: Finding) -> float | None:
    """The least harm that the interval leaves open."""
    end = finding.low if finding.question.worse is Direction.HIGHER else finding.high
    return None if end is None else as_harm(finding.question, end)


def used_up(finding: Finding) -> float:
    """How much of the tolerance the worst case takes; a metric without one comes first."""
    worst = worst_effect(finding)
    if worst is None:
        return float("inf")
    return as_harm(finding.question, worst) / (finding.question.tolerance.amount or 1.0)
