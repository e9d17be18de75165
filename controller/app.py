"""The composition root: which part is made of what.

Why: every other module takes what it needs; only this one chooses.
Never here: behaviour.
"""

import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import structlog

from controller.adapters.journal import SqliteJournal
from controller.adapters.pasts import SqlitePasts
from controller.adapters.trail import SqliteTrail
from controller.builds_watch import BuildsWatch
from controller.courier import Courier
from controller.dry_run import DryRun, without_hold
from controller.historian import Historian
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.journal import Journal
from controller.ports.lease import Alone, Candidate
from controller.ports.metrics import MetricSource
from controller.ports.platform import Watcher, Writer
from controller.ports.trail import NoTrail, Trail
from controller.telemetry import Telemetry
from controller.web import WebServer, application
from controller.webhook_desk import WebhookDesk

LATEST_TICK_SECONDS = 120.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of, whatever the platform and the source."""

    watcher: Watcher
    writer: Writer
    source: MetricSource
    policy_paths: Sequence[Path]
    journal: Journal
    trail: Trail
    ingestion_delay_seconds: float
    historian: Historian | None = None
    builds: BuildsWatch | None = None
    desk: WebhookDesk | None = None
    courier: Courier | None = None
    election: Candidate | None = None


class Service:
    """A loop with its web side, ready to run. With a `DryRun` writer it only tells."""

    def __init__(self, parts: Parts, clock: Callable[[], float] = time.time) -> None:
        self.telemetry = Telemetry(own_version())
        dry = isinstance(parts.writer, DryRun)
        adapt = without_hold if dry else tuple
        self.policies = PoliciesInForce(parts.policy_paths, self.telemetry, adapt)
        self._threads = [one for one in (parts.historian, parts.builds, parts.courier) if one]
        observer = Observer(
            parts.watcher,
            parts.source,
            parts.ingestion_delay_seconds,
            parts.historian,
            parts.builds,
            parts.courier,
        )
        performer = Performer(
            parts.writer, parts.journal, parts.trail, self.telemetry, applies=not dry
        )
        # Counted when somebody asks: sorting ten thousand keys in each tick would cost more.
        self.telemetry.workloads.set_function(lambda: len(parts.watcher.keys()))
        self.telemetry.stale.set_function(lambda: bool(parts.watcher.trouble()))
        self.telemetry.shards.set((parts.election or Alone()).shards)
        self._desk = parts.desk
        self._watcher = parts.watcher
        self._clock = clock
        self._election = parts.election
        self.loop = Loop(
            parts.watcher,
            self.policies,
            observer,
            performer,
            self.telemetry,
            clock,
            parts.election,
        )
        self._stopping = threading.Event()

    def unwell(self) -> str:
        """Why the service should be restarted."""
        silent = self._clock() - self.loop.ticked_at
        if self.loop.ticked_at and silent > LATEST_TICK_SECONDS:
            return f"the loop has not ticked for {silent:.0f} s"
        return ""

    def unready(self) -> str:
        """Why the service does not do its work now."""
        if self._stopping.is_set():
            return "stopping"
        return self._watcher.trouble() or ("" if self.loop.ticked_at else "still starting")

    def stop(self) -> None:
        """Fails readiness, decides nothing new, ends after the change in flight."""
        self._stopping.set()
        self.loop.stop()

    def run(self, host: str, port: int) -> None:
        """Runs until SIGTERM or SIGINT. Raises PlatformError and OSError at the start."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        pages = application(self.telemetry, self.unwell, self.unready, self._desk)
        web = WebServer(pages, host, port)
        web.start()
        for thread in self._threads:
            thread.start()
        try:
            if self._election is not None:
                self._election.start()
            self.loop.run()
        finally:
            for thread in self._threads:
                thread.stop()
            # Last, when nothing of ours writes any more.
            if self._election is not None:
                self._election.stop()
            web.stop()


def dry(parts: Parts) -> Parts:
    """The same service, which writes nothing, to no registry either, and need not lead."""
    shadow = DryRun(parts.watcher)
    return replace(parts, watcher=shadow, writer=shadow, courier=None, election=None)


def own_version() -> str:
    """The version of what is installed."""
    try:
        return version("rollctl")
    except PackageNotFoundError:
        return "uninstalled"


def identity() -> str:
    """The name this controller signs with, which no other process has."""
    return f"{socket.gethostname()}_{secrets.token_hex(4)}"


def open_journal(path: str | None) -> SqliteJournal:
    """The journal at this path, in memory without one. Raises JournalError."""
    return SqliteJournal(path or ":memory:")


def open_trail(path: str | None) -> Trail:
    """The trail of looks in the journal's file, none without one."""
    return SqliteTrail(path) if path else NoTrail()


def open_pasts(path: str | None) -> SqlitePasts:
    """What was learned of pasts, beside the journal at this path. Raises PastsError."""
    return SqlitePasts(path or ":memory:")
