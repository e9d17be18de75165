"""Tags that were moved under a workload: pods of one template that run several digests, or another
than the one that was compared.

Why: a tag is only a name, and whoever reads it must be told when what runs is not what was judged.
Never here: acts; this only tells.
"""

from collections.abc import Iterator

from controller.engine.arms import pods_of
from controller.engine.detect import settled_digests
from controller.engine.images import by_digest, digest_of, runs
from controller.engine.phases import in_flight
from controller.engine.quarantine import active
from controller.engine.record import Record, Rollout, Version
from controller.engine.workload import Workload

SHORT_DIGEST = 19


def torn(rollout: Rollout) -> str:
    """Why no digest of the candidate can be called good or bad, "" where one can: evidence on pods
    of several digests is on none of them."""
    candidate, before = rollout.candidate, rollout.baseline.images
    several = [
        container
        for container, digest in sorted(candidate.digests.items())
        if not digest and candidate.images.get(container) != before.get(container)
    ]
    return f"pods ran several digests of {', '.join(several)}" if several else ""


def moved_tags(workload: Workload, now: float) -> tuple[str, ...]:
    """Everything that a person should know of tags moved under this workload, a sentence each."""
    rollout = workload.record.rollout
    told = list(_running(workload, Version("", dict(workload.images), _judged(workload)), now))
    if rollout is not None and in_flight(rollout):
        told += _running(workload, rollout.baseline, now)
        told += _returning(rollout)
    return tuple(dict.fromkeys(told))


def _running(workload: Workload, version: Version, now: float) -> Iterator[str]:
    pods = pods_of(workload, version)
    for container, image in sorted(version.images.items()):
        found = {pod.digests[container] for pod in pods if pod.digests.get(container)}
        if digest_of(image) or not found:
            continue
        if len(found) > 1:
            yield f"{container}: {_several(image, found)}{_bad(workload.record, found, now)}"
            continue
        (digest,), known = found, version.digests.get(container, "")
        if known and digest != known:
            yield f"{container}: {_another(image, digest, known)}{_bad(workload.record, found, now)}"


def _judged(workload: Workload) -> dict[str, str]:
    """The digests by which what runs is known: those at the pin, else those being compared, else
    those that rolled out last, else those last found good."""
    record, rollout = workload.record, workload.record.rollout
    if record.pin is not None and runs(workload.images, record.pin.version):
        return record.pin.digests
    if rollout is not None and in_flight(rollout):
        return rollout.candidate.digests if runs(workload.images, rollout.candidate) else {}
    good = record.good
    last = good.digests if good is not None and runs(workload.images, good) else {}
    settled = {
        container: digest
        for container, digest in settled_digests(record).items()
        if record.settled.get(container) == workload.images.get(container)
    }
    return {**last, **settled}


def _several(image: str, found: set[str]) -> str:
    told = ", ".join(digest[:SHORT_DIGEST] for digest in sorted(found))
    return (
        f"pods of {image} run several digests ({told}): the tag was moved, or nodes differ in"
        " platform; none of them is called good or bad, and only a rollout by digest ends it"
    )


def _another(image: str, digest: str, known: str) -> str:
    return (
        f"pods of {image} run {digest[:SHORT_DIGEST]}, but {known[:SHORT_DIGEST]} is what was"
        " rolled out or pinned: the tag was moved, and pods that started since pulled it; it was compared with nothing."
        f" To have it compared, return to {by_digest(image, known)}, then roll it out by digest"
    )


def _bad(record: Record, found: set[str], now: float) -> str:
    bad = next((entry for entry in active(record, now) if entry.digest in found), None)
    if bad is None:
        return ""
    return f"; {bad.digest[:SHORT_DIGEST]} is in quarantine: {bad.reason}"


def _returning(rollout: Rollout) -> Iterator[str]:
    """A rollback that can name no digest would pull whatever the tag is by then."""
    for container, digest in sorted(rollout.target.digests.items()):
        image = rollout.target.images.get(container, "")
        if not digest and image and not digest_of(image):
            yield (
                f"{container}: a rollback would return to {image} by its tag, which may have"
                " been moved: pods before ran several digests of it"
            )
