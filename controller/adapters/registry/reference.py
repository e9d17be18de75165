"""Reads the name of an image as Docker does.

Why: the same words must mean the same image here, in a Deployment and on a command line.
Never here: requests; which host really serves docker.io.

The grammar is that of github.com/distribution/reference: a first part is a host only if it has
a dot or a port, or is localhost. One that is a host only by its upper-case letters is refused.
"""

import re

from controller.ports.registry import ImageReference, Repository
from policies.images.repositories import HUB, is_digest, is_repository, is_tag

LONGEST_REFERENCE = 4_096
_NAME = re.compile(r"(?P<name>[^@]*?)(?::(?P<tag>[^/:@]*))?(?:@(?P<digest>.*))?", re.DOTALL)
_SIXTH_VERSION = re.compile(r"\[[0-9a-fA-F:.]+\](?::[0-9]{1,5})?")
_HASH = re.compile(r"[0-9a-f]{64}")


class NotAReference(ValueError):
    """The text names no image; the message says which part is wrong and what to write."""


def parse_reference(text: str) -> ImageReference:
    """The image that `text` names; without tag and digest `latest`. Raises NotAReference."""
    matched = _NAME.fullmatch(text) if len(text) <= LONGEST_REFERENCE else None
    if matched is None or text != text.strip():
        raise _wrong(text, "is not a name")
    name, tag, digest = matched["name"], matched["tag"], matched["digest"]
    if tag is not None and not is_tag(tag):
        raise _wrong(text, f"the tag {tag[:130]!r} is not one: letters, digits, _ . -, 128 at most")
    if digest is not None and not is_digest(digest):
        raise _wrong(text, "the digest is not sha256: and 64 hexadecimal digits in lower case")
    repository = _repository(text, name)
    default = "" if digest else "latest"
    return ImageReference(repository, tag or default, digest or "")


def parse_repository(text: str) -> Repository:
    """The repository that `text` names, without tag and digest. Raises NotAReference."""
    image = parse_reference(text)
    if image.digest or text.endswith(f":{image.tag}"):
        raise _wrong(text, "a repository has no tag and no digest here")
    return image.repository


def _repository(text: str, name: str) -> Repository:
    if _HASH.fullmatch(name):
        raise _wrong(text, "64 hexadecimal digits are an image's identity, not a repository")
    host, path = _split(name)
    sixth = _SIXTH_VERSION.fullmatch(host) is not None
    if not is_repository(f"{'host.invalid' if sixth else host}/{path}") or "//" in name:
        raise _wrong(
            text, "a repository is [host[:port]/]part/part in lower case, 255 characters at most"
        )
    return Repository(host.lower(), path)


def _split(name: str) -> tuple[str, str]:
    head, slash, rest = name.partition("/")
    is_host = head == "localhost" or any(c in head for c in ".:")
    if not slash or not is_host:
        head, rest = HUB, name
    if head == "index.docker.io":
        head = HUB
    return head, f"library/{rest}" if head == HUB and "/" not in rest else rest


def _wrong(text: str, why: str) -> NotAReference:
    shown = text if len(text) <= 100 else f"{text[:100]}…"
    return NotAReference(
        f"{shown!r} names no image: {why}; write it as registry.example:5000/shop/web:v1"
    )
