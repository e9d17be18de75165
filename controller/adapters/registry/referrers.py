"""What is attached to a digest: by the referrers API, or by a tag that holds an index of it.

Why: of two writers at once neither may lose its verdict, though the tag knows no conditions.
Never here: what is attached, and why.

OCI distribution specification 1.1, "Listing Referrers" and "Referrers Tag Schema": a server
that took a `subject` says so by the header OCI-Subject; else the client keeps the tag
`sha256-<hex>`. A writer reads the index again after it wrote, and once more after others who
had read the old one must have written theirs; who finds itself overwritten writes again.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin

import msgspec

from controller.adapters.registry import faults
from controller.adapters.registry.content import OCI_INDEX, described, digest_of, proper, written
from controller.adapters.registry.content import read_manifest as decoded
from controller.adapters.registry.exchange import Exchange
from controller.adapters.registry.links import next_link
from controller.adapters.registry.manifests import Manifests
from controller.adapters.registry.transport import Answer
from controller.ports.registry import (
    BadAnswer,
    Descriptor,
    ImageReference,
    Index,
    NotFound,
    RegistryUnavailable,
    Repository,
)

MOST_WRITES = 12
SETTLE_SECONDS = 0.15
_MOST_PAGES = 100
_LOCKS = 64
_LACKING = frozenset({400, 404, 405, 406, 501})

Change = Callable[[list[Any]], list[Any]]


class Referrers:
    """Reads and keeps what is attached; may be used by several threads."""

    def __init__(
        self,
        exchange: Exchange,
        manifests: Manifests,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._exchange, self._manifests, self._sleep = exchange, manifests, sleep
        # Writers within this process need not race each other.
        self._locks = tuple(threading.Lock() for _ in range(_LOCKS))

    def of(
        self, repository: Repository, subject: str, artifact_type: str
    ) -> tuple[Descriptor, ...]:
        """What is attached, of one type or of all."""
        found = self._by_api(repository, subject, artifact_type)
        if found is None:
            index = self._by_tag(repository, subject)
            found = index.manifests if index else ()
        return tuple(one for one in found if artifact_type in ("", one.artifact_type))

    def added(self, repository: Repository, subject: str, stored: Answer, one: Descriptor) -> None:
        """Makes a manifest findable that was just `stored`."""
        if stored.headers.get("oci-subject") == subject:
            return
        # Some have the API and do not say so; they list it already.
        if self._by_api(repository, subject, "") is None:
            self._change(repository, subject, lambda known: _with(known, one))

    def removed(self, repository: Repository, subject: str, digest: str) -> None:
        """Makes a manifest no longer findable that was just deleted."""
        if self._by_api(repository, subject, "") is None:
            self._change(repository, subject, lambda known: _without(known, digest))

    def _by_api(
        self, repository: Repository, subject: str, artifact_type: str
    ) -> tuple[Descriptor, ...] | None:
        """None where the server has no such API."""
        wanted = f"?artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
        place = f"referrers/{proper(subject)}{wanted}"
        found: tuple[Descriptor, ...] = ()
        for page in range(_MOST_PAGES):
            answer = self._exchange.read(repository, place, OCI_INDEX)
            if answer.status in _LACKING and page == 0:
                return None
            if answer.status != 200:
                raise self._exchange.fault(answer, f"{repository}@{subject}")
            found += _index(answer.body, subject).manifests
            place = self._next(answer, repository, place)
            if not place:
                return found
        raise faults.too_large(f"{repository}@{subject}", f"{_MOST_PAGES} pages of referrers")

    def _next(self, answer: Answer, repository: Repository, place: str) -> str:
        link = next_link(answer.headers.get("link", ""))
        base = self._exchange.url(repository, "")
        url = urljoin(f"{base}{place}", link)
        if link and not url.startswith(f"{base}referrers/"):
            raise faults.malformed(str(repository), "a next page that is elsewhere")
        return url.removeprefix(base) if link else ""

    def _by_tag(self, repository: Repository, subject: str) -> Index | None:
        try:
            found = self._manifests.read(ImageReference(repository, referrers_tag(subject)))
        except NotFound:
            return None
        if not isinstance(found, Index):
            what = f"{repository}:{referrers_tag(subject)} is no index of referrers"
            raise BadAnswer(f"{what}: somebody else uses the tag, move it away")
        return found

    def _change(self, repository: Repository, subject: str, change: Change) -> None:
        with self._locks[hash((repository, subject)) % _LOCKS]:
            calm = 0
            for _ in range(MOST_WRITES):
                if self._changed(repository, subject, change):
                    calm = 0
                elif calm:
                    return
                else:
                    calm += 1
                self._sleep(SETTLE_SECONDS * random.uniform(0.7, 1.3))  # noqa: S311 - no secret
        what = f"{repository}:{referrers_tag(subject)} is written by others all the time"
        raise RegistryUnavailable(f"{what}: it is tried again later")

    def _changed(self, repository: Repository, subject: str, change: Change) -> bool:
        """Whether the index was not as it should be; then it was written."""
        index = self._by_tag(repository, subject)
        document = _document(index)
        known = document["manifests"]
        wanted = change(known)
        if wanted == known:
            return False
        raw = written({**document, "manifests": wanted})
        self._manifests.write(repository, raw, OCI_INDEX, referrers_tag(subject))
        return True


def referrers_tag(subject: str) -> str:
    """The tag that holds what is attached to a digest."""
    return subject.replace(":", "-", 1)


def _index(body: bytes, subject: str) -> Index:
    found = decoded(body, OCI_INDEX, digest_of(body))
    if not isinstance(found, Index):
        raise BadAnswer(f"the referrers of {subject} are no index: check that it is a registry")
    return found


def _document(index: Index | None) -> dict[str, Any]:
    """The index as it is written, with all that other writers put into it."""
    if index is None:
        return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    document: dict[str, Any] = msgspec.json.decode(index.raw)
    return {**document, "manifests": document.get("manifests") or []}


def _with(known: list[Any], one: Descriptor) -> list[Any]:
    there = any(other["digest"] == one.digest for other in known)
    return known if there else [*known, described(one)]


def _without(known: list[Any], digest: str) -> list[Any]:
    return [other for other in known if other["digest"] != digest]
