"""Sets the stage: the local platform, the traffic, the scraper and rollctl itself.

Why: what is started must be ended in order, whatever happens in between.
Never here: the story, the view.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from analysis.verdict import Judgement
from controller.adapters.local.desk import Desk
from controller.adapters.local.leash import leashed
from controller.adapters.local.picture import NAMESPACE, key_of
from controller.adapters.local.supervisor import endpoints_file
from controller.adapters.local.watcher import LocalWatcher
from controller.adapters.local.writer import LocalWriter
from controller.adapters.scraper.recorder import Recorder
from controller.adapters.scraper.source import ScrapeSettings, ScrapeSource
from controller.app import own_version
from controller.demo.figures import Figures
from controller.demo.releases import (
    BAD,
    FIRST,
    GOOD,
    LABELS,
    NAME,
    REPLICAS,
    REQUESTS_PER_SECOND_OF_A_POD,
    Release,
)
from controller.engine.record import Rollout
from controller.engine.workload import WorkloadKey
from controller.loop import Loop
from controller.observe import Look, Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.journal import Journal
from controller.ports.trail import Trail
from controller.scraping import Scraping, metrics_of
from controller.telemetry import Telemetry
from policies.load import load
from policies.model import Policy

POLICY_FILE = Path(__file__).with_name("policy.yaml")
SCRAPE_SECONDS = 0.5
INGESTION_DELAY_SECONDS = 0.3
GRACE_SECONDS = 10.0


class WatchedObserver(Observer):
    """The observer, whose last look, and last look with a verdict, the demo may see."""

    latest: Look | None = None
    judged: Look | None = None

    def look(
        self, keys: Iterable[WorkloadKey], policies: Sequence[Policy], now: float
    ) -> list[Look]:
        """The same looks."""
        looks = super().look(keys, policies, now)
        self.latest = next(iter(looks), self.latest)
        self.judged = next((look for look in looks if look.sight.judgement), self.judged)
        return looks


class Stage(AbstractContextManager["Stage"]):
    """Everything that runs during the demo, in one directory."""

    def __init__(self, directory: Path, journal: Journal, trail: Trail) -> None:
        self.directory = directory
        self.key = key_of(NAME)
        self.policy = load([POLICY_FILE]).policies[0]
        self.watcher = LocalWatcher(directory)
        self._desk = Desk(directory)
        self._processes: list[subprocess.Popen[bytes]] = []
        source = ScrapeSource(ScrapeSettings(), Recorder(directory / "samples.om"))
        self._watcher_of_loop = LocalWatcher(directory)
        self._scraping = Scraping(
            source, self._watcher_of_loop, SCRAPE_SECONDS, lambda: metrics_of([self.policy])
        )
        self._source = source
        self.figures = Figures(source, self.policy, NAMESPACE)
        self._observer = WatchedObserver(self._watcher_of_loop, source, INGESTION_DELAY_SECONDS)
        self._loop = self._made_loop(journal, trail)
        self._thread = threading.Thread(target=self._loop.run, name="loop", daemon=True)

    def _made_loop(self, journal: Journal, trail: Trail) -> Loop:
        telemetry = Telemetry(own_version())
        return Loop(
            self._watcher_of_loop,
            PoliciesInForce([POLICY_FILE], telemetry),
            self._observer,
            Performer(LocalWriter(self.directory), journal, trail, telemetry, applies=True),
            telemetry,
            time.time,
        )

    def __enter__(self) -> Self:
        """Pushes the images, deploys the first version and starts every part."""
        for release in (FIRST, BAD, GOOD):
            self._desk.push(release.image, release.command())
        self._desk.create(NAME, FIRST.image, REPLICAS, LABELS)
        self._start("supervisor", "controller.adapters.local", str(self.directory))
        self._start("traffic", "controller.demo.traffic", *self._traffic_options())
        self.watcher.start()
        self._scraping.start()
        self._thread.start()
        return self

    def _traffic_options(self) -> tuple[str, ...]:
        targets = endpoints_file(self.directory, NAME)
        rate = str(REQUESTS_PER_SECOND_OF_A_POD)
        return ("--targets", str(targets), "--requests-per-second", rate)

    def _start(self, name: str, module: str, *options: str) -> None:
        command = leashed([sys.executable, "-m", module, *options], signal.SIGTERM)
        with (self.directory / f"{name}.log").open("wb") as log:
            # In a session of its own, or Ctrl-C would end it before it has tidied up.
            process = subprocess.Popen(  # noqa: S603 - our own modules, no input
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._processes.append(process)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends rollctl first, then the world it looked at, and waits for each."""
        self._loop.stop()
        # Or it would still report that the platform under it goes away.
        self._thread.join(GRACE_SECONDS)
        self._scraping.stop()
        for process in reversed(self._processes):
            process.terminate()
            process.wait(GRACE_SECONDS)
        self._source.close()

    def release(self, release: Release) -> None:
        """What a person or a pipeline does: another image."""
        self._desk.set_image(NAME, release.image)

    @property
    def look(self) -> Look | None:
        """What rollctl saw last."""
        return self._observer.latest

    def judgement(self, rollout: Rollout | None) -> Judgement | None:
        """What was said last of this rollout; it stays in sight when the rollout is over."""
        judged = self._observer.judged
        if judged is None or rollout is None or judged.sight.rollout.id != rollout.id:
            return None
        return judged.sight.judgement

    def faults(self) -> tuple[str, ...]:
        """Parts that have died."""
        names = [str(p.args) for p in self._processes if p.poll() is not None]
        return (*names, *(() if self._thread.is_alive() else ("the loop",)))
