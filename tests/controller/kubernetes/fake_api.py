"""An API server for pods that misbehaves as a test tells it to.

Why: a real one cannot be made to cut a line in half.
Never here: what a healthy API server does beyond lists, pages and watches.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import urllib3

POLL_SECONDS = 0.01
PATH = "/api/v1/pods"

Misdeed = Callable[["Handler"], None]


class FakeApi:
    """Keeps pods and everything that happened to them. A misdeed is done once, in place of the
    next list or watch."""

    def __init__(self) -> None:
        self.pods: dict[str, dict[str, Any]] = {}
        self.log: list[tuple[int, str, dict[str, Any]]] = []
        self.version = 100
        self.forgotten = 0
        self.asked: list[dict[str, str]] = []
        self.misdeeds: dict[str, deque[Misdeed]] = {"list": deque(), "watch": deque()}
        self.closing = Event()
        self.pools: list[urllib3.PoolManager] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.__dict__["api"] = self
        self._thread = Thread(target=self._server.serve_forever, args=(POLL_SECONDS,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        while self.pools:
            self.pools.pop().clear()

    def credentials(self) -> "PlainCredentials":
        """To ask this server; its connections end with it."""
        made = PlainCredentials(self.url)
        self.pools.append(made.pool)
        return made

    def put(self, name: str) -> None:
        """Makes or changes a pod."""
        self.version += 1
        kind = "MODIFIED" if name in self.pods else "ADDED"
        metadata = {"name": name, "uid": f"uid-{name}", "resourceVersion": str(self.version)}
        self.pods[name] = {"metadata": metadata}
        self.log.append((self.version, kind, self.pods[name]))

    def remove(self, name: str) -> None:
        """Deletes a pod."""
        self.version += 1
        gone = self.pods.pop(name)
        last = {"metadata": {**gone["metadata"], "resourceVersion": str(self.version)}}
        self.log.append((self.version, "DELETED", last))

    def bookmark(self) -> None:
        """Tells watchers how far they have come."""
        self.version += 1
        mark = {"metadata": {"resourceVersion": str(self.version)}}
        self.log.append((self.version, "BOOKMARK", mark))

    def forget(self) -> None:
        """Compacts: nobody can resume from before now."""
        self.version += 1
        self.forgotten = self.version

    def watches(self) -> list[dict[str, str]]:
        """The watches asked for so far."""
        return [one for one in self.asked if "watch" in one]


class Handler(BaseHTTPRequestHandler):
    """Serves lists and watches."""

    protocol_version = "HTTP/1.1"

    @property
    def api(self) -> FakeApi:
        """Whom it serves for."""
        api: FakeApi = self.server.__dict__["api"]
        return api

    def do_GET(self) -> None:
        self.query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        self.api.asked.append(self.query)
        kind = "watch" if "watch" in self.query else "list"
        misdeeds = self.api.misdeeds[kind]
        try:
            if misdeeds:
                self.close_connection = True
                misdeeds.popleft()(self)
            elif kind == "watch":
                self.watch()
            else:
                self.list()
        except OSError:
            self.close_connection = True

    def list(self) -> None:
        """One page."""
        begin, limit = int(self.query.get("continue", 0)), int(self.query["limit"])
        names = sorted(self.api.pods)
        more = str(begin + limit) if begin + limit < len(names) else ""
        metadata = {"resourceVersion": str(self.api.version), "continue": more}
        items = [self.api.pods[name] for name in names[begin : begin + limit]]
        self.answer(200, {"metadata": metadata, "items": items})

    def watch(self) -> None:
        """Everything since, for ever."""
        seen = int(self.query["resourceVersion"])
        if seen < self.api.forgotten:
            self.refuse(410)
            return
        self.begin()
        while not self.api.closing.is_set():
            for version, kind, pod in [one for one in self.api.log if one[0] > seen]:
                self.event(kind, pod)
                seen = version
            time.sleep(POLL_SECONDS)

    def begin(self) -> None:
        """The head of a watch."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def event(self, kind: str, thing: dict[str, Any]) -> None:
        """One event of a watch."""
        self.chunk(json.dumps({"type": kind, "object": thing}).encode() + b"\n")

    def chunk(self, data: bytes) -> None:
        """Any bytes of a watch."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def end(self) -> None:
        """The proper end of a watch."""
        self.wfile.write(b"0\r\n\r\n")

    def refuse(self, status: int, **headers: str) -> None:
        """An error as Kubernetes words it."""
        self.answer(status, {"kind": "Status", "code": status, "message": "no"}, **headers)

    def answer(self, status: int, document: dict[str, Any], **headers: str) -> None:
        """A whole answer."""
        body = json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class PlainCredentials:
    """Nobody in particular, without TLS."""

    def __init__(self, url: str, token: str = "secret-token") -> None:
        self.host = url
        self.pool = urllib3.PoolManager()
        self._token = token

    def headers(self) -> dict[str, str]:
        """A token that must never be told."""
        return {"Authorization": f"Bearer {self._token}"}
