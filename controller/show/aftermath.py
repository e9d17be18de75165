"""What followed from a verdict on a live rollout, in a sentence or two.

Why: "what was done" is read off the decisions, so that nothing is said that was not done.
Never here: figures of metrics.
"""

from collections.abc import Iterable

from controller.engine.record import Act, Decision, Phase, Rollout
from controller.engine.unproven import told_of_target
from controller.show.seen import Seen
from controller.show.text import clock, image_list
from controller.show.words import ended

DECIDING = (Act.ROLL_BACK, Act.PROMOTE, Act.AWAIT_PERSON, Act.RELEASE)
HINDERED = "; not rolled back: "


def deciding(one: Seen) -> Decision | None:
    """The last act that followed from a verdict or an order, None while nothing was decided."""
    rollout = one.rollout
    if rollout is None:
        return None
    acts = [d for d in one.record.history if d.rollout == rollout.id and d.act in DECIDING]
    return acts[-1] if acts else None


def aftermath(one: Seen) -> Iterable[str]:
    """What was done, or is still waited for."""
    decision, rollout = deciding(one), one.rollout
    if rollout is None:
        return
    if decision is not None:
        tell = {
            Act.ROLL_BACK: _rolled_back,
            Act.PROMOTE: _promoted,
            Act.AWAIT_PERSON: _awaited,
            Act.RELEASE: _released,
        }[decision.act]
        yield from tell(one, decision)
    elif rollout.phase is Phase.SUPERSEDED:
        yield ended(f"The comparison ended without a verdict: {rollout.reason}")
    else:
        yield f"rollctl goes on comparing{_until(rollout)}."


def _until(rollout: Rollout) -> str:
    if rollout.limit_at is None:
        return " while the rollout brings in more pods"
    return f", until {clock(rollout.limit_at)} UTC at the latest"


def _rolled_back(one: Seen, decision: Decision) -> Iterable[str]:
    refused = [
        entry.until
        for entry in one.record.quarantine
        if one.rollout is not None and entry.digest in one.rollout.candidate.digests.values()
    ]
    after = f" and refuses this image until {clock(max(refused))} UTC" if refused else ""
    whose = "rollctl" if decision.by == "rollctl" else decision.by
    yield f"So {whose} rolled it back to {image_list(decision.to_images)}{after}."
    told = told_of_target(decision.reason)
    if told:
        yield ended(f"That version was {told}")


def _promoted(one: Seen, decision: Decision) -> Iterable[str]:
    if decision.verdict == "Healthy":
        good = one.record.good
        kept = good is not None and good.images == decision.to_images
        after = " and keeps it as the version to return to" if kept else ""
        yield f"So rollctl let the rollout go to the end{after}."
    elif decision.verdict == "Regressed":
        yield "The policy says to keep such a version, so rollctl let the rollout go on."
    else:
        yield (
            "The policy's time was over, and for this case it says to go on: so rollctl let the"
            " rollout go to the end."
        )


def _awaited(_one: Seen, decision: Decision) -> Iterable[str]:
    against = decision.reason.partition(HINDERED)[2]
    if against:
        yield ended(f"It was not rolled back because of this: {against}")
    yield (
        "rollctl leaves it as it is and waits for a person: `rollctl resume` lets it go on,"
        " `rollctl rollback` undoes it."
    )


def _released(_one: Seen, decision: Decision) -> Iterable[str]:
    yield f"The rollout was let go to the end by order ({decision.reason})."
