"""A person's orders, as changes by the same acts, guards and record.

Why: a person's order wins, and is told and recorded like every other decision.
Never here: how an order reaches us.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from analysis.question import Design
from controller.engine import acts
from controller.engine.arms import digests_of, pods_of
from controller.engine.change import Change, Restore
from controller.engine.detect import found_healthy, settled_images
from controller.engine.guards import objections
from controller.engine.images import describe_change, pinned_images, runs
from controller.engine.phases import JUDGED, in_flight
from controller.engine.quarantine import suspect
from controller.engine.record import Act, Decision, Phase, Pin, Rollout, Version
from controller.engine.sight import Sight
from controller.engine.workload import Revision, Workload
from policies.model import RegressedAction, RegressedRule, RollbackScope


class OrderRefusedError(Exception):
    """The order makes no sense for the workload as it is; the message says why and what
    would."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who orders, and why."""

    name: str
    reason: str = ""

    def says(self, what: str) -> str:
        """The order as a sentence."""
        return f"{what} by {self.name}" + (f": {self.reason}" if self.reason else "")


def resume(sight: Sight, person: Person) -> Change:
    """Lets a held rollout go. Raises OrderRefusedError when none is held by rollctl."""
    rollout = sight.record.rollout
    if rollout is None or rollout.phase not in JUDGED:
        raise OrderRefusedError(f"{sight.workload.key} has no rollout that waits")
    if rollout.phase is Phase.PROGRESSING:
        raise OrderRefusedError(f"{sight.workload.key} is not held; it is rolling out")
    return acts.release(sight, person.says("resumed"), person.name)


def roll_back(sight: Sight, person: Person) -> Change:
    """Returns to the version before. Raises OrderRefusedError with every objection."""
    sight = _with_rollout(sight)
    against = (*_pinned_elsewhere(sight), *objections(sight, sight.rollout.target))
    if against:
        raise OrderRefusedError(f"{sight.workload.key}: {'; '.join(against)}")
    return acts.roll_back(
        sight, sight.rollout.verdict, person.says("rolled back"), _rule(sight), person.name
    )


def _pinned_elsewhere(sight: Sight) -> tuple[str, ...]:
    """A rollback away from a pin would leave a pin that says what does not run."""
    pin, target = sight.record.pin, sight.rollout.target
    if pin is None or not target.images or runs(target.images, pin.version):
        return ()
    images = ", ".join(sorted(pin.images.values()))
    return (f"it is pinned at {images} by {pin.by}; order `rollctl unpin` first",)


def _rule(sight: Sight) -> RegressedRule:
    """A person's rollback quarantines nothing: they may only have changed their mind."""
    scope = sight.policy.on_regressed.scope if sight.policy else RollbackScope.TEMPLATE
    return RegressedRule(RegressedAction.ROLLBACK, scope, None)


def _with_rollout(sight: Sight) -> Sight:
    """The sight with the rollout of what is wanted now, in flight or promoted; where no such
    rollout was seen yet, as if it had just gone to its end."""
    rollout = sight.record.rollout
    if rollout is not None and _is_of(sight.workload, rollout):
        return sight
    made = _from_history(sight) if rollout is None or not in_flight(rollout) else rollout
    unseen = replace(made, phase=Phase.PROMOTED, candidate=_current(sight.workload), verdict="")
    record = replace(sight.record, rollout=unseen)
    return replace(sight, workload=replace(sight.workload, record=record))


def _is_of(workload: Workload, rollout: Rollout) -> bool:
    undone = rollout.phase in {Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.SUPERSEDED}
    return not undone and runs(workload.images, rollout.candidate)


def _current(workload: Workload) -> Version:
    current = Version("", dict(workload.images))
    return replace(current, digests=digests_of(pods_of(workload, current)))


def _from_history(sight: Sight) -> Rollout:
    workload = sight.workload
    older = [r for r in workload.revisions if dict(r.images) != dict(workload.images)]
    if not older:
        raise OrderRefusedError(f"{workload.key} has no earlier version to return to")
    version = _last_not_bad(sight, older)
    return Rollout(
        id=f"{workload.uid[:8]}-{workload.generation}",
        policy=sight.policy.name if sight.policy else "",
        phase=Phase.PROMOTED,
        started_at=sight.now,
        baseline=version,
        target=version,
        proven=found_healthy(sight.record, version),
        candidate=_current(workload),
        design=Design.BEFORE_AFTER,
    )


def _last_not_bad(sight: Sight, older: Sequence[Revision]) -> Version:
    """The newest of these that is not in quarantine, else the newest, for the guards to
    refuse with its reason."""
    newest_first = sorted(older, key=lambda revision: -revision.number)
    versions = [Version(revision.name, dict(revision.images)) for revision in newest_first]
    fit = (one for one in versions if suspect(sight.record, one, sight.now) is None)
    return next(fit, versions[0])


def pin(sight: Sight, person: Person, images: Mapping[str, str]) -> Change:
    """Holds the workload at these images (none given: at those that are settled), and makes
    it run them, by the digests that its pods run where a tag may move; a hold of ours ends with it. Raises OrderRefusedError for a container that the
    workload has not."""
    workload = sight.workload
    unknown = sorted(images.keys() - workload.images.keys())
    if unknown:
        known = ", ".join(sorted(workload.images))
        raise OrderRefusedError(f"{workload.key} has no container {unknown[0]}; it has {known}")
    wanted = {**settled_images(workload), **images}
    decision = _pin_decision(sight, Act.PIN, person, wanted)
    digests = digests_of(pods_of(workload, Version("", wanted)))
    made = Pin(wanted, person.name, sight.now, person.reason, digests)
    restore = None
    if not runs(workload.images, made.version):
        restore = Restore("", RollbackScope.IMAGE, pinned_images(made.version))
    settled = dict(restore.images) if restore else wanted
    record = acts.written(sight.record, decision, pin=made, settled=settled)
    return Change(workload, record, decision, False if acts.held(sight) else None, restore)


def unpin(sight: Sight, person: Person) -> Change:
    """Lets the workload's images change again. Raises OrderRefusedError without a pin."""
    if sight.record.pin is None:
        raise OrderRefusedError(f"{sight.workload.key} is not pinned")
    decision = _pin_decision(sight, Act.UNPIN, person, dict(sight.workload.images))
    record = acts.written(sight.record, decision, pin=None)
    return Change(sight.workload, record, decision)


def _pin_decision(sight: Sight, act: Act, person: Person, images: dict[str, str]) -> Decision:
    change = describe_change(sight.workload.images, images) or "no image changes"
    return Decision(
        at=sight.now,
        act=act,
        rollout="",
        verdict="",
        reason=f"{person.says('pinned' if act is Act.PIN else 'unpinned')} ({change})",
        from_images=dict(sight.workload.images),
        to_images=images,
        by=person.name,
    )
