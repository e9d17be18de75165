"""Digests that were found bad and must not run again for a while.

Why: what was rolled back once must not come back under another tag or by another tool.
Never here: registries.
"""

from collections.abc import Iterable, Mapping, Sequence

from controller.engine.images import digest_of
from controller.engine.record import Quarantined, Record, Version
from controller.engine.workload import PodState


def active(record: Record, now: float) -> tuple[Quarantined, ...]:
    """The entries that still hold."""
    return tuple(entry for entry in record.quarantine if entry.until > now)


def known_bad(record: Record, version: Version, now: float) -> Quarantined | None:
    """The quarantine entry that this version falls under, None for none."""
    digests = set(version.digests.values())
    digests |= {digest_of(image) for image in version.images.values()}
    return next((entry for entry in active(record, now) if entry.digest in digests), None)


def bad_pod(record: Record, pods: Iterable[PodState], now: float) -> Quarantined | None:
    """The entry that one of these pods falls under by what it really runs, None for none."""
    digests = {digest for pod in pods for digest in pod.digests.values()}
    return next((entry for entry in active(record, now) if entry.digest in digests), None)


def suspect(record: Record, version: Version, now: float) -> Quarantined | None:
    """The entry that speaks against a return to this version: also by the image as written,
    where no pod tells any more which digest that was."""
    entry = known_bad(record, version, now)
    if entry is not None or any(version.digests.values()):
        return entry
    written = set(version.images.values())
    return next((entry for entry in active(record, now) if entry.image in written), None)


def added(
    record: Record, bad: Version, others: Sequence[Version], until: float, reason: str, now: float
) -> tuple[Quarantined, ...]:
    """The quarantine with the digests that only the bad version runs, and none of the others."""
    own = {
        container: digest
        for container, digest in bad.digests.items()
        if digest and all(_is_own(container, bad, other) for other in others)
    }
    fresh = tuple(_entries(bad.images, own, until, reason))
    renewed = {entry.digest for entry in fresh}
    kept = tuple(entry for entry in active(record, now) if entry.digest not in renewed)
    return kept + fresh


def _is_own(container: str, bad: Version, other: Version) -> bool:
    digest, image = bad.digests[container], other.images.get(container, "")
    shared = digest in other.digests.values() or digest == digest_of(image)
    return not shared and bad.images.get(container) not in (None, image)


def _entries(
    images: Mapping[str, str], digests: Mapping[str, str], until: float, reason: str
) -> Iterable[Quarantined]:
    for container, digest in sorted(digests.items()):
        yield Quarantined(digest, images.get(container, container), until, reason)
