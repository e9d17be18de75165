"""Seeing a rollout: a change of image in the template of a governed workload.

Why: scaling, restarts and label edits are none, and what a rollback returns to is decided
once, here, before the new version can touch it.
Never here: what is done with a rollout.
"""

from dataclasses import replace

from analysis.question import Design
from analysis.verdict import Verdict
from controller.engine.arms import digests_of, pods_of
from controller.engine.images import digest_of, runs
from controller.engine.phases import in_flight
from controller.engine.quarantine import bad_pod, known_bad
from controller.engine.record import Phase, Record, Rollout, Version
from controller.engine.sight import Sight
from controller.engine.workload import Revision, Workload
from policies.model import Policy

MOST_BASELINE_PODS = 200


def settled_images(workload: Workload) -> dict[str, str]:
    """The images that are no news: those recorded, else those of the pods that ran before."""
    if workload.record.settled:
        return workload.record.settled
    previous = _previous_revision(workload)
    return dict(previous.images if previous else workload.images)


def is_new(workload: Workload) -> bool:
    """Whether the template wanted now has other images than the settled ones."""
    settled = Version("", settled_images(workload), settled_digests(workload.record))
    return not runs(workload.images, settled)


def is_long_over(sight: Sight, limit_seconds: float) -> bool:
    """Whether the current version has been alone for longer than an analysis may last, and
    neither a pin nor a quarantine speaks against it."""
    workload = sight.workload
    current = workload.current_revision()
    if current is None or sight.now - current.created_at <= limit_seconds:
        return False
    pods = [pod for pod in workload.pods if not pod.leaving]
    if not pods or any(pod.revision != current.name for pod in pods):
        return False
    version = Version(current.name, dict(workload.images), digests_of(pods))
    bad = known_bad(sight.record, version, sight.now) or bad_pod(sight.record, pods, sight.now)
    return sight.record.pin is None and bad is None


def settled_digests(record: Record) -> dict[str, str]:
    """What the settled images were known by when they last rolled out, none where it was not
    written down."""
    rollout = record.rollout
    if rollout is None or in_flight(rollout):
        return {}
    version = rollout.candidate if rollout.phase is Phase.PROMOTED else rollout.target
    return version.digests if runs(record.settled, version) else {}


def _previous_revision(workload: Workload) -> Revision | None:
    """The newest other revision that still has pods or should have."""
    populated = {pod.revision for pod in workload.pods if not pod.leaving}
    others = [
        revision
        for revision in workload.revisions
        if revision.fingerprint != workload.fingerprint
        and (revision.desired_pods or revision.name in populated)
    ]
    return max(others, key=lambda revision: revision.number, default=None)


def new_rollout(sight: Sight, policy: Policy) -> Rollout:
    """The rollout just seen, with its baseline and its target frozen."""
    workload = sight.workload
    baseline, target, proven = _returns_to(sight)
    current = workload.current_revision()
    candidate = Version(current.name if current else "", dict(workload.images))
    return Rollout(
        id=f"{workload.uid[:8]}-{workload.generation}",
        policy=policy.name,
        phase=Phase.PROGRESSING,
        started_at=sight.now,
        baseline=baseline,
        target=target,
        proven=proven,
        candidate=candidate,
        design=_design(workload, policy, baseline),
        baseline_pods=_serving(workload, baseline),
        past=sight.past,
    )


def _serving(workload: Workload, baseline: Version) -> tuple[str, ...]:
    """The baseline's pods, those that leave included: what they served is what came before."""
    names = {r.name for r in workload.revisions if runs(r.images, baseline)}
    serving = sorted(pod.name for pod in workload.pods if pod.revision in names)
    return tuple(serving[:MOST_BASELINE_PODS])


def _design(workload: Workload, policy: Policy, baseline: Version) -> Design:
    if policy.analysis.hold is None or not pods_of(workload, baseline):
        return Design.BEFORE_AFTER
    return Design.SIDE_BY_SIDE


def _returns_to(sight: Sight) -> tuple[Version, Version, bool]:
    """What to compare with, where to return to, and whether that was once Healthy."""
    rollout, good = sight.record.rollout, sight.record.good
    baseline = _version_before(sight.workload)
    undecided = rollout is not None and in_flight(rollout) and not _was_healthy(rollout)
    if sight.record.pin is not None:
        pinned = sight.record.pin.version
        proven = found_healthy(sight.record, pinned)
        return baseline, replace(pinned, revision=baseline.revision), proven
    if rollout is not None and undecided:
        return rollout.baseline, rollout.target, rollout.proven
    if good is None:
        return baseline, baseline, False
    if runs(baseline.images, good):
        return baseline, replace(good, revision=baseline.revision), sight.record.good_healthy
    return baseline, good, sight.record.good_healthy


def found_healthy(record: Record, version: Version) -> bool:
    """Whether this version is the one last found Healthy."""
    return record.good is not None and record.good_healthy and runs(version.images, record.good)


def _was_healthy(rollout: Rollout) -> bool:
    return rollout.phase is Phase.PROMOTING and rollout.verdict == Verdict.HEALTHY.value


def _version_before(workload: Workload) -> Version:
    settled = settled_images(workload)
    matching = [r for r in workload.revisions if runs(r.images, Version("", settled))]
    newest = max(matching, key=lambda r: (r.desired_pods > 0, r.number), default=None)
    version = Version(newest.name if newest else "", settled)
    return replace(version, digests=digests_of(pods_of(workload, version)))


def with_digests(workload: Workload, rollout: Rollout) -> Rollout:
    """The rollout with what is known by now of its candidate: its revision and the digests that
    its pods run, "" for good where they were once seen to run several."""
    current, candidate = workload.current_revision(), rollout.candidate
    found = digests_of(pods_of(workload, candidate))
    digests = {
        container: _one_digest(candidate.digests.get(container), found.get(container))
        or digest_of(candidate.images.get(container, ""))
        for container in sorted(candidate.digests.keys() | found.keys())
    }
    revision = current.name if current else candidate.revision
    return replace(rollout, candidate=replace(candidate, revision=revision, digests=digests))


def _one_digest(known: str | None, seen: str | None) -> str:
    if known is None or seen is None:
        return known or seen or ""
    return known if known == seen else ""
