"""A small HTTP service with chosen faults and honest Prometheus metrics.

Why: the demo releases it and a test pod is one process of it: both need what really serves.
Never here: anything but the standard library; a hundred of these run at once, soon started.
"""

import argparse
import asyncio
import os
import random
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LATENCY_SPREAD = 0.35
LARGEST_HEAD_BYTES = 16_384
DRAIN_SECONDS = 1.0
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Behaviour:
    """How one version of the service behaves."""

    version: str = "v1"
    error_ratio: float = 0.0
    latency_seconds: float = 0.004
    slow_ratio: float = 0.0
    slow_seconds: float = 0.0
    memory_bytes: int = 0
    crash_after_seconds: float = 0.0
    jobs_per_second: float = 5.0


@dataclass
class Tally:
    """What the process has done since it started, as Prometheus counts it."""

    version: str
    started_at: float = field(default_factory=time.time)
    by_code: dict[int, int] = field(default_factory=lambda: {200: 0, 500: 0})
    buckets: list[int] = field(default_factory=lambda: [0] * len(BUCKETS_SECONDS))
    seconds: float = 0.0
    jobs: int = 0

    def served(self, code: int, seconds: float) -> None:
        """Counts one answered request."""
        self.by_code[code] += 1
        self.seconds += seconds
        for place, bound in enumerate(BUCKETS_SECONDS):
            if seconds <= bound:
                self.buckets[place] += 1
                return

    def exposition(self) -> str:
        """Every metric in the Prometheus text format."""
        lines = [*self._requests(), *self._durations(), *self._process()]
        return "\n".join(lines) + "\n"

    def _requests(self) -> list[str]:
        head = _head("http_requests_total", "counter", "Requests answered.")
        return head + [
            f'http_requests_total{{code="{code}",route="/"}} {n}'
            for code, n in self.by_code.items()
        ]

    def _durations(self) -> list[str]:
        name = "http_request_duration_seconds"
        lines, below = _head(name, "histogram", "Time to answer."), 0
        for bound, count in zip(BUCKETS_SECONDS, self.buckets, strict=True):
            below += count
            lines.append(f'{name}_bucket{{route="/",le="{bound}"}} {below}')
        total = sum(self.by_code.values())
        lines.append(f'{name}_bucket{{route="/",le="+Inf"}} {total}')
        return [
            *lines,
            f'{name}_sum{{route="/"}} {self.seconds}',
            f'{name}_count{{route="/"}} {total}',
        ]

    def _process(self) -> list[str]:
        return [
            *_head("jobs_done_total", "counter", "Background jobs done."),
            f"jobs_done_total {self.jobs}",
            *_head("process_resident_memory_bytes", "gauge", "Memory in use."),
            f"process_resident_memory_bytes {_resident_bytes()}",
            *_head("process_cpu_seconds_total", "counter", "Processor time used."),
            f"process_cpu_seconds_total {time.process_time()}",
            *_head("process_start_time_seconds", "gauge", "Start, as seconds since the epoch."),
            f"process_start_time_seconds {self.started_at}",
            *_head("app_info", "gauge", "The version that runs."),
            f'app_info{{version="{self.version}"}} 1',
        ]


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _resident_bytes() -> int:
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE")
    except OSError:
        return 0


class Service:
    """One running version: decides each answer and counts it."""

    def __init__(self, behaviour: Behaviour, seed: int | None = None) -> None:
        self.behaviour = behaviour
        self.tally = Tally(behaviour.version)
        self.connections: set[Connection] = set()
        self._random = random.Random(seed)
        self._ballast = _touched(behaviour.memory_bytes)

    def decide(self) -> tuple[int, float]:
        """The code of the next answer and how long it takes."""
        code = 500 if self._random.random() < self.behaviour.error_ratio else 200
        slow = self._random.random() < self.behaviour.slow_ratio
        middle = self.behaviour.slow_seconds if slow else self.behaviour.latency_seconds
        return code, middle * self._random.lognormvariate(0.0, LATENCY_SPREAD)

    def work(self) -> None:
        """Does one background job and plans the next."""
        if self.behaviour.jobs_per_second > 0:
            pause = self._random.expovariate(self.behaviour.jobs_per_second)
            asyncio.get_running_loop().call_later(pause, self._job_done)

    def _job_done(self) -> None:
        self.tally.jobs += 1
        self.work()


def _touched(size: int) -> bytearray:
    # Pages that nobody wrote to are not resident, so the gauge would not show them.
    ballast = bytearray(size)
    ballast[::4096] = b"\x01" * len(ballast[::4096])
    return ballast


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests are answered in the order they came."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._unread = b""
        self._skip_bytes = 0
        self._busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remembers where to answer."""
        self._transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """Forgets the visitor; an answer under way goes nowhere."""
        self._service.connections.discard(self)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Cuts the stream into requests and answers the first."""
        self._unread += data
        self._cut()
        if not self._busy:
            self._next()

    def close_when_idle(self) -> None:
        """Hangs up unless an answer is under way."""
        if not self._busy and self._transport is not None:
            self._transport.close()

    def _cut(self) -> None:
        while True:
            dropped = min(self._skip_bytes, len(self._unread))
            self._unread, self._skip_bytes = self._unread[dropped:], self._skip_bytes - dropped
            head, end, rest = self._unread.partition(b"\r\n\r\n")
            if not end:
                break
            self._unread, self._skip_bytes = rest, _body_bytes(head)
            self._waiting.append(head)
        if len(self._unread) > LARGEST_HEAD_BYTES and self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        if not self._waiting:
            return
        head = self._waiting.popleft()
        path = _path(head)
        stay = not _hangs_up(head)
        if path == b"/":
            self._serve(stay=stay)
        elif path == b"/metrics":
            self._answer(
                200, self._service.tally.exposition().encode(), stay=stay, kind=METRICS_TYPE
            )
        elif path == b"/healthz":
            self._answer(200, b"ok\n", stay=stay)
        else:
            self._answer(404 if path else 400, b"no such page\n", stay=stay and bool(path))

    def _serve(self, *, stay: bool) -> None:
        code, seconds = self._service.decide()
        self._busy = True
        answer = partial(self._served, code, self._loop.time(), stay=stay)
        self._loop.call_later(seconds, answer)

    def _served(self, code: int, began: float, *, stay: bool) -> None:
        self._busy = False
        self._service.tally.served(code, self._loop.time() - began)
        body = f"{self._service.behaviour.version}\n" if code == 200 else "failed\n"
        self._answer(code, body.encode(), stay=stay)

    def _answer(
        self, code: int, body: bytes, *, stay: bool, kind: str = "text/plain; charset=utf-8"
    ) -> None:
        if self._transport is None:
            return
        self._transport.write(_response(code, body, stay=stay, kind=kind))
        if not stay:
            self._transport.close()
            return
        self._next()


def _path(head: bytes) -> bytes:
    words = head.split(b"\r\n", 1)[0].split(b" ")
    return words[1].partition(b"?")[0] if len(words) == 3 else b""


def _body_bytes(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0


def _hangs_up(head: bytes) -> bool:
    lowered = head.lower()
    return b"connection: close" in lowered or lowered.split(b"\r\n", 1)[0].endswith(b"http/1.0")


REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}


def _response(code: int, body: bytes, *, stay: bool, kind: str) -> bytes:
    head = (
        f"HTTP/1.1 {code} {REASONS[code]}\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"Connection: {'keep-alive' if stay else 'close'}\r\n\r\n"
    )
    return head.encode() + body


async def serve(service: Service, address: str, port: int) -> None:
    """Serves until told to end, then lets the answers under way finish."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: Connection(service), address, port)
    if service.behaviour.crash_after_seconds > 0:
        loop.call_later(service.behaviour.crash_after_seconds, os._exit, 1)
    service.work()
    await ended.wait()
    server.close()
    await _drain(service, loop.time() + DRAIN_SECONDS)


async def _drain(service: Service, deadline: float) -> None:
    while service.connections and asyncio.get_running_loop().time() < deadline:
        for connection in tuple(service.connections):
            connection.close_when_idle()
        await asyncio.sleep(0.01)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs one version of the service."""
    options = _parser().parse_args(arguments)
    chosen = {name: getattr(options, name) for name in Behaviour.__dataclass_fields__}
    asyncio.run(serve(Service(Behaviour(**chosen), options.seed), options.address, options.port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m controller.demo.service", description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--seed", type=int)
    for name, value in vars(Behaviour()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    return parser


if __name__ == "__main__":
    main()
