"""Rounds of good and bad releases on a real cluster, while somebody disturbs whoever watches over them.

Why: kills and hand-overs must leave the same ends, so both are played on the same releases.
Never here: what disturbs, fakes, what should come of a release: an undisturbed round shows that.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from controller.engine.workload import WorkloadKey
from tests.journeys.conftest import BAD, GOOD, REQUESTS_PER_SECOND
from tests.journeys.journey import Journey, policy, write
from tests.testbed.cluster import Testbed

ROUND_SECONDS, TOLD_SECONDS = 400.0, 40.0
ENDED = frozenset({"Promoted", "RolledBack"})
KINDS = ("good", "bad", "good", "bad")
READY_SECONDS = 10.0
"""As slow as real pods: a rollout that is over before the controller is back is compared before with
after, which is another promise."""
BEHAVIOURS = {
    "bad": replace(BAD, ready_after_seconds=READY_SECONDS),
    "good": replace(GOOD, ready_after_seconds=READY_SECONDS),
}

Disturb = Callable[[], int]
"""Lets some time go by; how often it disturbed."""


@contextmanager
def stage() -> Iterator[tuple[Testbed, Path]]:
    """A real cluster with visitors, and a folder, for a while."""
    with (
        tempfile.TemporaryDirectory(prefix="rollctl-rounds-") as folder,
        Testbed.start(nodes=2) as testbed,
        testbed.start_traffic(REQUESTS_PER_SECOND, "web"),
    ):
        yield testbed, Path(folder)


class Watchmen(Protocol):
    """Whoever watches over releases: one controller, or several."""

    @property
    def policies(self) -> Path:
        """The folder that their policies are read from."""

    def wait_governed(self, name: str) -> None:
        """Returns when the policy of this name is in force."""

    def journalled(self, key: WorkloadKey) -> tuple[str, ...]:
        """The acts in their journal, oldest first; of several journals nothing is asked."""


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

    def outcome(self) -> tuple[object, ...]:
        """What must not depend on who was disturbed when. A verdict that came before the hold, since nobody
        was there to hold, needs none; whatever was done was written, told and journalled once."""
        acts = tuple(act for act in self.acts if act != "Hold")
        told = (self.journalled or self.acts) == self.acts and self.events == self.writes
        return acts, told and self.writes == len(self.acts), self.is_back, self.paused


@dataclass(frozen=True)
class Release:
    """A workload and the image that it gets."""

    journey: Journey
    image: str

    def has_ended(self) -> bool:
        """Whether its rollout is over."""
        return self.journey.phase(self.image) in ENDED


class Rounds:
    """Each round has workloads of its own: one that was rolled back three times within an hour is left
    to people."""

    def __init__(self, testbed: Testbed, watchmen: Watchmen) -> None:
        self._testbed = testbed
        self._watchmen = watchmen

    def play(self, number: int, disturb: Disturb) -> tuple[list[End], int]:
        """The ends of one round's releases, and how often they were disturbed."""
        with self._releases(number) as releases:
            for release in releases:
                release.journey.release(release.image)
            until, times = time.monotonic() + ROUND_SECONDS, 0
            while not all(release.has_ended() for release in releases):
                if time.monotonic() > until:
                    acts = [release.journey.acts() for release in releases]
                    raise AssertionError(f"round {number} never ended: {acts}")
                times += disturb()
            return [self._settled(release) for release in releases], times

    @contextmanager
    def _releases(self, number: int) -> Iterator[list[Release]]:
        """Workloads that run their first image, each with the one that comes next."""
        made = [self._deployed(f"round-{number}-{place}", kind) for place, kind in enumerate(KINDS)]
        self._watchmen.wait_governed(made[-1].journey.namespace)
        yield made
        for release in made:
            self._testbed.delete_deployment(release.journey.namespace, "web")
            (self._watchmen.policies / f"{release.journey.namespace}.yaml").unlink()

    def _deployed(self, name: str, kind: str) -> Release:
        journey = Journey(self._testbed, self._testbed.create_namespace(name))
        asked = policy(journey.namespace, limit="3m", startup="60s")
        write(self._watchmen.policies, journey.namespace, asked)
        image = f"shop/web:{journey.namespace}"
        self._testbed.catalogue.publish("shop/web:v1", GOOD)
        self._testbed.catalogue.publish(image, BEHAVIOURS[kind])
        journey.deploy("shop/web:v1")
        return Release(journey, image)

    def _settled(self, release: Release) -> End:
        """What came of it, once all is told or it has had the time for that."""
        until = time.monotonic() + TOLD_SECONDS
        while True:
            end = self._end(release)
            journalled = len(end.journalled) or end.writes
            told = journalled >= end.writes and end.events >= end.writes
            if told or time.monotonic() > until:
                return end
            time.sleep(0.5)

    def _end(self, release: Release) -> End:
        journey = release.journey
        return End(
            acts=tuple(journey.acts()),
            journalled=self._watchmen.journalled(
                WorkloadKey("Deployment", journey.namespace, "web")
            ),
            events=len(journey.events()),
            writes=int(journey.record.get("sequence", 0)),
            is_back=journey.image() != release.image,
            paused=journey.paused,
        )


def undisturbed() -> int:
    """Nobody does anything."""
    time.sleep(1.0)
    return 0


def compared(rounds: Rounds, times: int, disturb: Disturb) -> int:
    """Plays rounds until they were disturbed so often; prints a line each, and returns how many ends
    differ from those of an undisturbed round."""
    expected, _ = rounds.play(0, undisturbed)
    print(f"undisturbed: {'; '.join(map(str, expected))}", flush=True)
    done = number = wrong = 0
    while done < times:
        number += 1
        ends, more = rounds.play(number, disturb)
        done += more
        pairs = zip(expected, ends, strict=True)
        differ = [(one, was) for one, was in pairs if one.outcome() != was.outcome()]
        wrong += len(differ)
        print(f"round {number}: disturbed {more} times, {len(differ)} ends differ", flush=True)
        for one, was in differ:
            print(f"  expected {one}\n  found    {was}", flush=True)
    releases = number * len(KINDS)
    print(f"{releases} releases, disturbed {done} times: {wrong} ended otherwise", flush=True)
    return wrong
