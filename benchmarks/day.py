"""A day of releases, one every few seconds, in virtual time: does anything grow?

Why: a leak that costs a megabyte an hour is seen by no test and by everybody's on-call.
Never here: a cluster; clock, pods and samples are played, everything else is what the service runs.

    python -m benchmarks.day --hours 24
"""

import argparse
import gc
import logging
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from controller.adapters.journal import SqliteJournal
from controller.adapters.retention import Retention
from controller.adapters.trail import SqliteTrail
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.telemetry import Telemetry
from tests.controller.engine.town import Town
from tests.fakes import FakeClock

WORKLOADS, STEP_SECONDS = 100, 5.0
BAD_ONE_IN = 97
"""So many releases are one bad one: more, and the brakes would end the day."""
JOURNAL_BYTES = 16_000_000
HOUR_SECONDS = 3600.0
COLUMNS = (
    "hour",
    "memory MB",
    "objects",
    "journal MB",
    "decisions",
    "rolled back",
    "defects",
    "CPU s",
)
POLICY = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: day}
spec:
  workloads: {kinds: [Deployment], selector: {matchLabels: {app: web}}}
  analysis: {warmup: 15s, interval: 15s, limit: 6m, hold: 50%, startupDeadline: 2m}
  metrics:
    - name: errors
      ratio: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}
      tolerance: 3pp
"""


@dataclass
class Day:
    """A controller, its town and its files."""

    folder: Path

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.town = Town(self.clock, WORKLOADS, BAD_ONE_IN)
        self.clock.now += HOUR_SECONDS
        policies = self.folder / "policy.yaml"
        policies.write_text(POLICY)
        self.journal = self.folder / "journal.db"
        retention = Retention(bytes=JOURNAL_BYTES)
        self.telemetry = Telemetry("day")
        journal, trail = (
            SqliteJournal(self.journal, retention),
            SqliteTrail(self.journal, retention),
        )
        performer = Performer(self.town, journal, trail, self.telemetry, applies=True)
        in_force = PoliciesInForce([policies], self.telemetry)
        observer = Observer(self.town, self.town, 0.0)
        self.loop = Loop(self.town, in_force, observer, performer, self.telemetry, self.clock)

    def hour(self, every_seconds: float) -> None:
        """One hour, with a release every so many seconds."""
        until = self.clock.now + HOUR_SECONDS
        next_release = self.clock.now
        while self.clock.now < until:
            self.clock.now += STEP_SECONDS
            while next_release <= self.clock.now:
                self.town.release()
                next_release += every_seconds
            self.loop.tick(self.town.step())


def main() -> None:
    """Prints a line an hour."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--hours", type=int, default=24)
    asked.add_argument("--every-seconds", type=float, default=5.0)
    given = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        day = Day(Path(folder))
        print(" ".join(f"{name:>12}" for name in COLUMNS), flush=True)
        for hour in range(1, given.hours + 1):
            began = time.process_time()
            day.hour(given.every_seconds)
            print(_line(hour, day, time.process_time() - began), flush=True)
        print("the last releases:", dict(day.town.ends()))


def _line(hour: int, day: Day, cpu_seconds: float) -> str:
    gc.collect()
    memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    held = [
        _count(day, "decisions"),
        _count(day, "decisions", act="RollBack"),
        _count(day, "defects"),
    ]
    kept = [memory / 1e6, len(gc.get_objects()), day.journal.stat().st_size / 1e6]
    return " ".join(f"{number:>12,.0f}" for number in (hour, *kept, *held, cpu_seconds))


def _count(day: Day, name: str, **labels: str) -> float:
    samples = (one for metric in day.telemetry.registry.collect() for one in metric.samples)
    return sum(
        one.value
        for one in samples
        if one.name == f"rollctl_{name}_total" and labels.items() <= one.labels.items()
    )


if __name__ == "__main__":
    main()
