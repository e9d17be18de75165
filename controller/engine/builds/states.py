"""What a build is to one workload, in one word.

Why: a person who lists builds wants to see at a glance which is good, bad or next.
Never here: reasons (gates), the choice.
"""

from enum import Enum

from controller.engine.builds.attestation import standing
from controller.engine.builds.build import Build, Stock
from controller.engine.builds.gates import gate_objections
from controller.engine.builds.objection import Cause
from controller.engine.builds.order import beside
from controller.engine.images import known_digests
from controller.engine.phases import in_flight
from controller.engine.record import Record
from policies.images.model import ImageRule


class ImageState(Enum):
    """Bad news first: what is in quarantine is nothing else."""

    QUARANTINED = "quarantined"
    PINNED = "pinned"
    VERIFIED = "verified"
    CANDIDATE = "candidate"


def state_of(rule: ImageRule, stock: Stock, build: Build, record: Record) -> ImageState | None:
    """The state of a build: quarantined here or where it must be verified; pinned by a person, or
    as last known good; verified in this environment; else a candidate where it is being compared,
    or its tag counts and is news. None where it is none of these."""
    against = {objection.cause for objection in gate_objections(rule, stock, build)}
    if Cause.QUARANTINED in against:
        return ImageState.QUARANTINED
    if build.digests & _pinned(record):
        return ImageState.PINNED
    if standing(stock.attestations, build.digests, stock.environment or "").verified:
        return ImageState.VERIFIED
    return ImageState.CANDIDATE if _candidate(rule, stock, build, record) else None


def _candidate(rule: ImageRule, stock: Stock, build: Build, record: Record) -> bool:
    rollout = record.rollout
    if (
        rollout is not None
        and in_flight(rollout)
        and build.digests & known_digests(rollout.candidate)
    ):
        return True
    behind = beside(rule.choice, stock).stale(build)
    news = behind is None or behind.cause is not Cause.NOT_NEWER
    return bool(build.digest) and rule.choice.counts(build.tag) and news


def _pinned(record: Record) -> set[str]:
    held = known_digests(record.pin.version) if record.pin else set()
    good = record.good.digests.values() if record.good else ()
    return {*held, *good} - {""}
