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
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from controller.adapters.journal import SqliteJournal
from controller.engine.workload import WorkloadKey
from tests.journeys.conftest import BAD, GOOD, REQUESTS_PER_SECOND
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed

LONGEST_LIFE_SECONDS, LONGEST_DEATH_SECONDS = 12.0, 1.0
ROUND_SECONDS, TOLD_SECONDS = 400.0, 40.0
KINDS = ("good", "bad", "good", "bad")
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
    """What one release has come to: the acts on record and in the journal, how many Events and writes
    there were, whether the image from before is wanted again, and whether it is paused."""

    acts: tuple[str, ...]
    journalled: tuple[str, ...]
    events: int
    writes: int
    is_back: bool
    paused: bool


class Fleet:
    """A controller, and in each round some workloads of their own: one that was rolled back three times
    within an hour is left to people."""

    def __init__(self, testbed: Testbed, folder: Path) -> None:
        self.journal = folder / "journal.db"
        kubeconfig, url = testbed.control_plane.kubeconfig, testbed.prometheus.url
        self.service = Rollctl(folder, kubeconfig, url, "--journal", str(self.journal))
        self._testbed = testbed

    @contextmanager
    def releases(self, number: int) -> Iterator[list["Release"]]:
        """Workloads that run their first image, each with the one that comes next."""
        made = [self._deployed(f"kills-{number}-{place}", kind) for place, kind in enumerate(KINDS)]
        self.service.wait_ready()
        last = made[-1].journey.namespace
        self._testbed.wait(lambda: self.service.governs(last), 30.0, "the policies were not loaded")
        yield made
        for release in made:
            self._testbed.delete_deployment(release.journey.namespace, "web")
            (self.service.policies / f"{release.journey.namespace}.yaml").unlink()

    def _deployed(self, name: str, kind: str) -> "Release":
        journey = Journey(self._testbed, self._testbed.create_namespace(name))
        asked = policy(journey.namespace, limit="3m", startup="60s")
        write(self.service.policies, journey.namespace, asked)
        image = f"shop/web:{journey.namespace}"
        self._testbed.catalogue.publish("shop/web:v1", GOOD)
        self._testbed.catalogue.publish(image, BEHAVIOURS[kind])
        journey.deploy("shop/web:v1")
        return Release(journey, image)

    def end(self, release: "Release") -> End:
        """All that has come of this release so far."""
        journey = release.journey
        return End(
            acts=tuple(journey.acts()),
            journalled=self._journalled(journey),
            events=len(journey.events()),
            writes=int(journey.record.get("sequence", 0)),
            is_back=journey.image() != release.image,
            paused=journey.paused,
        )

    def _journalled(self, journey: Journey) -> tuple[str, ...]:
        journal = SqliteJournal(self.journal)
        entries = journal.entries(WorkloadKey("Deployment", journey.namespace, "web"), 1_000)
        journal.close()
        return tuple(entry.decision.act.value for entry in reversed(entries))


@dataclass(frozen=True)
class Release:
    """A workload and the image that it gets."""

    journey: Journey
    image: str

    def has_ended(self) -> bool:
        """Whether its rollout is over."""
        return self.journey.phase(self.image) in ENDED


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
    releases = number * len(KINDS)
    print(f"{killed} kills over {releases} releases: {wrong} ended otherwise than undisturbed")
    return int(wrong > 0)


def _round(fleet: Fleet, number: int, chance: random.Random | None) -> tuple[list[End], int]:
    """The ends of one round's releases, and how often the controller was killed meanwhile."""
    with fleet.releases(number) as releases:
        for release in releases:
            release.journey.release(release.image)
        until, kills = time.monotonic() + ROUND_SECONDS, 0
        while not all(release.has_ended() for release in releases):
            if time.monotonic() > until:
                acts = [release.journey.acts() for release in releases]
                raise AssertionError(f"round {number} never ended: {acts}")
            kills += _pass(fleet, chance)
        return [_settled(fleet, release) for release in releases], kills


def _pass(fleet: Fleet, chance: random.Random | None) -> int:
    """Lets some time go by; whether the controller was killed at its end."""
    if chance is None:
        time.sleep(1.0)
        return 0
    time.sleep(chance.uniform(0.0, LONGEST_LIFE_SECONDS))
    fleet.service.kill()
    time.sleep(chance.uniform(0.0, LONGEST_DEATH_SECONDS))
    fleet.service.spawn()
    return 1


def _settled(fleet: Fleet, release: Release) -> End:
    """What came of it, once all is told or it has had the time for that."""
    until = time.monotonic() + TOLD_SECONDS
    while True:
        end = fleet.end(release)
        told = len(end.journalled) >= end.writes and end.events >= end.writes
        if told or time.monotonic() > until:
            return end
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
