"""What strangers may cost the service's port: slow ones, silent ones, many of them."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from controller import web_server
from controller.telemetry import Telemetry
from controller.web import application
from controller.web_server import WebServer
from tests.journeys.service import free_port

HEAD = b"GET /livez HTTP/1.1\r\nHost: here\r\n"


@dataclass(frozen=True)
class Served:
    """A port of the service, its patience shortened to a second."""

    port: int

    @contextlib.contextmanager
    def wire(self, first: bytes = b"") -> Iterator[socket.socket]:
        """A connection on which so much was sent."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as wire:
            wire.sendall(first)
            yield wire

    def is_well(self) -> bool:
        """Whether others are served at once."""
        began_at = time.monotonic()
        answer = requests.get(f"http://127.0.0.1:{self.port}/livez", timeout=5)
        return answer.text == "ok" and time.monotonic() - began_at < 2.0


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The service's pages."""
    monkeypatch.setattr(web_server, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(web_server, "KEEP_ALIVE_SECONDS", 1)
    monkeypatch.setattr(web_server, "UNREAD_SECONDS", 0.5)
    port = free_port()
    server = WebServer(application(Telemetry("test"), str, str), "127.0.0.1", port)
    server.start()
    yield Served(port)
    server.stop()


def is_cut_off(wire: socket.socket, within_seconds: float = 6.0) -> bool:
    """Whether the other side ends it soon, whatever it said before."""
    wire.settimeout(within_seconds)
    try:
        while wire.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def dripping(wire: socket.socket, byte: bytes, seconds: float = 6.0) -> bool:
    """Whether one who sends a byte now and then is cut off."""
    deadline = time.monotonic() + seconds
    wire.settimeout(0.2)
    while time.monotonic() < deadline:
        try:
            wire.sendall(byte)
            if wire.recv(65_536) == b"":
                return True
        except TimeoutError:
            continue
        except ConnectionError:
            return True
    return False


@pytest.mark.parametrize("first", [b"", b"G", HEAD, HEAD + b"\r\n"])
def test_who_says_no_more_is_cut_off(served: Served, first: bytes) -> None:
    """Before his head, within it, and after an answer; others are served meanwhile."""
    with served.wire(first) as wire:
        assert served.is_well()
        assert is_cut_off(wire)


def test_a_head_that_drips_is_cut_off(served: Served) -> None:
    """Each byte more does not buy more time."""
    with served.wire(HEAD) as wire:
        assert dripping(wire, b"X")


def test_a_second_head_that_drips_is_cut_off(served: Served) -> None:
    """Nor after a good request on the same connection."""
    with served.wire(HEAD + b"\r\n") as wire:
        answered = b""
        while not answered.endswith(b"ok"):
            answered += wire.recv(65_536)
        assert dripping(wire, b"G")


def test_a_body_that_nobody_wants_is_cut_off(served: Served) -> None:
    """One who is answered before his body is there cannot go on with it for ever."""
    with served.wire(HEAD + b"Content-Length: 1000\r\n\r\n") as wire:
        assert dripping(wire, b"x")


def test_an_answer_that_nobody_reads_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for much and reads nothing does not have it kept for him."""
    monkeypatch.setattr(web_server, "KEEP_ALIVE_SECONDS", 1)
    monkeypatch.setattr(web_server, "UNREAD_SECONDS", 0.5)
    text, port = "x" * 20_000_000, free_port()

    def much(_request: Request) -> PlainTextResponse:
        return PlainTextResponse(text)

    server = WebServer(Starlette(routes=[Route("/livez", much)]), "127.0.0.1", port)
    server.start()
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as wire:
            wire.sendall(HEAD + b"\r\n")
            wait_until(lambda: len(server._server.server_state.connections) == 1)
            wait_until(lambda: not server._server.server_state.connections)
    finally:
        server.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns once it holds; fails where it does not soon."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_there_is_no_more_room_than_there_is(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond so many connections one is told so, and when the silent ones are cut off there is room."""
    monkeypatch.setattr(web_server, "MOST_CONNECTIONS", 20)
    monkeypatch.setattr(web_server, "HEAD_SECONDS", 3.0)
    port = free_port()
    server = WebServer(application(Telemetry("test"), str, str), "127.0.0.1", port)
    server.start()
    try:
        with contextlib.ExitStack() as silent:
            for _ in range(20):
                silent.enter_context(socket.create_connection(("127.0.0.1", port), 10))
            assert requests.get(f"http://127.0.0.1:{port}/livez", timeout=5).status_code == 503
            wait_until(lambda: Served(port).is_well())
    finally:
        server.stop()


def test_slow_clients_do_not_hold_the_loop(served: Served) -> None:
    """A thread that ticks as the service's loop does keeps its beat beside two hundred slow ones."""
    gaps: list[float] = []
    stopping = threading.Event()

    def tick() -> None:
        before = time.monotonic()
        while not stopping.wait(0.02):
            gaps.append(time.monotonic() - before)
            before = time.monotonic()

    ticking = threading.Thread(target=tick)
    with contextlib.ExitStack() as slow:
        wires = [slow.enter_context(served.wire(b"GET /met")) for _ in range(200)]
        ticking.start()
        for _ in range(4):
            time.sleep(0.2)
            for wire in wires:
                with contextlib.suppress(ConnectionError):
                    wire.sendall(b"x")
        assert served.is_well()
        stopping.set()
        ticking.join()
    assert max(gaps) < 1.0
