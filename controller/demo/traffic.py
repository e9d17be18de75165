"""Visitors for the demo and the tests: a steady, open-loop stream to a changing set of targets.

Why: a verdict needs traffic, and the targets of a rollout come and go while it runs.
Never here: any judging of the answers beyond counting them; anything but the standard library.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

REREAD_SECONDS = 0.2
ANSWER_SECONDS = 15.0
MOST_CONNECTIONS = 256


@dataclass
class Score:
    """What came of the requests; `unanswered` are refused, cut or given up."""

    sent: int = 0
    succeeded: int = 0
    failed: int = 0
    unanswered: int = 0


class Visit(asyncio.Protocol):
    """One keep-alive connection that carries one request at a time."""

    def __init__(self, target: "Target") -> None:
        self._target = target
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self.busy_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remembers where to ask."""
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, request: bytes, now: float) -> None:
        """Sends one request."""
        self.busy_since, self._received = now, b""
        if self._transport is not None:
            self._transport.write(request)

    def hang_up(self) -> None:
        """Ends the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Collects the answer until it is whole."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if end and self.busy_since is not None and len(body) >= _content_length(head):
            self.busy_since = None
            self._target.answered(self, head[9:12])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """A connection that ends in the middle of a request answered nothing."""
        self._transport = None
        self._target.lost(self, unanswered=self.busy_since is not None)


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


class Target:
    """One address and the stream of requests to it."""

    def __init__(self, address: str, rate: float, score: Score, chance: random.Random) -> None:
        host, _, port = address.rpartition(":")
        self._host, self._port = host, int(port)
        self._request = f"GET / HTTP/1.1\r\nHost: {address}\r\n\r\n".encode()
        self._rate, self._score, self._chance = rate, score, chance
        self._loop = asyncio.get_running_loop()
        self._visits: set[Visit] = set()
        self._idle: list[Visit] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._timer = self._loop.call_later(chance.expovariate(rate), self._tick)

    def stop(self) -> None:
        """Sends nothing more; answers under way are still counted."""
        self._timer.cancel()
        for visit in self._idle:
            visit.hang_up()

    def give_up_on_slow(self, now: float) -> None:
        """Ends the requests that waited too long, so that none waits for ever."""
        for visit in tuple(self._visits):
            if visit.busy_since is not None and now - visit.busy_since > ANSWER_SECONDS:
                visit.hang_up()

    def answered(self, visit: Visit, code: bytes) -> None:
        """Counts an answer and keeps its connection for the next request."""
        if code == b"200":
            self._score.succeeded += 1
        else:
            self._score.failed += 1
        if self._timer.cancelled():
            visit.hang_up()
        else:
            self._idle.append(visit)

    def lost(self, visit: Visit, *, unanswered: bool) -> None:
        """Forgets a connection."""
        self._score.unanswered += unanswered
        self._visits.discard(visit)
        if visit in self._idle:
            self._idle.remove(visit)

    def _tick(self) -> None:
        # Open loop: real visitors do not wait for the answers that others get.
        self._timer = self._loop.call_later(self._chance.expovariate(self._rate), self._tick)
        self._score.sent += 1
        if self._idle:
            self._idle.pop().ask(self._request, self._loop.time())
        elif len(self._visits) + len(self._opening) < MOST_CONNECTIONS:
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)
        else:
            self._score.unanswered += 1

    async def _open(self) -> None:
        try:
            connecting = self._loop.create_connection(lambda: Visit(self), self._host, self._port)
            _, visit = await asyncio.wait_for(connecting, ANSWER_SECONDS)
        except (OSError, TimeoutError):
            self._score.unanswered += 1
            return
        self._visits.add(visit)
        visit.ask(self._request, self._loop.time())


class Crowd:
    """The streams to every target that the file names now."""

    def __init__(self, source: Path, rate: float, chance: random.Random) -> None:
        self._source, self._rate, self._chance = source, rate, chance
        self._stamp: tuple[int, int] | None = None
        self._targets: dict[str, Target] = {}
        self.score = Score()

    def follow(self) -> None:
        """Starts and ends streams as the file says; a missing file changes nothing."""
        try:
            state = self._source.stat()
            stamp = (state.st_mtime_ns, state.st_ino)
            if stamp != self._stamp:
                self._change(_addresses(self._source.read_text(encoding="utf-8")))
                self._stamp = stamp
        except FileNotFoundError:
            return

    def stop(self) -> None:
        """Ends every stream."""
        self._change(frozenset())

    def give_up_on_slow(self) -> None:
        """Ends the requests that waited too long."""
        now = asyncio.get_running_loop().time()
        for target in self._targets.values():
            target.give_up_on_slow(now)

    def _change(self, wanted: frozenset[str]) -> None:
        for address in self._targets.keys() - wanted:
            self._targets.pop(address).stop()
        for address in sorted(wanted - self._targets.keys()):
            # A chance of its own, so that one's coming and going moves no other's requests.
            chance = random.Random(self._chance.random())
            self._targets[address] = Target(address, self._rate, self.score, chance)


def _addresses(text: str) -> frozenset[str]:
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#"))


async def visit_all(crowd: Crowd) -> None:
    """Sends requests until told to end."""
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    while not ended.is_set():
        crowd.follow()
        crowd.give_up_on_slow()
        try:
            await asyncio.wait_for(ended.wait(), REREAD_SECONDS)
        except TimeoutError:
            continue
    crowd.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Visits until ended, then prints the score as one line of JSON."""
    options = _parser().parse_args(arguments)
    if options.requests_per_second <= 0:
        sys.exit("--requests-per-second must be above 0")
    crowd = Crowd(options.targets, options.requests_per_second, random.Random(options.seed))
    asyncio.run(visit_all(crowd))
    sys.stdout.write(json.dumps(asdict(crowd.score)) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m controller.demo.traffic", description=__doc__)
    parser.add_argument(
        "--targets", type=Path, required=True, help="a file with one host:port a line"
    )
    parser.add_argument("--requests-per-second", type=float, default=40.0, help="to each target")
    parser.add_argument("--seed", type=int)
    return parser


if __name__ == "__main__":
    main()
