"""The desk for webhooks behind a real server, and who posts to it.

Why: its laws and the table of its faults post to the same thing.
Never here: laws.
"""

import base64
import hmac
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import requests

from controller.engine.builds.build import CiAnswer
from controller.telemetry import Telemetry
from controller.web import application
from controller.web_server import WebServer
from controller.webhook_desk import WebhookDesk
from tests.fakes import FakeClock

SECRET, NEXT_SECRET = "of-the-testbed-and-long", "the-one-that-follows"
PUSH = json.dumps({"repository": "ghcr.io/shop/web", "tag": "v1.3.0"}).encode()
DIGEST = "sha256:" + "a" * 64
VERDICT = json.dumps({"digest": DIGEST, "verdict": "passed"}).encode()


@dataclass
class FakeWatch:
    """Knows one repository."""

    nudged: list[str] = field(default_factory=list)
    said: list[tuple[str, CiAnswer]] = field(default_factory=list)

    def nudge(self, concerns: Callable[[str], bool]) -> int:
        found = [name for name in ("ghcr.io/shop/web",) if concerns(name)]
        self.nudged += found
        return len(found)

    def post(self, digest: str, answer: CiAnswer) -> None:
        self.said.append((digest, answer))


@dataclass
class Served:
    """A desk behind a real server."""

    address: str
    watch: FakeWatch
    clock: FakeClock
    secret_file: Path

    def post(self, body: bytes = PUSH, path: str = "registry", **headers: str) -> requests.Response:
        """The answer to a post with these headers, their _ written for -."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        url = f"{self.address}/webhooks/{path}"
        return requests.post(url, data=body, headers=named, timeout=10)

    def signed(self, body: bytes, message: str, at: float, path: str) -> requests.Response:
        """The same, signed as Standard Webhooks say."""
        stamp = str(int(at))
        content = b".".join((message.encode(), stamp.encode(), body))
        mac = base64.b64encode(hmac.new(SECRET.encode(), content, sha256).digest()).decode()
        headers = {"webhook_id": message, "webhook_timestamp": stamp}
        return self.post(body, path, **headers, webhook_signature=f"v1,{mac}")


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """A desk with one secret, until the end."""
    secret_file = folder / "secret"
    secret_file.write_text(f"{SECRET}\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    watch, clock = FakeWatch(), FakeClock()
    desk = WebhookDesk(secret_file, watch, clock)
    server = WebServer(application(Telemetry("test"), str, str, desk), "127.0.0.1", port)
    server.start()
    try:
        yield Served(f"http://127.0.0.1:{port}", watch, clock, secret_file)
    finally:
        server.stop()


BEARER = f"Bearer {SECRET}"
