"""Findings of every kind, made by hand."""

from dataclasses import replace

from analysis.question import Design, Direction, Kind, Question, Tolerance
from analysis.verdict import ArmSummary, Finding, Judgement, Verdict
from controller.show.circumstances import Circumstances

NEW, OLD = "shop/web:v2", "shop/web:v1"
UNDER = Circumstances(NEW, OLD, 600.0, Design.SIDE_BY_SIDE, done=("So it was done.",))

ERRORS = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.03, absolute=True))
SUCCESS = Question("success", Kind.RATIO, Direction.LOWER, Tolerance(0.1))
LATENCY = Question("latency", Kind.HISTOGRAM, Direction.HIGHER, Tolerance(0.5), 0.99)
JOBS = Question("jobs", Kind.RATE, Direction.LOWER, Tolerance(0.2))
RETRIES = Question("retries", Kind.RATE, Direction.HIGHER, Tolerance(0.2))
MEMORY = Question("memory", Kind.GAUGE, Direction.HIGHER, Tolerance(0.25))
LEAK = Question("leak", Kind.SLOPE, Direction.HIGHER, Tolerance(0.05, hourly=True))
EVERY_QUESTION = (ERRORS, SUCCESS, LATENCY, JOBS, RETRIES, MEMORY, LEAK)

WORSE = Finding(
    ERRORS,
    Verdict.REGRESSED,
    0.446,
    0.387,
    0.512,
    baseline=ArmSummary(0.00472, 2.0, 424.0, 2),
    candidate=ArmSummary(0.451, 96.0, 213.0, 3),
    shown=0.09,
    method="conditional",
    reason="errors: the sentence of the analysis",
    one_in=2324.0,
)


def finding(question: Question, verdict: Verdict) -> Finding:
    """A finding of this metric that fits the verdict, with figures of its own."""
    amount = question.tolerance.amount
    effect, low, high = {
        Verdict.REGRESSED: (2.0 * amount, 1.5 * amount, 2.5 * amount),
        Verdict.HEALTHY: (0.1 * amount, -0.2 * amount, 0.4 * amount),
        Verdict.INCONCLUSIVE: (0.3 * amount, -1.1 * amount, 1.7 * amount),
        Verdict.NO_DATA: (None, None, None),
    }[verdict]
    if question.worse is Direction.LOWER:
        effect, low, high = _minus(effect), _minus(high), _minus(low)
    return replace(
        WORSE,
        question=question,
        verdict=verdict,
        effect=effect,
        low=low,
        high=high,
        shown=2.4 * amount,
        one_in=2324.0 if verdict is Verdict.REGRESSED else None,
        reason=f"{question.name}: no samples of the candidate",
    )


def _minus(number: float | None) -> float | None:
    return None if number is None else -number


def judged(*findings: Finding) -> Judgement:
    """A judgement whose verdict is the first finding's."""
    return Judgement(findings[0].verdict, findings, None, "because")
