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

from controller.adapters.certificate.renewal import Renewal
from controller.adapters.journal import SqliteJournal
from controller.adapters.pasts import SqlitePasts
from controller.adapters.retention import Retention
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
from controller.ports.viewers import Viewers
from controller.status_desk import StatusDesk
from controller.telemetry import Telemetry
from controller.web import application
from controller.web_server import WebServer
from controller.webhook_desk import WebhookDesk

LONGEST_SILENCE_SECONDS = 120.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a service is made of, whatever the platform and the source. `namespaces` are those that are
    watched, none for all; without `viewers` nobody may see the status."""

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
    viewers: Viewers | None = None
    namespaces: Sequence[str] = ()
    certificate: Renewal | None = None


class Service:
    """A loop with its web side, ready to run. With a `DryRun` writer it only tells."""

    def __init__(self, parts: Parts, clock: Callable[[], float] = time.time) -> None:
        self.telemetry = Telemetry(own_version())
        dry = isinstance(parts.writer, DryRun)
        adapt = without_hold if dry else tuple
        self.policies = PoliciesInForce(parts.policy_paths, self.telemetry, adapt)
        threads = (parts.historian, parts.builds, parts.courier, parts.certificate)
        self._threads = [one for one in threads if one]
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
        self._status_desk = self._who_asks(parts)
        self._certificate = parts.certificate
        if parts.certificate is not None:
            self._measure(parts.certificate)
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

    def _who_asks(self, parts: Parts) -> StatusDesk | None:
        if parts.viewers is None:
            return None
        return StatusDesk(parts.watcher, parts.viewers, parts.namespaces, self.unready)

    def _measure(self, certificate: Renewal) -> None:
        self.telemetry.certificate_ends.set_function(lambda: certificate.expires_at)
        self.telemetry.certificate_stale.set_function(lambda: bool(certificate.trouble))

    def unwell(self) -> str:
        """Why the service should be restarted."""
        silent = self._clock() - self.loop.alive_at
        if self.loop.alive_at and silent > LONGEST_SILENCE_SECONDS:
            return f"the loop has done nothing for {silent:.0f} s"
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
        desks = (self._desk, self._status_desk)
        pages = application(self.telemetry, self.unwell, self.unready, *desks)
        context = self._certificate.context if self._certificate is not None else None
        web = WebServer(pages, host, port, context)
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


def open_journal(path: str | None, retention: Retention | None = None) -> SqliteJournal:
    """The journal at this path, in memory without one. Raises JournalError."""
    return SqliteJournal(path or ":memory:", retention)


def open_trail(path: str | None, retention: Retention | None = None) -> Trail:
    """The trail of looks in the journal's file, none without one."""
    return SqliteTrail(path, retention) if path else NoTrail()


def open_pasts(path: str | None) -> SqlitePasts:
    """What was learned of pasts, beside the journal at this path. Raises PastsError."""
    return SqlitePasts(path or ":memory:")
