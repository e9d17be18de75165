"""Answers who asks over HTTP what runs where, and what is compared: `rollctl status -o json` of the
service's own picture.

Why: a dashboard or a pipeline should need neither our annotations nor a way to the API server.
Never here: HTTP, layout of the document, who may see what.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from controller.ports.platform import Sighting, Watcher
from controller.ports.viewers import NotAllowed, Undecided, Unknown, Viewers
from controller.reply import JSON, Reply
from controller.show.document import as_json, documents
from controller.show.seen import known

MOST_AT_ONCE = 8
"""So many are answered at once, so that those who wait for an API server leave probes their threads."""
NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
STARTING_SECONDS = 5
REALM = 'Bearer realm="rollctl"'

NOT_SERVED = Reply(
    404,
    "the status API is not served: run rollctl with --status-api, so that the API server says who may"
    " see it, or with --api-token-file (docs/security.md)",
)


class StatusDesk:
    """May be used by several threads."""

    def __init__(
        self,
        watcher: Watcher,
        viewers: Viewers,
        namespaces: Sequence[str],
        unready: Callable[[], str],
    ) -> None:
        """`namespaces` are those that are watched, none for all; `unready` says why the picture may be
        old, "" while it is fresh."""
        self._watcher = watcher
        self._viewers = viewers
        self._namespaces = frozenset(namespaces)
        self._unready = unready
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        # A document of ten thousand workloads is 20 MB, and much more while it is made.
        self._writing = threading.Lock()

    def answer(self, authorization: str, asked: Mapping[str, Sequence[str]]) -> Reply:
        """What is told to who sends this header with these parameters."""
        if not self._places.acquire(blocking=False):
            return Reply(503, f"{MOST_AT_ONCE} requests are being answered; try again", 1)
        try:
            return self._answered(authorization, asked)
        finally:
            self._places.release()

    def _answered(self, authorization: str, asked: Mapping[str, Sequence[str]]) -> Reply:
        wrong = _wrong(asked)
        if wrong:
            return Reply(400, wrong)
        (namespace,) = asked.get("namespace", ("",))
        return self._refusal(_token(authorization), namespace) or self._told(namespace)

    def _refusal(self, token: str, namespace: str) -> Reply | None:
        try:
            self._viewers.admit(token, namespace)
        except Unknown as error:
            challenge = f'{REALM}, error="invalid_token"' if token else REALM
            return Reply(401, str(error), challenge=challenge)
        except NotAllowed as error:
            return Reply(403, str(error))
        except Undecided as error:
            return Reply(503, str(error), error.wait_seconds)
        return None

    def _told(self, namespace: str) -> Reply:
        if namespace and self._namespaces and namespace not in self._namespaces:
            watched = ", ".join(sorted(self._namespaces))
            return Reply(404, f"rollctl does not watch the namespace {namespace}, but {watched}")
        why_not = self._unready()
        if why_not:
            return Reply(
                503, f"what is seen of the platform may be old: {why_not}", STARTING_SECONDS
            )
        with self._writing:
            text = as_json(documents(known(self._sightings(namespace))))
        return Reply(200, text, media_type=JSON)

    def _sightings(self, namespace: str) -> Iterator[Sighting]:
        keys = self._watcher.keys()
        for key in [one for one in keys if namespace in ("", one.namespace)]:
            workload = self._watcher.workload(key)
            if workload is not None:
                yield Sighting(workload, self._watcher.findings_text(key))


def _wrong(asked: Mapping[str, Sequence[str]]) -> str:
    """A parameter that is misspelled must not show more than was meant."""
    strange = sorted(set(asked) - {"namespace"})
    if strange:
        return f"there is no parameter {', '.join(repr(one[:64]) for one in strange[:3])}; there is namespace"
    names = asked.get("namespace", ("",))
    if len(names) > 1:
        return "name one namespace, or none for all"
    if "namespace" in asked and not NAME.fullmatch(names[0]):
        return f"namespace={names[0][:64]!r} is no name of a namespace"
    return ""


def _token(authorization: str) -> str:
    scheme, _space, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
