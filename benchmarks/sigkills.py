"""Kills the controller by SIGKILL at random moments of releases on a real cluster, again and again.

Why: the crash points are tried in one process with fakes; here the API server, Prometheus, the disk and
the kernel are real, and nobody chose the moment.
Never here: fakes; what should come of a release, which an undisturbed round shows.

    python -m benchmarks.sigkills --kills 200
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from controller.adapters.journal import SqliteJournal
from controller.engine.workload import WorkloadKey
from tests.journeys.conftest import BAD, GOOD, REQUESTS_PER_SECOND
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed

LONGEST_LIFE_SECONDS, LONGEST_DEATH_SECONDS = 12.0, 1.0
ROUND_SECONDS = 400.0
ENDED = frozenset({"Promoted", "RolledBack"})
READY_SECONDS = 10.0
"""As slow as real pods: a rollout that is over before the controller is back is compared before with
after, which is another promise."""
BEHAVIOURS = {
    "bad": replace(BAD, ready_after_seconds=READY_SECONDS),
    "good": replace(GOOD, ready_after_seconds=READY_SECONDS),
}


@dataclass(frozen=True)
class End:
    """What one release has come to: the acts on record, in the journal and in Events since it began,
    how many writes there were, the image wanted, and whether it is paused."""

    acts: tuple[str, ...]
    journalled: tuple[str, ...]
    events: int
    writes: int
    is_back: bool
    paused: bool


class Fleet:
    """Some workloads under one controller, each with a release in each round."""

    def __init__(self, testbed: Testbed, folder: Path) -> None:
        self.journal = folder / "journal.db"
        kubeconfig, url = testbed.control_plane.kubeconfig, testbed.prometheus.url
        self.service = Rollctl(folder, kubeconfig, url, "--journal", str(self.journal))
        self._testbed = testbed
        self.journeys = [Journey(testbed, testbed.create_namespace(f"kills-{n}")) for n in range(4)]
        for journey in self.journeys:
            asked = policy(journey.namespace, limit="3m", startup="60s")
            write(self.service.policies, journey.namespace, asked)
            testbed.catalogue.publish("shop/web:v1", GOOD)
            journey.deploy("shop/web:v1")

    def released(self, number: int) -> Iterator[tuple[Journey, str, End]]:
        """Releases a bad or a good image everywhere; yields what each was, and what stood before."""
        for place, journey in enumerate(self.journeys):
            kind = "bad" if place % 2 else "good"
            image = f"shop/web:{kind}-{number}-{place}"
            self._testbed.catalogue.publish(image, BEHAVIOURS[kind])
            before = self.end(journey, journey.image())
            journey.release(image)
            yield journey, image, before

    def end(self, journey: Journey, before: str) -> End:
        """All there is of this workload so far."""
        record = journey.record
        return End(
            acts=tuple(journey.acts()),
            journalled=self._journalled(journey),
            events=len(journey.events()),
            writes=int(record.get("sequence", 0)),
            is_back=journey.image() == before,
            paused=journey.paused,
        )

    def _journalled(self, journey: Journey) -> tuple[str, ...]:
        if not self.journal.exists():
            return ()
        journal = SqliteJournal(self.journal)
        entries = journal.entries(WorkloadKey("Deployment", journey.namespace, "web"), 10_000)
        journal.close()
        return tuple(entry.decision.act.value for entry in reversed(entries))


def main() -> int:
    """Prints a line a round; 1 where any end differs from that of the undisturbed round."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    chance = random.Random(given.seed)
    with (
        tempfile.TemporaryDirectory(prefix="rollctl-kills-") as folder,
        Testbed.start(nodes=2) as testbed,
        testbed.start_traffic(REQUESTS_PER_SECOND, "web"),
    ):
        return _rounds(Fleet(testbed, Path(folder)), given.kills, chance)


def _rounds(fleet: Fleet, kills: int, chance: random.Random) -> int:
    fleet.service.start()
    expected, _ = _round(fleet, 0, None)
    print(f"undisturbed: {'; '.join(map(str, expected))}", flush=True)
    killed = number = wrong = 0
    while killed < kills:
        number += 1
        ends, times = _round(fleet, number, chance)
        killed += times
        differ = [(one, was) for one, was in zip(expected, ends, strict=True) if one != was]
        wrong += len(differ)
        print(f"round {number}: killed {times} times, {len(differ)} ends differ", flush=True)
        for one, was in differ:
            print(f"  expected {one}\n  found    {was}", flush=True)
    fleet.service.stop()
    releases = number * len(fleet.journeys)
    print(f"{killed} kills over {releases} releases: {wrong} ended otherwise than undisturbed")
    return int(wrong > 0)


def _round(fleet: Fleet, number: int, chance: random.Random | None) -> tuple[list[End], int]:
    """The ends of one round's releases, and how often the controller was killed meanwhile."""
    begun = list(fleet.released(number))
    until, kills = time.monotonic() + ROUND_SECONDS, 0
    while not all(journey.phase(image) in ENDED for journey, image, _ in begun):
        if time.monotonic() > until:
            raise AssertionError(f"round {number} never ended: {[j.acts() for j, _, _ in begun]}")
        if chance is None:
            time.sleep(1.0)
            continue
        time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
        fleet.service.kill()
        kills += 1
        time.sleep(chance.uniform(0.0, LONGEST_DEATH_SECONDS))
        fleet.service.spawn()
    return [_since(fleet, journey, image, before) for journey, image, before in begun], kills


def _since(fleet: Fleet, journey: Journey, image: str, before: End) -> End:
    """What came since, once everything is told; at most ten acts are on a record."""
    settled = time.monotonic() + 30.0
    while True:
        now = fleet.end(journey, image)
        writes, events = now.writes - before.writes, now.events - before.events
        journalled = now.journalled[len(before.journalled) :]
        if (len(journalled) >= writes and events >= writes) or time.monotonic() > settled:
            acts = now.acts[-writes:]
            return End(acts, journalled, events, writes, not now.is_back, now.paused)
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
