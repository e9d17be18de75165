"""Why a rollback must not be done, all reasons at once.

Why: the tool that undoes releases must be the most careful thing in the cluster, and a
person must see every reason that holds it, not the first.
Never here: what is done instead.
"""

from analysis.verdict import Verdict
from controller.engine.images import runs
from controller.engine.quarantine import suspect
from controller.engine.record import Act, Decision, Version
from controller.engine.sight import Sight
from controller.engine.unproven import without_proof

MOST_ROLLBACKS_AN_HOUR = 3
HOUR_SECONDS = 3600.0


def counts(decision: Decision, now: float) -> bool:
    """Whether this is a rollback of the last hour, which counts against a further one."""
    return decision.act is Act.ROLL_BACK and now - decision.at < HOUR_SECONDS


def objections(sight: Sight, target: Version) -> tuple[str, ...]:
    """Every reason not to roll back to the target, none when there is none."""
    checks = (
        _no_target(target),
        _same(sight, target),
        _bad(sight, target),
        _came_from(sight, target),
        _person_paused(sight),
        _loop(sight),
        *sight.brakes,
    )
    return tuple(reason for reason in checks if reason)


def _no_target(target: Version) -> str:
    return "" if target.images else "no earlier version is known to return to"


def _same(sight: Sight, target: Version) -> str:
    if target.images and runs(sight.workload.images, target):
        return "the version to return to is the one that runs"
    return ""


def _bad(sight: Sight, target: Version) -> str:
    entry = suspect(sight.record, target, sight.now)
    return f"the version to return to is in quarantine: {entry.reason}" if entry else ""


def _came_from(sight: Sight, target: Version) -> str:
    """A version that was rolled back itself is no way out, unless it was found Healthy or a person let it
    go since: A bad, back to B, B bad, back to A would go on for ever."""
    if not target.images or suspect(sight.record, target, sight.now):
        return ""
    for decision in reversed(sight.record.history):
        if _trusts(decision) and runs(decision.to_images, target):
            return ""
        if _condemns(decision) and runs(decision.from_images, target):
            return (
                f"the version to return to was rolled back itself: {without_proof(decision.reason)}"
            )
    return ""


def _trusts(decision: Decision) -> bool:
    healthy = decision.act is Act.PROMOTE and decision.verdict == Verdict.HEALTHY.value
    return healthy or decision.act is Act.RELEASE


def _condemns(decision: Decision) -> bool:
    """Whether evidence spoke: a rollback to a pin, or one that a person ordered, says nothing."""
    return decision.act is Act.ROLL_BACK and bool(decision.verdict)


def _person_paused(sight: Sight) -> str:
    rollout = sight.record.rollout
    ours = rollout is not None and rollout.held_since is not None
    if sight.workload.paused and not ours:
        return "a person has paused the workload; resume it, then rollctl rolls back"
    return ""


def _loop(sight: Sight) -> str:
    recent = [decision for decision in sight.record.history if counts(decision, sight.now)]
    if len(recent) < MOST_ROLLBACKS_AN_HOUR:
        return ""
    owner = f" ({sight.workload.owned_by} manages it)" if sight.workload.owned_by else ""
    return (
        f"{len(recent)} rollbacks within the last hour: something{owner} applies what is rolled"
        " back again; stop that first"
    )
