"""When an act is due: one rule a function, each of one shape.

Why: a decision is the first rule of the phase that has something to say, so each can be
read, and tested, alone.
Never here: how an act changes the workload, or which rules belong to which phase.
"""

from collections.abc import Callable

from analysis.question import Design
from analysis.verdict import Verdict
from controller.engine import acts
from controller.engine.arms import complete, pods_of, share_reached
from controller.engine.builds.pending import next_images
from controller.engine.change import Change
from controller.engine.detect import is_long_over, is_new, with_digests
from controller.engine.guards import objections
from controller.engine.images import describe_change, runs
from controller.engine.quarantine import bad_pod, known_bad
from controller.engine.record import Act, Phase, Version
from controller.engine.sight import Sight
from controller.engine.startup import failed_start
from policies.model import (
    HealthyAction,
    InconclusiveAction,
    NoDataAction,
    Policy,
    RegressedAction,
)

HINDERED = "; not rolled back: "
LATE_SECONDS = 60.0
"""A verdict of the last window may come so much after the limit, since samples come late."""

Rule = Callable[[Sight, Policy], Change | None]


def see_rollout(sight: Sight, policy: Policy) -> Change | None:
    """A template with new images is a rollout; one that is long over is only taken note of,
    since what came before it is no comparison any more and no place to return to."""
    if not is_new(sight.workload):
        return None
    if is_long_over(sight, policy.analysis.limit_seconds):
        return acts.adopt(sight, "changed while nobody watched, longer ago than the limit")
    return acts.begin(sight, policy)


def roll_out_next(sight: Sight, policy: Policy) -> Change | None:
    """The next build that may run is rolled out; everything that speaks against it was asked."""
    images = next_images(sight, policy)
    return acts.update(sight, images) if images else None


def follow_newer(sight: Sight, policy: Policy) -> Change | None:
    """A template that is no longer the candidate's supersedes it: back at the baseline by
    somebody else's hand it is over, with yet other images it is another rollout."""
    rollout, images = sight.rollout, sight.workload.images
    if runs(images, rollout.candidate):
        return None
    if runs(images, rollout.baseline) or runs(images, rollout.target):
        news = describe_change(rollout.candidate.images, images)
        return acts.end(
            sight, Phase.SUPERSEDED, Act.SUPERSEDE, f"returned by somebody else: {news}"
        )
    return acts.begin(sight, policy)


def follow_newer_after_rollback(sight: Sight, policy: Policy) -> Change | None:
    """A template that is no longer what the rollback wrote is another rollout."""
    images, restored = sight.workload.images, sight.rollout.restored
    if all(images.get(container) == image for container, image in restored.items()):
        return None
    return acts.begin(sight, policy)


def keep_pin(sight: Sight, policy: Policy) -> Change | None:
    """A workload that a person pinned is returned to its pin; where it runs what they chose,
    there is nothing left to decide."""
    pin = sight.record.pin
    if pin is None:
        return None
    if runs(sight.workload.images, pin.version):
        return acts.release(sight, f"pinned here by {pin.by}", pin.by)
    return _roll_back(sight, policy, "", f"pinned by {pin.by}: {pin.reason}".rstrip(": "))


def refuse_quarantined(sight: Sight, policy: Policy) -> Change | None:
    """A digest in quarantine is rolled back as soon as it is known, also where only one pod pulled
    it, since a tag was moved."""
    candidate = with_digests(sight.workload, sight.rollout).candidate
    pods = pods_of(sight.workload, candidate)
    entry = known_bad(sight.record, candidate, sight.now) or bad_pod(sight.record, pods, sight.now)
    if entry is None:
        return None
    return _roll_back(sight, policy, "", f"{entry.digest} is in quarantine: {entry.reason}")


def refuse_failed_start(sight: Sight, policy: Policy) -> Change | None:
    """A candidate that does not start while the baseline is well has regressed; a picture
    that is old cannot tell how long it has not."""
    if sight.stale:
        return None
    deadline_seconds = policy.analysis.startup_deadline_seconds
    reason = failed_start(sight.workload, sight.rollout, deadline_seconds, sight.now)
    return _on_regressed(sight, policy, reason) if reason else None


def take_resume(sight: Sight, _policy: Policy) -> Change | None:
    """A person who lets a held rollout go is obeyed."""
    if sight.rollout.held_since is None or sight.workload.paused:
        return None
    return acts.release(sight, "resumed by a person", "a person")


def take_past(sight: Sight, _policy: Policy) -> Change | None:
    """A past that was still being read when the rollout was seen is taken in, as long as nothing
    was compared without it."""
    if sight.compared or sight.past is None or sight.rollout.past is not None:
        return None
    return acts.learn(sight, sight.past)


def hold_share(sight: Sight, policy: Policy) -> Change | None:
    """A rollout waits for its verdict once the candidate has its share of the pods."""
    rollout, workload = sight.rollout, sight.workload
    if not pods_of(workload, rollout.candidate):
        return None
    if rollout.design is Design.BEFORE_AFTER:
        return acts.analyze(sight, policy, "before is compared with after: nothing was held")
    if workload.paused:
        return acts.analyze(sight, policy, "paused by a person, who is left alone; comparing")
    share = policy.analysis.hold
    if share is None:
        return acts.analyze(sight, policy, "compared while it rolls: the policy holds no more")
    if not share_reached(workload, rollout, share):
        return None
    return acts.hold(sight, policy, _held_reason(sight))


def _held_reason(sight: Sight) -> str:
    new = len(pods_of(sight.workload, sight.rollout.candidate))
    old = len(pods_of(sight.workload, sight.rollout.baseline))
    return f"held with {new} new pods beside {old} old ones until the verdict"


def act_on_verdict(sight: Sight, policy: Policy) -> Change | None:
    """Regressed is acted on at any time, Healthy once the candidate has its share."""
    judgement = sight.judgement
    if judgement is None or _too_late(sight):
        return None
    if judgement.verdict is Verdict.REGRESSED:
        return _on_regressed(sight, policy, judgement.reason)
    if judgement.verdict is Verdict.HEALTHY and sight.rollout.phase is not Phase.PROGRESSING:
        good = policy.on_healthy.action is HealthyAction.PIN
        return acts.promote(sight, Verdict.HEALTHY, judgement.reason, good)
    return None


def _too_late(sight: Sight) -> bool:
    """Whether a regression first showed after the limit of a rollout that a freeze kept from its end: the
    promise of few false rollbacks is for the time up to the limit."""
    judgement, limit_at = sight.judgement, sight.rollout.limit_at
    if judgement is None or sight.rollout.phase is not Phase.ANALYZING or limit_at is None:
        return False
    if judgement.verdict is not Verdict.REGRESSED or judgement.decided_at is None:
        return False
    return judgement.decided_at >= limit_at + LATE_SECONDS


def act_on_late_verdict(sight: Sight, policy: Policy) -> Change | None:
    """A rollout that waits for data goes on when they come; one that a guard holds goes on
    when nothing stands in the way any more."""
    rollout = sight.rollout
    wanted = {
        Verdict.REGRESSED.value: policy.on_regressed.action is RegressedAction.ROLLBACK,
        Verdict.INCONCLUSIVE.value: policy.on_inconclusive.action is InconclusiveAction.ROLLBACK,
    }
    if rollout.verdict not in wanted:
        return act_on_verdict(sight, policy)
    if wanted[rollout.verdict] and not objections(sight, rollout.target):
        return _roll_back(sight, policy, rollout.verdict, rollout.reason.partition(HINDERED)[0])
    return None


def end_at_limit(sight: Sight, policy: Policy) -> Change | None:
    """When the limit has passed without a verdict, what the policy says is done."""
    limit_at = sight.rollout.limit_at
    if limit_at is None or sight.now < limit_at:
        return None
    judgement = sight.judgement
    if judgement is None and sight.unread:
        return None
    if judgement is None or judgement.verdict is Verdict.NO_DATA:
        reason = judgement.reason if judgement else "the metric source never answered"
        return _on_no_data(sight, policy, reason)
    if _too_late(sight):
        late = (
            f"{judgement.reason}; it showed after the limit, for which the policy promises nothing"
        )
        return _await_person(sight, Verdict.INCONCLUSIVE.value, late)
    return _on_inconclusive(sight, policy, judgement.reason)


def finish_promotion(sight: Sight, _policy: Policy) -> Change | None:
    """A promotion is over when the candidate alone runs."""
    rollout = sight.rollout
    if sight.workload.paused or not complete(sight.workload, rollout.candidate):
        return None
    return acts.end(sight, Phase.PROMOTED, Act.COMPLETE, rollout.reason)


def finish_rollback(sight: Sight, _policy: Policy) -> Change | None:
    """A rollback is over when the restored version alone runs."""
    rollout = sight.rollout
    wanted = Version("", dict(sight.workload.images))
    if not complete(sight.workload, rollout.target) and not complete(sight.workload, wanted):
        return None
    return acts.end(sight, Phase.ROLLED_BACK, Act.COMPLETE, rollout.reason)


def _on_regressed(sight: Sight, policy: Policy, reason: str) -> Change | None:
    action = policy.on_regressed.action
    if action is RegressedAction.ROLLBACK:
        return _roll_back(sight, policy, Verdict.REGRESSED.value, reason)
    if action is RegressedAction.KEEP:
        return acts.promote(sight, Verdict.REGRESSED, reason, good=False)
    return _await_person(sight, Verdict.REGRESSED.value, reason)


def _on_no_data(sight: Sight, policy: Policy, reason: str) -> Change | None:
    if policy.on_no_data.action is NoDataAction.KEEP:
        return acts.promote(sight, Verdict.NO_DATA, reason, good=False)
    return _await_person(sight, Verdict.NO_DATA.value, reason)


def _on_inconclusive(sight: Sight, policy: Policy, reason: str) -> Change | None:
    action = policy.on_inconclusive.action
    if action is InconclusiveAction.ROLLBACK:
        return _roll_back(sight, policy, Verdict.INCONCLUSIVE.value, reason)
    good = action is InconclusiveAction.PIN
    return acts.promote(sight, Verdict.INCONCLUSIVE, reason, good)


def _roll_back(sight: Sight, policy: Policy, verdict: str, reason: str) -> Change | None:
    """Rolls back, or says everything that stands in the way and asks a person."""
    against = objections(sight, sight.rollout.target)
    if against:
        return _await_person(sight, verdict, f"{reason}{HINDERED}{'; '.join(against)}")
    return acts.roll_back(sight, verdict, reason, policy.on_regressed)


def _await_person(sight: Sight, verdict: str, reason: str) -> Change | None:
    if sight.rollout.phase is Phase.HOLDING:
        return None
    return acts.await_person(sight, verdict, reason)
