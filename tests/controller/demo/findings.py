"""Findings and scenes made by hand."""

from analysis.question import Direction, Kind, Question, Tolerance
from analysis.verdict import ArmSummary, Finding, Judgement, Verdict
from controller.demo.figures import Served
from controller.demo.scene import PodLine, Scene
from controller.engine.record import Act, Decision

ERRORS = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.005, absolute=True))
LATENCY = Question("latency", Kind.HISTOGRAM, Direction.HIGHER, Tolerance(1.0), 0.95)
DONE = Question("done", Kind.RATE, Direction.LOWER, Tolerance(0.1))
ARM = ArmSummary(0.1, 10, 100, 2)


def finding(
    question: Question = ERRORS,
    verdict: Verdict = Verdict.INCONCLUSIVE,
    effect: float | None = 0.01,
    low: float | None = -0.002,
    high: float | None = 0.018,
) -> Finding:
    return Finding(question, verdict, effect, low, high, ARM, ARM, None, "", "")


def scene(at: float = 12.3, findings: tuple[Finding, ...] | None = None) -> Scene:
    told = findings or (
        finding(),
        finding(LATENCY, Verdict.HEALTHY, -0.05, None, 0.6),
    )
    hold = Decision(7.0, Act.HOLD, "r", "", "held with 1 new pod beside 1 old one")
    digest = "sha256:" + "0123456789abcdef" * 4
    back = Decision(9.0, Act.ROLL_BACK, "r", "Regressed", f"errors: too many of shop/web@{digest}")
    return Scene(
        elapsed_seconds=at,
        story="v2 is released",
        next="compares until the verdict or the limit",
        pods=(
            PodLine("web-1-aaaaa", "v1", "baseline", "ready", Served(480, 0, 4)),
            PodLine("web-2-bbbbb", "v2", "candidate", "ready", Served(480, 24, 4)),
            PodLine("web-2-ccccc", "v2", "candidate", "starting", None),
        ),
        judgement=Judgement(Verdict.INCONCLUSIVE, told, None, ""),
        decisions=((2.0, hold), (4.0, back)),
    )
