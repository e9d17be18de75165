"""Each act as one change: what is wanted, and the record of it, together.

Why: the patch and its reason reach the workload as one, so a crash between them cannot be.
Never here: when an act is due.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from analysis.past import Past
from analysis.verdict import Verdict
from controller.engine.brevity import brief
from controller.engine.change import Change, Restore
from controller.engine.detect import new_rollout, with_digests
from controller.engine.guards import counts
from controller.engine.images import describe_change, pinned_images, runs
from controller.engine.moved_tags import torn
from controller.engine.past import told
from controller.engine.phases import in_flight, move
from controller.engine.quarantine import added
from controller.engine.record import HISTORY_LENGTH, Act, Decision, Phase, Record, Rollout, Version
from controller.engine.sight import Sight
from controller.engine.unproven import with_proof, without_proof
from policies.model import Policy, RegressedRule, RollbackScope


def written(record: Record, decision: Decision, **parts: Any) -> Record:
    """The record with these parts changed, one step on, and the decision in its history, from
    which nothing falls that still counts against a further rollback."""
    told = (*record.history, decision)
    recent = tuple(past for past in told[:-HISTORY_LENGTH] if counts(past, decision.at))
    history = recent + told[-HISTORY_LENGTH:]
    return brief(replace(record, sequence=record.sequence + 1, history=history, **parts))


def decide(sight: Sight, act: Act, rollout: Rollout, by: str = "rollctl") -> Decision:
    """The decision on a rollout, told with its verdict, its reason and its evidence."""
    return Decision(
        at=sight.now,
        act=act,
        rollout=rollout.id,
        verdict=rollout.verdict,
        reason=rollout.reason,
        from_images=rollout.candidate.images,
        to_images=rollout.restored or rollout.candidate.images,
        by=by,
        evidence=sight.evidence,
    )


def adopt(sight: Sight, reason: str) -> Change:
    """Takes the images that run as settled, without a judgement."""
    images = dict(sight.workload.images)
    decision = Decision(sight.now, Act.ADOPT, "", "", reason, sight.record.settled, images)
    record = written(sight.record, decision, settled=images)
    return Change(sight.workload, record, decision)


def update(sight: Sight, images: Mapping[str, str]) -> Change:
    """Writes the next builds into their containers. What ran is settled, so the template that
    comes of it is a rollout like anybody's."""
    before = dict(sight.workload.images)
    after = {**before, **images}
    reason = f"next build: {describe_change(before, after)}"
    decision = Decision(sight.now, Act.UPDATE, "", "", reason, before, after)
    record = written(sight.record, decision, settled=before)
    restore = Restore("", RollbackScope.IMAGE, images)
    return Change(sight.workload, record, decision, restore=restore)


def begin(sight: Sight, policy: Policy) -> Change:
    """Writes down the rollout just seen; lets go of a hold that an older one left."""
    was_held = held(sight)
    rollout = new_rollout(sight, policy)
    news = describe_change(rollout.baseline.images, rollout.candidate.images)
    rollout = replace(rollout, reason=f"new images: {news}")
    decision = decide(sight, Act.SUPERSEDE if _superseding(sight) else Act.BEGIN, rollout)
    record = written(sight.record, decision, rollout=rollout)
    return Change(sight.workload, record, decision, paused=False if was_held else None)


def _superseding(sight: Sight) -> bool:
    return in_flight(sight.record.rollout)


def held(sight: Sight) -> bool:
    """Whether the workload is paused, and the pause is ours."""
    rollout = sight.record.rollout
    return rollout is not None and rollout.held_since is not None and sight.workload.paused


def learn(sight: Sight, past: Past) -> Change:
    """Fixes what the comparison shall know of the service's past."""
    rollout = replace(sight.rollout, past=past)
    decision = replace(decide(sight, Act.LEARN, rollout), reason=told(past))
    return Change(sight.workload, written(sight.record, decision, rollout=rollout), decision)


def analyze(sight: Sight, policy: Policy, reason: str) -> Change:
    """The candidate has its share: from now on the limit runs; nothing is paused."""
    rollout = _analyzing(sight, policy, reason)
    decision = decide(sight, Act.ANALYZE, rollout)
    return Change(sight.workload, written(sight.record, decision, rollout=rollout), decision)


def hold(sight: Sight, policy: Policy, reason: str) -> Change:
    """The same, and the rollout waits for its verdict with old and new side by side."""
    rollout = replace(_analyzing(sight, policy, reason), held_since=sight.now)
    decision = decide(sight, Act.HOLD, rollout)
    record = written(sight.record, decision, rollout=rollout)
    return Change(sight.workload, record, decision, paused=True)


def _analyzing(sight: Sight, policy: Policy, reason: str) -> Rollout:
    rollout = with_digests(sight.workload, move(sight.rollout, Phase.ANALYZING, sight.now))
    return replace(rollout, reason=reason, limit_at=sight.now + policy.analysis.limit_seconds)


def promote(sight: Sight, verdict: Verdict, reason: str, good: bool) -> Change:
    """Lets the candidate go to the end; as last known good if it was found so."""
    rollout = with_digests(sight.workload, move(sight.rollout, Phase.PROMOTING, sight.now))
    several = torn(rollout)
    if good and several:
        reason = f"{reason}; not remembered as good: {several}"
    rollout = replace(rollout, verdict=verdict.value, reason=reason, held_since=None)
    decision = decide(sight, Act.PROMOTE, rollout)
    known: dict[str, Any] = {}
    if good and not several:
        known = {"good": rollout.candidate, "good_healthy": verdict is Verdict.HEALTHY}
    settled = dict(sight.workload.images)
    record = written(sight.record, decision, rollout=rollout, settled=settled, **known)
    return Change(sight.workload, record, decision, paused=False if held(sight) else None)


def roll_back(
    sight: Sight, verdict: str, reason: str, rule: RegressedRule, by: str = "rollctl"
) -> Change:
    """Returns the workload to the rollout's target by digest, template and pause in one."""
    rollout = with_digests(sight.workload, move(sight.rollout, Phase.ROLLING_BACK, sight.now))
    several = torn(rollout)
    if rule.quarantine_seconds and several:
        reason = f"{reason}; not quarantined: {several}"
    rollout = replace(
        rollout,
        verdict=verdict,
        reason=with_proof(reason, sight.record, rollout),
        held_since=None,
        restored=pinned_images(rollout.target),
    )
    decision = decide(sight, Act.ROLL_BACK, rollout, by)
    record = written(
        sight.record,
        decision,
        rollout=rollout,
        settled=rollout.restored,
        good=_good_without(sight.record, rollout),
        quarantine=_quarantine(sight, rollout, rule.quarantine_seconds),
    )
    paused = False if held(sight) else None
    return Change(sight.workload, record, decision, paused, _restore(sight, rollout, rule.scope))


def _good_without(record: Record, rollout: Rollout) -> Version | None:
    """What is rolled back is no place to return to, even where it once was."""
    undone = record.good is not None and runs(record.good.images, rollout.candidate)
    return None if undone else record.good


def _quarantine(sight: Sight, rollout: Rollout, seconds: float | None) -> Any:
    if not seconds:
        return sight.record.quarantine
    return added(
        sight.record,
        rollout.candidate,
        (rollout.target, rollout.baseline),
        sight.now + seconds,
        without_proof(rollout.reason),
        sight.now,
    )


def _restore(sight: Sight, rollout: Rollout, scope: RollbackScope) -> Restore:
    """By template while the platform still has it, else by image."""
    there = any(r.name == rollout.target.revision for r in sight.workload.revisions)
    possible = scope if there else RollbackScope.IMAGE
    return Restore(rollout.target.revision, possible, rollout.restored)


def await_person(sight: Sight, verdict: str, reason: str) -> Change:
    """Stays as it is, held or not, and asks a person."""
    rollout = with_digests(sight.workload, move(sight.rollout, Phase.HOLDING, sight.now))
    rollout = replace(rollout, verdict=verdict, reason=reason)
    decision = decide(sight, Act.AWAIT_PERSON, rollout)
    return Change(sight.workload, written(sight.record, decision, rollout=rollout), decision)


def release(sight: Sight, reason: str, by: str) -> Change:
    """A person lets the rollout go to the end, whatever the evidence says."""
    rollout = with_digests(sight.workload, move(sight.rollout, Phase.PROMOTING, sight.now))
    rollout = replace(rollout, reason=reason, held_since=None)
    decision = decide(sight, Act.RELEASE, rollout, by)
    settled = dict(sight.workload.images)
    record = written(sight.record, decision, rollout=rollout, settled=settled)
    return Change(sight.workload, record, decision, paused=False if held(sight) else None)


def end(sight: Sight, phase: Phase, act: Act, reason: str) -> Change:
    """The rollout is over; a hold of ours ends with it, and what is wanted now is settled."""
    rollout = replace(move(sight.rollout, phase, sight.now), reason=reason, held_since=None)
    decision = decide(sight, act, rollout)
    record = written(sight.record, decision, rollout=rollout, settled=dict(sight.workload.images))
    return Change(sight.workload, record, decision, paused=False if held(sight) else None)
