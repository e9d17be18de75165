"""Why no build at all is rolled out to a workload now, and which it has turned away.

Why: a person's order and a rollout that is being judged come before any build.
Never here: reasons against one build.
"""

from collections.abc import Iterable, Iterator, Mapping

from controller.engine.builds.objection import Cause, Objection
from controller.engine.images import digest_of, known_digests
from controller.engine.phases import in_flight
from controller.engine.record import Act, Phase, Record
from controller.engine.unproven import without_proof
from controller.engine.workload import Workload
from policies.images.choices import MovingTag, TagChoice
from policies.images.model import ImageRule


def held(rule: ImageRule, workload: Workload) -> tuple[Objection, ...]:
    """Every reason, none when there is none."""
    return (*_manual(rule), *_pinned(workload), *_judging(workload), *_paused(workload))


def _manual(rule: ImageRule) -> Iterator[Objection]:
    if not rule.auto_update:
        yield Objection(Cause.MANUAL, "the policy leaves rollouts to a person (autoUpdate: false)")


def _pinned(workload: Workload) -> Iterator[Objection]:
    pin = workload.record.pin
    if pin is not None:
        why = f": {pin.reason}" if pin.reason else ""
        yield Objection(Cause.PINNED, f"pinned by {pin.by}{why}; unpin it, then it follows again")


def _judging(workload: Workload) -> Iterator[Objection]:
    rollout = workload.record.rollout
    if rollout is not None and in_flight(rollout):
        images = ", ".join(sorted(set(rollout.candidate.images.values())))
        yield Objection(Cause.JUDGING, f"a rollout is in flight ({rollout.phase.value}: {images})")


def _paused(workload: Workload) -> Iterator[Objection]:
    rollout = workload.record.rollout
    ours = rollout is not None and rollout.held_since is not None
    if workload.paused and not ours:
        yield Objection(Cause.PAUSED, "a person has paused the workload; resume it")


def turned_away(choice: TagChoice, record: Record) -> Mapping[str, str]:
    """By digest, why this workload left it: it was rolled back, by the last rollout or one that is
    still remembered, or somebody replaced it by an older one. A person's rollback quarantines
    nothing, and must still not be undone. A tag that is moved may return to what was replaced."""
    found = {
        digest: f"it was rolled back here: {without_proof(decision.reason)}"
        for decision in record.history
        if decision.act is Act.ROLL_BACK
        for digest in _left(decision.from_images.values(), decision.to_images.values())
    }
    found |= put_back(record)
    rollout = record.rollout
    if rollout is None:
        return found
    old, new = known_digests(rollout.baseline), known_digests(rollout.candidate)
    if rollout.phase in _UNDONE:
        return found | dict.fromkeys(
            _only(new, old), f"it was undone here: {without_proof(rollout.reason)}"
        )
    if not isinstance(choice, MovingTag):
        found |= dict.fromkeys(_only(old, new), "somebody replaced it by an older one")
    return found


def put_back(record: Record) -> Mapping[str, str]:
    """By digest, what was rolled out last of all and yet never seen: somebody put it back at once,
    and to roll it out again would be a fight; or this is a dry run."""
    last = record.history[-1] if record.history else None
    if last is None or last.act is not Act.UPDATE:
        return {}
    left = _left(last.to_images.values(), last.from_images.values())
    return dict.fromkeys(left, "it was rolled out here, and nothing came of it")


_UNDONE = frozenset({Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.SUPERSEDED})


def _left(before: Iterable[str], after: Iterable[str]) -> set[str]:
    return _only(map(digest_of, before), map(digest_of, after))


def _only(some: Iterable[str], others: Iterable[str]) -> set[str]:
    return set(some) - set(others) - {""}
