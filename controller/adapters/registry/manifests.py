"""Manifests, tags and small blobs of a repository, as the distribution API serves them.

Why: everything else that is done in a registry is made of these.
Never here: logins, retries, what is attached to what.

Paths and statuses: OCI distribution specification 1.1, "Pull", "Push", "Content Discovery".
"""

import re
from urllib.parse import quote, urljoin, urlsplit

import msgspec

from controller.adapters.registry import faults
from controller.adapters.registry.content import (
    INDEXES,
    MANIFESTS,
    checked,
    digest_of,
    proper,
    read_manifest,
)
from controller.adapters.registry.exchange import Exchange
from controller.adapters.registry.links import next_link
from controller.adapters.registry.settings import RegistrySettings
from controller.adapters.registry.transport import Answer
from controller.ports.registry import (
    Descriptor,
    ImageReference,
    Index,
    LyingContent,
    Manifest,
    Refused,
    Repository,
)
from controller.unreadable import UNREADABLE
from policies.images.repositories import is_digest, is_tag

ACCEPT = ", ".join(MANIFESTS + INDEXES)
_DIGEST_HEADER = "docker-content-digest"
_REFERRERS_TAG = re.compile(r"sha(256-[0-9a-f]{64}|512-[0-9a-f]{128})(\.\w+)?")
_NO_HEAD = frozenset({400, 405, 406, 501})


class _Tags(msgspec.Struct):
    tags: list[str] | None = None


class Manifests:
    """Reads and writes by tag and digest; may be used by several threads."""

    def __init__(self, exchange: Exchange, settings: RegistrySettings) -> None:
        self._exchange, self._settings = exchange, settings

    def digest(self, image: ImageReference) -> str:
        """What the tag stands for: by HEAD, or, where that does not tell, by GET."""
        answer = self._exchange.read(image.repository, _place(image), ACCEPT, "HEAD")
        told = answer.headers.get(_DIGEST_HEADER, "")
        if answer.status in _NO_HEAD or (answer.status == 200 and not is_digest(told)):
            return self.read(image).digest
        if answer.status != 200:
            raise self._exchange.fault(answer, str(image))
        if image.digest and told != image.digest:
            what = f"{image} is said to be {told}"
            raise LyingContent(f"{what}: do not use it, ask who runs it", image.digest, told)
        return told

    def read(self, image: ImageReference) -> Manifest | Index:
        """The manifest or index, its digest checked."""
        answer = self._exchange.read(image.repository, _place(image), ACCEPT)
        if answer.status != 200:
            raise self._exchange.fault(answer, str(image))
        told = answer.headers.get(_DIGEST_HEADER, "")
        promised = image.digest or (told if is_digest(told) else digest_of(answer.body))
        checked(answer.body, promised, str(image))
        return read_manifest(answer.body, answer.headers.get("content-type", ""), promised)

    def write(self, repository: Repository, raw: bytes, media_type: str, name: str = "") -> Answer:
        """Stores it under a tag, or under its digest alone."""
        digest = digest_of(raw)
        place = f"manifests/{name or digest}"
        answer = self._exchange.write("PUT", repository, place, raw, {"Content-Type": media_type})
        if answer.status not in (200, 201, 202):
            raise self._exchange.fault(answer, f"{repository}@{digest}")
        told = answer.headers.get(_DIGEST_HEADER, digest)
        if told.startswith("sha256:") and told != digest:
            what = f"{repository} stored {told} where {digest} was sent"
            raise LyingContent(f"{what}: ask who runs it", digest, told)
        return answer

    def delete(self, repository: Repository, digest: str) -> None:
        """Removes it by its digest."""
        answer = self._exchange.write("DELETE", repository, f"manifests/{proper(digest)}")
        if answer.status not in (200, 202, 204):
            raise self._exchange.fault(answer, f"{repository}@{digest}")

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """All tags, page by page. A page that is full and names no next one is asked on from
        its last tag: some servers leave the link away."""
        size = self._settings.tags_a_page
        found: dict[str, None] = {}
        place = first = f"tags/list?n={size}"
        while place:
            answer = self._exchange.read(repository, place)
            page = self._page(answer, repository)
            fresh = [tag for tag in page if tag not in found]
            found |= dict.fromkeys(fresh)
            if len(found) > self._settings.most_tags:
                raise faults.too_large(str(repository), f"{self._settings.most_tags} tags")
            link = self._linked(answer, repository, place)
            going_on = f"{first}&last={quote(page[-1])}" if len(page) >= size else ""
            place = (link or going_on) if fresh else ""
        return tuple(tag for tag in found if is_tag(tag) and not _REFERRERS_TAG.fullmatch(tag))

    def _page(self, answer: Answer, repository: Repository) -> list[str]:
        if answer.status != 200:
            raise self._exchange.fault(answer, str(repository))
        try:
            return msgspec.json.decode(answer.body, type=_Tags).tags or []
        except UNREADABLE:
            raise faults.malformed(str(repository), "no list of tags") from None

    def _linked(self, answer: Answer, repository: Repository, place: str) -> str:
        """The rest of the next page's address within the repository, "" for no next page."""
        link = next_link(answer.headers.get("link", ""))
        base = self._exchange.url(repository, "")
        url = urljoin(f"{base}{place}", link)
        if link and urlsplit(url)[1:3] != urlsplit(f"{base}tags/list")[1:3]:
            raise faults.malformed(str(repository), "a next page that is elsewhere")
        return f"tags/list?{urlsplit(url).query}" if link else ""

    def read_blob(self, repository: Repository, digest: str) -> bytes:
        """Some small content, checked."""
        answer = self._exchange.read(repository, f"blobs/{proper(digest)}")
        if answer.status != 200:
            raise self._exchange.fault(answer, f"{repository}@{digest}")
        return checked(answer.body, digest, f"{repository}@{digest}")

    def write_blob(self, repository: Repository, content: bytes, media_type: str) -> Descriptor:
        """Stores some small content in one piece, unless it is there."""
        described = Descriptor(media_type, digest_of(content), len(content))
        if self._exchange.read(repository, f"blobs/{described.digest}", by="HEAD").status == 200:
            return described
        begun = self._exchange.write("POST", repository, "blobs/uploads/", b"")
        place = begun.headers.get("location", "")
        if begun.status != 202 or not place:
            raise self._exchange.fault(begun, str(repository))
        separator = "&" if urlsplit(place).query else "?"
        rest = f"{place}{separator}digest={described.digest}"
        octets = {"Content-Type": "application/octet-stream"}
        answer = self._exchange.write("PUT", repository, rest, content, octets)
        if answer.status != 201:
            raise self._exchange.fault(answer, f"{repository}@{described.digest}")
        return described


def _place(image: ImageReference) -> str:
    """Raises Refused where the name could lead elsewhere."""
    if not (is_digest(image.asked) or is_tag(image.asked)):
        raise Refused(f"{str(image)[:200]} has no tag and no digest that can be asked for")
    return f"manifests/{image.asked}"
