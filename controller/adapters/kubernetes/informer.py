"""A picture of all objects of one resource that keeps itself up to date.

Why: listing costs the API server dear, so it is done once and then only news is read.
Never here: what the objects mean.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import structlog
import urllib3

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.paging import pages
from controller.adapters.kubernetes.structs import Marked, ObjectList, WatchEvent
from controller.ports.platform import PlatformError, Unavailable, Vanished

WATCH_SECONDS = 300
SILENCE_SECONDS = 330.0
FIRST_TRIES = 5
FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 30.0
LONGEST_LINE = 8 * 1024 * 1024
CHUNK = 64 * 1024
JITTER = random.SystemRandom()

log = structlog.get_logger()

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Seen]):
    """All that is kept of an object: which it is, in which version, the uid of who made it ("" for nobody),
    and what was seen of it."""

    uid: str
    version: str
    owner: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class Resource(Generic[Seen]):
    """What is watched: the path of its list, the struct it is read as, and what is kept of that."""

    path: str
    kind: type[Any]
    keep: Callable[[Any], Kept[Seen]]


class Informer(Generic[Seen]):
    """Lists, then watches, for ever, in a thread of its own. `changed(old, new)` is called for
    each difference with what is kept of the object (None: was not there, is gone)."""

    def __init__(
        self,
        connection: Connection,
        resource: Resource[Seen],
        changed: Callable[[Kept[Seen] | None, Kept[Seen] | None], None],
    ) -> None:
        self._connection = connection
        self._resource = resource
        self._changed = changed
        self._decoder = msgspec.json.Decoder(resource.kind)
        self._objects: dict[str, Kept[Seen]] = {}
        self._version = ""
        self._stopping = threading.Event()
        self._response: urllib3.BaseHTTPResponse | None = None
        self._thread = threading.Thread(target=self._run, name=resource.path, daemon=True)
        self._failing_since: float | None = None
        self._why = ""
        self._heard = False

    def start(self) -> None:
        """Begins; raises PlatformError when even the first list is refused. A server that is too busy for it,
        as just after its own start, is asked a few times more."""
        for tries in range(FIRST_TRIES):
            try:
                self._list()
                break
            except Unavailable as error:
                if tries == FIRST_TRIES - 1 or self._stopping.is_set():
                    raise
                self._stopping.wait(self._failed(error, FIRST_BACKOFF_SECONDS * 2.0**tries))
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch; returns at once. Closing the answer would wait for the thread that
        reads it, so only its socket is shut."""
        self._stopping.set()
        response = self._response
        if isinstance(response, urllib3.HTTPResponse):
            # It may have ended by itself just now.
            with contextlib.suppress(OSError, ValueError, RuntimeError):
                response.shutdown()

    def trouble(self, patience_seconds: float) -> str:
        """Why the picture may be old, "" while it is fresh or only just lost."""
        since = self._failing_since
        if since is None or time.monotonic() - since < patience_seconds:
            return ""
        return f"{self._why} (for {time.monotonic() - since:.0f} s)"

    def _run(self) -> None:
        backoff = FIRST_BACKOFF_SECONDS
        while not self._stopping.is_set():
            self._heard = False
            wait = self._try(backoff)
            # Whatever was heard shows that the server is there, however the watch ended.
            longer = min(2 * backoff, LONGEST_BACKOFF_SECONDS)
            backoff = FIRST_BACKOFF_SECONDS if self._heard else longer
            self._stopping.wait(wait)

    def _try(self, backoff: float) -> float:
        """Watches for as long as it goes; says how long to wait before the next time."""
        try:
            self._follow()
        except PlatformError as error:
            return self._failed(error, backoff)
        except Exception as error:  # a watcher that dies unseen would be the worst fault
            if not self._stopping.is_set():
                log.exception("watch failed", resource=self._resource.path)
            return self._failed(Unavailable(str(error)), backoff)
        # A proxy that ends every watch at once must not be asked without pause.
        return 0.0 if self._heard else backoff

    def _failed(self, error: PlatformError, backoff: float) -> float:
        """Notes a failure and says how long to wait; an answer "gone" means to list anew."""
        if isinstance(error, Vanished):
            self._version = ""
            return 0.0 if backoff <= FIRST_BACKOFF_SECONDS else backoff
        self._failing_since = self._failing_since or time.monotonic()
        self._why = str(error)
        asked = error.retry_after_seconds if isinstance(error, Unavailable) else None
        return max(asked or 0.0, backoff * JITTER.uniform(0.5, 1.5))

    def _follow(self) -> None:
        if not self._version:
            self._list()
        self._watch()

    def _list(self) -> None:
        found: dict[str, Kept[Seen]] = {}
        for page in pages(self._connection, self._resource.path, ObjectList, {}):
            for raw in page.items:
                kept = self._kept(raw)
                found[kept.uid] = kept
            version = page.metadata.resource_version
        for uid in self._objects.keys() - found.keys():
            self._put(self._objects[uid], None)
        for kept in found.values():
            self._put(self._objects.get(kept.uid), kept)
        self._version = version
        self._failing_since = None

    def _kept(self, raw: msgspec.Raw) -> Kept[Seen]:
        return self._resource.keep(self._decoder.decode(raw))

    def _put(self, old: Kept[Seen] | None, new: Kept[Seen] | None) -> None:
        if old is not None and new is not None and old.version == new.version:
            return
        if new is not None:
            self._objects[new.uid] = new
        elif old is not None:
            self._objects.pop(old.uid, None)
        self._changed(old, new)

    def _watch(self) -> None:
        params: dict[str, str | int] = {
            "watch": "1",
            "resourceVersion": self._version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": int(WATCH_SECONDS * JITTER.uniform(0.8, 1.0)),
        }
        request = Request("GET", self._resource.path, params)
        response = self._connection.stream(request, SILENCE_SECONDS)
        self._response = response
        if self._stopping.is_set():
            response.close()
            return
        self._failing_since = None
        try:
            for line in _lines(response):
                self._take(decoded(line, WatchEvent, self._resource.path))
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"watch of {self._resource.path} broke off: {error}") from error
        finally:
            self._response = None
            response.close()

    def _take(self, event: WatchEvent) -> None:
        if event.type == "ERROR":
            raise Vanished(f"watch of {self._resource.path}: {bytes(event.object)[:200]!r}")
        self._heard = True
        if event.type == "BOOKMARK":
            self._version = msgspec.json.decode(event.object, type=Marked).metadata.resource_version
            return
        kept = self._kept(event.object)
        self._version = kept.version
        old = self._objects.get(kept.uid)
        self._put(old, None if event.type == "DELETED" else kept)


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Whole lines as they come; a last one that was cut off is dropped."""
    line = bytearray()
    while chunk := response.read1(CHUNK):
        for number, piece in enumerate(chunk.split(b"\n")):
            if number and line:
                yield bytes(line)
            line = line if not number else bytearray()
            line += piece
            if len(line) > LONGEST_LINE:
                raise Unavailable(f"a watch event longer than {LONGEST_LINE} bytes")
