"""What happens next, when, and what stands in the way.

Why: a person who looks must not have to know the rules to know what will be.
Never here: decisions; this only tells of them.
"""

from dataclasses import dataclass, replace

from analysis.verdict import Verdict
from controller.engine.arms import pods_of
from controller.engine.builds.pending import pending
from controller.engine.frozen import frozen, told
from controller.engine.guards import objections
from controller.engine.phases import in_flight
from controller.engine.record import Phase, Rollout
from controller.engine.sight import Sight


@dataclass(frozen=True, slots=True)
class Outlook:
    """`next` is one sentence; `at` (unix seconds) is when at the latest, None for open-ended;
    `blocked` are all reasons that something wanted is not done."""

    next: str
    at: float | None = None
    blocked: tuple[str, ...] = ()


def outlook(sight: Sight) -> Outlook:
    """The outlook for one workload."""
    ahead = _by_phase(sight)
    blocked = tuple(dict.fromkeys((*told(sight), *ahead.blocked)))
    return replace(ahead, blocked=blocked)


def _by_phase(sight: Sight) -> Outlook:
    rollout = sight.record.rollout
    if rollout is None or not in_flight(rollout):
        return _steady(sight)
    tell = {
        Phase.PROGRESSING: _progressing,
        Phase.ANALYZING: _analyzing,
        Phase.HOLDING: _holding,
        Phase.PROMOTING: _promoting,
        Phase.ROLLING_BACK: _rolling_back,
    }[rollout.phase]
    return tell(sight, rollout)


def _steady(sight: Sight) -> Outlook:
    news = pending(sight, sight.policy) if sight.policy is not None else ()
    reasons = tuple(reason for one in news for reason in one.reasons)
    pin = sight.record.pin
    if pin is not None:
        return Outlook(f"stays at its pin by {pin.by} until `rollctl unpin`", None, reasons)
    due = [f"{one.container}: {one.choice.next.tag}" for one in news if one.choice.next]
    if due:
        return Outlook(f"rolls out {', '.join(due)}", None, reasons)
    if any(one.kept_back for one in news):
        return Outlook("waits until a newer build may run", None, reasons)
    return Outlook("waits for a new image", None, reasons)


def _progressing(sight: Sight, rollout: Rollout) -> Outlook:
    there = len(pods_of(sight.workload, rollout.candidate))
    hold = sight.policy.analysis.hold if sight.policy else None
    share = f" until they are {hold:.0%} of {sight.workload.desired_pods}" if hold else ""
    return Outlook(f"{there} new pods so far, waiting{share}")


def _analyzing(sight: Sight, rollout: Rollout) -> Outlook:
    policy, windows = sight.policy, frozen(sight)
    if windows and _waits_for_its_end(sight, rollout):
        return Outlook(
            "waits until the freeze ends, then does as the policy says", windows[-1].until
        )
    actions = ""
    if policy is not None:
        actions = (
            f"; Regressed: {policy.on_regressed.action.value},"
            f" Healthy: {policy.on_healthy.action.value},"
            f" at the limit: {policy.on_inconclusive.action.value}"
            f" (no data: {policy.on_no_data.action.value})"
        )
    return Outlook(f"compares until the verdict or the limit{actions}", rollout.limit_at)


def _waits_for_its_end(sight: Sight, rollout: Rollout) -> bool:
    """Whether a freeze window alone keeps it from going on."""
    judgement, limit_at = sight.judgement, rollout.limit_at
    healthy = judgement is not None and judgement.verdict is Verdict.HEALTHY
    return healthy or (limit_at is not None and sight.now >= limit_at)


def _holding(sight: Sight, rollout: Rollout) -> Outlook:
    against = objections(sight, rollout.target)
    return Outlook("waits for a person: `rollctl resume` or `rollctl rollback`", None, against)


def _promoting(sight: Sight, _rollout: Rollout) -> Outlook:
    if sight.workload.paused:
        blocked = ("paused by a person, who is left alone",)
        return Outlook("goes to the end once resumed", None, blocked)
    return Outlook("goes to the end: every pod becomes the new version")


def _rolling_back(sight: Sight, rollout: Rollout) -> Outlook:
    left = len(pods_of(sight.workload, rollout.candidate))
    return Outlook(f"returns to the version before; {left} pods of the bad one are left")
