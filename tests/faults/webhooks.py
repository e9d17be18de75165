"""What comes of posts that are wrong: what their sender is told, and what is done.

Why: whoever sets up a registry's webhook reads the answer, not the code; a stranger reads it too.
Never here: laws of the desk (tests/controller/test_webhook_desk.py).
"""

import gzip
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import requests

from controller import web
from controller.webhook_desk import MOST_A_MINUTE
from controller.webhooks.received import MOST_BODY_BYTES
from controller.webhooks.signatures import REPLAY_SECONDS
from tests.controller.webhooks.served import BEARER, PUSH, VERDICT, Served, serving
from tests.fakes import NOW

HEAD = "| post | its sender is told | what is done |\n|---|---|---|"
SLOW_SECONDS = 0.5
DEEP = b'{"repository":' + b"[" * 50_000

Answer = tuple[int, str]
Post = Callable[[Served], Answer]


def _told(answer: requests.Response) -> Answer:
    return answer.status_code, answer.text.strip()


def _stranger(served: Served) -> Answer:
    return _told(served.post(PUSH))


def _wrong_signature(served: Served) -> Answer:
    return _told(served.post(PUSH, x_hub_signature_256="sha256=" + "0" * 64))


def _wrong_token(served: Served) -> Answer:
    return _told(served.post(PUSH, authorization="Bearer nobody-we-know"))


def _changed(served: Served) -> Answer:
    """Signed, then changed on its way."""
    signed = served.signed(VERDICT, "m1", NOW, "ci").request
    signed.body = VERDICT.replace(b"passed", b"failed")
    served.watch.said.clear()
    return _told(requests.Session().send(signed, timeout=10))


def _replayed(served: Served) -> Answer:
    served.signed(VERDICT, "m1", NOW, "ci")
    served.watch.said.clear()
    return _told(served.signed(VERDICT, "m1", NOW, "ci"))


def _late(served: Served) -> Answer:
    served.clock.now += REPLAY_SECONDS + 1
    return _told(served.signed(VERDICT, "m1", NOW, "ci"))


def _large(served: Served) -> Answer:
    return _told(served.post(b"x" * (MOST_BODY_BYTES + 1), authorization=BEARER))


def _large_in_pieces(served: Served) -> Answer:
    pieces = (b"x" * 1_024 for _ in range(MOST_BODY_BYTES // 1_024 + 1))
    url = f"{served.address}/webhooks/registry"
    return _told(requests.post(url, pieces, headers={"authorization": BEARER}, timeout=10))


def _with(body: bytes, path: str = "registry", **headers: str) -> Post:
    return lambda served: _told(served.post(body, path, authorization=BEARER, **headers))


def _slow(served: Served) -> Answer:
    """A byte now and then, for longer than a body may take."""
    parts = urlsplit(served.address)
    head = f"POST /webhooks/registry HTTP/1.1\r\nHost: x\r\nAuthorization: {BEARER}\r\n"
    with socket.create_connection((parts.hostname, parts.port or 0), timeout=10) as line:
        line.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
        for _ in range(4):
            time.sleep(SLOW_SECONDS / 4)
            line.sendall(b" ")
        answer = HTTPResponse(line)
        answer.begin()
        return answer.status, answer.read().decode().strip()


def _burst(served: Served) -> Answer:
    for _ in range(MOST_A_MINUTE):
        served.post(b"{}")
    return _told(served.post(PUSH, authorization=BEARER))


POSTS: dict[str, Post] = {
    "of an unknown sender, not signed": _stranger,
    "with a wrong signature": _wrong_signature,
    "with a wrong token": _wrong_token,
    "changed on its way": _changed,
    "the same again (a retry, a replay)": _replayed,
    "signed more than five minutes ago": _late,
    "too large": _large,
    "too large, in pieces, its length not told": _large_in_pieces,
    "JSON that is cut short": _with(PUSH[:-10]),
    "nested 50,000 deep": _with(DEEP),
    "compressed": _with(gzip.compress(PUSH), content_encoding="gzip"),
    "of a form that nobody sends": _with(b'{"hello": "world"}'),
    "a push, where CIs post": _with(PUSH, "ci"),
    "of a repository that no policy names": _with(b'{"repository": "ghcr.io/a/b", "tag": "v1"}'),
    "a body that comes byte by byte": _slow,
    f"one of more than {MOST_A_MINUTE} in a minute, whoever sent the others": _burst,
}


def row(post: str) -> str:
    """One line of the table."""
    before, web.BODY_SECONDS = web.BODY_SECONDS, SLOW_SECONDS
    try:
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served:
            status, text = POSTS[post](served)
            done = "looked at" if served.watch.nudged else "believed" if served.watch.said else ""
    finally:
        web.BODY_SECONDS = before
    told = text.replace("|", "/").replace(f"within {SLOW_SECONDS:.0f} s", f"within {before:.0f} s")
    return f"| {post} | `{status} {told}` | {done or 'nothing'} |"


def table() -> str:
    """All posts."""
    return "\n".join(["### webhooks", "", HEAD, *rows()])


def rows() -> Iterator[str]:
    """A line a post."""
    yield from map(row, POSTS)
