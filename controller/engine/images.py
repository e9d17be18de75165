"""Image references: which are the same, and how one is written by digest.

Why: a tag can move, so what is restored and compared is the digest wherever it is known.
Never here: registries.
"""

from collections.abc import Mapping

from controller.engine.record import Version


def digest_of(reference: str) -> str:
    """The digest that a reference carries, "" when it has none."""
    return reference.partition("@")[2]


def by_digest(reference: str, digest: str) -> str:
    """The reference with this digest and its tag kept for people; unchanged without one."""
    return f"{reference.partition('@')[0]}@{digest}" if digest else reference


def pinned_images(version: Version) -> dict[str, str]:
    """Every image of the version by digest, where its digest is known: the one asked for, which
    may be an index of all platforms, before the one that a pod named."""
    return {
        container: by_digest(image, digest_of(image) or version.digests.get(container, ""))
        for container, image in version.images.items()
    }


def known_digests(version: Version) -> set[str]:
    """What the version was asked for and what its pods said; of one that never ran the first is
    all there is. Unknown ones are "" among them."""
    return {*version.digests.values(), *map(digest_of, version.images.values())}


def repository_in(reference: str) -> str:
    """The reference without tag and digest."""
    name = reference.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return head if colon and "/" not in tail else name


def same_image(reference: str, image: str, digest: str) -> bool:
    """Whether a reference means the image known as `image` that ran as `digest`."""
    if reference == image:
        return True
    if repository_in(reference) != repository_in(image):
        return False
    return bool(digest) and digest_of(reference) == digest


def runs(images: Mapping[str, str], version: Version) -> bool:
    """Whether a template with these images runs that version, container by container."""
    return images.keys() == version.images.keys() and all(
        same_image(reference, version.images[container], version.digests.get(container, ""))
        for container, reference in images.items()
    )


def describe_change(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The containers whose image differs, as a person would say it."""
    changed = [
        f"{container}: {old.get(container, 'none')} -> {image}"
        for container, image in sorted(new.items())
        if old.get(container) != image
    ]
    removed = [f"{container}: removed" for container in sorted(old.keys() - new.keys())]
    return ", ".join(changed + removed)
