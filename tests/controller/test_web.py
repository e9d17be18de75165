"""The service's own HTTP side."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
import requests
from starlette.types import Message, Scope

from controller.telemetry import Telemetry
from controller.web import application
from controller.web_server import WebServer


def asked(path: str, unwell: str = "", unready: str = "") -> tuple[int, str]:
    """The status and the body of an answer, without a network."""
    app = application(Telemetry("test"), lambda: unwell, lambda: unready)
    sent: list[Message] = []

    async def ask() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope: Scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        await app({**scope, "query_string": b"", "root_path": ""}, receive, send)

    asyncio.run(ask())
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], body.decode()


@pytest.mark.parametrize(
    ("path", "unwell", "unready", "status"),
    [
        ("/livez", "", "", 200),
        ("/livez", "", "still starting", 200),
        ("/livez", "silent", "", 503),
        ("/readyz", "", "", 200),
        ("/readyz", "", "still starting", 503),
        ("/readyz", "silent", "", 503),
    ],
)
def test_alive_and_ready_are_two_things(path: str, unwell: str, unready: str, status: int) -> None:
    """What is not alive is restarted; what is not ready is only not asked; both say why."""
    assert asked(path, unwell, unready) == (status, unwell or (unready if status == 503 else "ok"))


def test_metrics_are_shown() -> None:
    """The page holds our own metrics, under our own prefix."""
    status, page = asked("/metrics")
    assert status == 200
    assert 'rollctl_build_info{version="test"} 1.0' in page


def test_an_address_that_is_taken_is_told() -> None:
    """A server that cannot listen says where, and one that can stops when told."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = WebServer(application(Telemetry("test"), str, str), "127.0.0.1", port)
        with pytest.raises(OSError, match=str(port)):
            server.start()
    server = WebServer(application(Telemetry("test"), str, str), "127.0.0.1", port)
    server.start()
    assert requests.get(f"http://127.0.0.1:{port}/livez", timeout=5).text == "ok"
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/livez", timeout=5)


@pytest.fixture
def url() -> Iterator[str]:
    """A running server's address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = WebServer(application(Telemetry("test"), str, str), "127.0.0.1", port)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/nowhere", "/%00"])
def test_no_answer_is_kept_guessed_at_framed_or_run(url: str, path: str) -> None:
    """Every answer, of a page that is not there too, says so; none says what serves it."""
    answer = requests.get(f"{url}{path}", timeout=5)
    told = {name.lower(): value for name, value in answer.headers.items()}
    assert told["x-content-type-options"] == "nosniff"
    assert told["cache-control"] == "no-store"
    assert told["x-frame-options"] == "DENY"
    assert "default-src 'none'" in told["content-security-policy"]
    assert "server" not in told
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_head_without_end_is_cut_off(url: str) -> None:
    """Headers of any length are not collected."""
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 5) as wire:
        wire.sendall(b"GET /livez HTTP/1.1\r\n" + b"X-Long: " + b"x" * 100_000)
        wire.settimeout(5)
        said = wire.recv(1_000)
    assert said.startswith(b"HTTP/1.1 400")
    assert requests.get(f"{url}/livez", timeout=5).text == "ok"


@pytest.mark.parametrize("path", ["/readyz", "/livez"])
def test_why_not_is_one_printable_line(path: str) -> None:
    """An error of the platform's in the answer of a probe ends up on the node's log."""
    status, page = asked(
        path, "evil\r\n\x1b[2J\u202e" if path == "/livez" else "", "evil\r\n\x1b[2J\u202e"
    )
    assert (status, page) == (503, "evil  �[2J�")
