"""The service's own HTTP side."""

import asyncio
import socket

import pytest
import requests
from starlette.types import Message, Scope

from controller.telemetry import Telemetry
from controller.web import WebServer, application


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
