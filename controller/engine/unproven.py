"""A version to return to that was never found Healthy, in words.

Why: the version before is the best there is and may be bad itself: whoever reads of a rollback must not take
its target for proven.
Never here: whether a rollback is made.
"""

from controller.engine.brevity import LONGEST_REASON_BYTES
from controller.engine.images import runs
from controller.engine.record import Record, Rollout
from controller.printable import cut_bytes

MARK = "; back to "
NEVER_HEALTHY = "never judged Healthy by rollctl"


def unproven(record: Record, rollout: Rollout) -> str:
    """What is not known of the rollout's target, "" where it was found Healthy, or a person pinned it."""
    pin = record.pin
    if rollout.proven or (pin is not None and runs(rollout.target.images, pin.version)):
        return ""
    kept = record.good is not None and record.good.images == rollout.target.images
    why = "the policy kept it without an answer" if kept else "it is what ran before"
    return f"{NEVER_HEALTHY}: {why}"


def with_proof(reason: str, record: Record, rollout: Rollout) -> str:
    """The reason of a rollback, and what is not known of its target, which is never cut off."""
    told = unproven(record, rollout)
    if not told:
        return reason
    images = ", ".join(sorted(set(rollout.target.images.values())))
    note = f"{MARK}{images}, {told}"
    return cut_bytes(reason, LONGEST_REASON_BYTES - len(note.encode())) + note


def told_of_target(reason: str) -> str:
    """What such a reason says of the target, "" where it says nothing."""
    _, found, rest = reason.partition(NEVER_HEALTHY)
    return found + rest


def without_proof(reason: str) -> str:
    """Why something was rolled back, without where to."""
    return reason.partition(MARK)[0]
