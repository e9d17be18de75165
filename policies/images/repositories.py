"""Names of repositories, tags and digests, as registries and container runtimes read them.

Why: shop/web, docker.io/shop/web and a pod's image are one repository, and a name that some
tool reads otherwise would never be found.
Never here: registries, tags that count.

The forms are those of the OCI distribution specification, 1.1; the short forms of Docker Hub
are those of its reference parser.
"""

import re

LONGEST_REPOSITORY = 255
LONGEST_TAG = 128
HUB = "docker.io"

_HOST = (
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY_PATTERN = rf"(?:{_HOST}(?::[0-9]{{1,5}})?/)?{_PART}(?:/{_PART})*"
TAG_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
DIGEST_PATTERN = r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}"

_REPOSITORY = re.compile(REPOSITORY_PATTERN)
_TAG = re.compile(TAG_PATTERN)
_DIGEST = re.compile(DIGEST_PATTERN)


def is_repository(text: str) -> bool:
    """Whether `text` names a repository, without tag and digest."""
    return len(text) <= LONGEST_REPOSITORY and _REPOSITORY.fullmatch(text) is not None


def is_tag(text: str) -> bool:
    """Whether `text` can be a tag."""
    return _TAG.fullmatch(text) is not None


def is_digest(text: str) -> bool:
    """Whether `text` is a digest in full."""
    return _DIGEST.fullmatch(text) is not None


def canonical(repository: str) -> str:
    """The repository in full, with its host: web is docker.io/library/web."""
    host, path = _split(repository)
    if host in {"", "index.docker.io"}:
        host = HUB
    return f"{host}/library/{path}" if host == HUB and "/" not in path else f"{host}/{path}"


def path_of(repository: str) -> str:
    """The repository within its registry."""
    return _split(canonical(repository))[1]


def _split(repository: str) -> tuple[str, str]:
    """Host and path; a first part without dot, port or the name localhost is no host."""
    head, slash, rest = repository.partition("/")
    if slash and (head == "localhost" or "." in head or ":" in head):
        return head.lower(), rest
    return "", repository


def repository_of(reference: str) -> str:
    """The repository, in full, of an image as a template writes it."""
    name = reference.partition("@")[0]
    head, colon, tail = name.rpartition(":")
    return canonical(head if colon and "/" not in tail else name)


def tag_of(reference: str) -> str:
    """The tag of an image as a template writes it; without one and without digest, latest."""
    name, at, _digest = reference.partition("@")
    _head, colon, tail = name.rpartition(":")
    if colon and "/" not in tail:
        return tail
    return "" if at else "latest"
