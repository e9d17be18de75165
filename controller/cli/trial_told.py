"""What is printed and drawn of one trial of `rollctl analyze`.

Why: paragraph, table, JSON and picture tell of the same figures.
Never here: running of trials, options.
"""

from dataclasses import dataclass
from pathlib import Path

from analysis.past import Past
from analysis.question import Design
from analysis.samples import Arm
from analysis.verdict import Verdict
from controller.analyze import Analysis
from controller.engine.past import told as past_told
from controller.show.circumstances import Circumstances
from controller.show.course import courses
from controller.show.document import as_json_line
from controller.show.explanation import Explanation, explanation, figures
from controller.show.plot import Picture
from controller.show.queries import queries_of_recording
from controller.show.sightings import measured
from controller.show.text import change, columns, limit
from policies.model import HealthyAction, InconclusiveAction, NoDataAction, Policy, RegressedAction
from policies.selector import Matcher

HEAD = ("METRIC", "VERDICT", "EFFECT", "INTERVAL", "TOLERANCE")
DONE = {
    RegressedAction.ROLLBACK: "roll it back",
    RegressedAction.HOLD: "hold it and ask a person",
    RegressedAction.KEEP: "let it go on nevertheless",
    HealthyAction.PIN: "let it go to the end and keep it as the version to return to",
    HealthyAction.KEEP: "let it go to the end",
    InconclusiveAction.KEEP: "let it go to the end once its time is over",
    InconclusiveAction.ROLLBACK: "roll it back once its time is over",
    InconclusiveAction.PIN: "let it go to the end once its time is over, and keep it as the"
    " version to return to",
    NoDataAction.HOLD: "hold it and ask a person",
    NoDataAction.KEEP: "let it go to the end once its time is over",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One trial with what came of it."""

    name: str
    found: Analysis
    policy: Policy
    matchers: dict[Arm, tuple[Matcher, ...]]
    past: Past | None


def line(told: Told) -> str:
    """One line of JSON."""
    found = told.found
    decided = found.judgement.decided_at
    why = figures(_explained(told))
    content = {
        "file": told.name.encode(errors="replace").decode(),
        "verdict": found.judgement.verdict.value,
        "decided_at_seconds": None if decided is None else decided - found.began_at,
        "paragraph": why["paragraph"],
        "metrics": why["metrics"],
    }
    return as_json_line(content)


def page(told: Told) -> list[str]:
    """The paragraph, the table, and each finding's sentence."""
    judgement = told.found.judgement
    before_after = told.found.design is Design.BEFORE_AFTER
    how = " (before compared with after)" if before_after else ""
    rows = [HEAD]
    for finding in map(measured, judgement.findings):
        tolerance = finding.question.tolerance
        span = f"{change(finding.low, tolerance)} .. {change(finding.high, tolerance)}"
        effect = change(finding.effect, tolerance)
        name_of = finding.question.name
        rows.append((name_of, finding.verdict.value, effect, span, limit(tolerance)))
    reasons = [f"  {finding.reason}" for finding in judgement.findings]
    title = f"{told.name}: {judgement.verdict.value}{how}"
    return [title, "", *_explained(told).lines(), "", *columns(rows), "", *reasons]


def picture(told: Told) -> Picture:
    """The trial's picture."""
    found = told.found
    questions = [finding.question for finding in found.judgement.findings]
    regressed = found.judgement.verdict is Verdict.REGRESSED
    return Picture(
        title=Path(told.name).name,
        versions=f"{_side(told, Arm.BASELINE)} → {_side(told, Arm.CANDIDATE)}",
        verdict=found.judgement.verdict,
        courses=courses(questions, found.trail),
        began_at=found.compared_from,
        decided_at=found.judgement.decided_at if regressed else _first_healthy(found),
    )


def _first_healthy(found: Analysis) -> float | None:
    """Since when every metric has been Healthy, None unless all are at the end."""
    open_at = [step.at for step in found.trail if step.verdict is not Verdict.HEALTHY]
    since = max(open_at, default=found.compared_from)
    return min((step.at for step in found.trail if step.at > since), default=None)


def _explained(told: Told) -> Explanation:
    return explanation(told.found.judgement, _circumstances(told))


def _circumstances(told: Told) -> Circumstances:
    found, policy = told.found, told.policy
    compared_seconds = found.compared_until - found.compared_from
    return Circumstances(
        new=_side(told, Arm.CANDIDATE),
        old=_side(told, Arm.BASELINE),
        seconds=compared_seconds,
        design=found.design,
        done=(
            f"With this policy rollctl would {_done(found, policy)}.",
            *(("Its freeze windows are not played here.",) if policy.freeze else ()),
        ),
        seconds_left=max(0.0, policy.analysis.limit_seconds - compared_seconds),
        queries=queries_of_recording(policy, found.judgement, told.matchers, found.absent),
        past=past_told(told.past) if told.past is not None else "",
    )


def _side(told: Told, arm: Arm) -> str:
    return ",".join(map(str, told.matchers[arm])) or "all series"


def _done(found: Analysis, policy: Policy) -> str:
    return {
        Verdict.REGRESSED: DONE[policy.on_regressed.action],
        Verdict.HEALTHY: DONE[policy.on_healthy.action],
        Verdict.INCONCLUSIVE: DONE[policy.on_inconclusive.action],
        Verdict.NO_DATA: DONE[policy.on_no_data.action],
    }[found.judgement.verdict]
