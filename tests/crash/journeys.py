"""What happens to one workload while its controller may die at any statement.

Why: a crash is only harmless if it is so in every phase of everything that rollctl does.
Never here: killing, laws.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.journal import SqliteJournal
from controller.builds_read import BuildsReader
from controller.builds_watch import BuildsWatch
from controller.courier import Courier
from controller.engine import orders
from controller.engine.change import Change
from controller.engine.orders import OrderRefusedError, Person
from controller.engine.record import Decision
from controller.engine.sight import Sight
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.journal import Entry
from controller.ports.registry import Artifact, Repository
from controller.ports.trail import NoTrail
from controller.telemetry import Telemetry
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.adapters.registry.images import CREATED_AT, push_image
from tests.controller.engine.simulated import SimulatedCluster, requests_served
from tests.fakes import KEY, POLICY_TEXT, FakeClock, FakeSource, policy

ADA = Person("ada")
SHORT = POLICY_TEXT.replace("limit: 30m", "limit: 5m")
REPOSITORY = Repository("registry.example", "shop/web")
IMAGES = """\
  environment: staging
  onRegressed: {action: rollback, scope: template, quarantine: 1h}
  images:
    - {repository: registry.example/shop/web, semver: ">=1.2 <2", autoUpdate: true, channel: stable}
"""


class CountingRegistry(FakeRegistry):
    """Counts what is written to it."""

    given = 0

    def attach(self, repository: Repository, subject: str, artifact: Artifact) -> str:
        self.given += 1
        return super().attach(repository, subject, artifact)

    def move_tag(self, repository: Repository, digest: str, tag: str) -> None:
        self.given += 1
        super().move_tag(repository, digest, tag)


class CountingJournal(SqliteJournal):
    """Counts what was written whole."""

    written = 0

    def append(self, entry: Entry) -> None:
        super().append(entry)
        self.written += 1


class Outside:
    """All that outlives a controller: cluster, source, registry, files."""

    def __init__(self, folder: Path, journey: "Journey") -> None:
        self.file = folder / "policy.yaml"
        self.file.write_text(journey.policy)
        self.clock = FakeClock(CREATED_AT + 60.0)
        self.registry = CountingRegistry()
        push_image(self.registry, REPOSITORY, "1.2.0", "1.2.0")
        self.cluster = SimulatedCluster(self.clock, journey.image, 3)
        self.source = FakeSource(answer=requests_served(self.cluster))
        self.journal = CountingJournal(":memory:")

    def part(self) -> None:
        """A copy of this process gets a policy file of its own."""
        text = self.file.read_text()
        self.file = self.file.with_name(f"policy-{os.getpid()}.yaml")
        self.file.write_text(text)

    def order(self, order: Callable[[Sight], Change]) -> None:
        """A person's order, by a program of its own."""
        with suppress(OrderRefusedError):
            change = order(Sight(self.cluster.truth(), policy(), None, self.clock.now))
            self.cluster.apply(change)
            self.cluster.announce(change)


class Controller:
    """Everything that dies; its threads' steps are taken in turn."""

    def __init__(self, outside: Outside) -> None:
        telemetry = Telemetry("test")
        cluster, clock = outside.cluster, outside.clock
        self.watch = BuildsWatch(BuildsReader(outside.registry, {}), 60.0, clock)
        self.courier = Courier(outside.registry, "eu-1", clock=clock)
        self.observer = Observer(
            cluster, outside.source, 0.0, builds=self.watch, carrier=self.courier
        )
        performer = Performer(cluster, outside.journal, NoTrail(), telemetry, applies=True)
        policies = PoliciesInForce([outside.file], telemetry)
        self.loop = Loop(cluster, policies, self.observer, performer, telemetry, clock)

    def beat(self) -> None:
        """One tick of the loop and one step of each of its threads."""
        self.loop.tick(frozenset({KEY}))
        self.watch.step()
        self.courier.step()


Deed = Callable[[Outside], object]


@dataclass(frozen=True)
class Journey:
    """What is done at which second, and for how many seconds one looks on."""

    name: str
    deeds: dict[int, Deed]
    seconds: int
    image: str = "web:v1"
    policy: str = SHORT


def _image(image: str) -> Deed:
    return lambda outside: outside.cluster.set_image(image)


def _order(order: Callable[[Sight], Change]) -> Deed:
    return lambda outside: outside.order(order)


def _policy(text: str) -> Deed:
    return lambda outside: outside.file.write_text(text)


def _push(tag: str) -> Deed:
    return lambda outside: push_image(outside.registry, REPOSITORY, tag, tag)


BUILD = Journey(
    "a build, its verdict and its channel", {2: _push("1.3.0")}, 460,
    image="registry.example/shop/web:1.2.0", policy=SHORT.replace("10%", "1pp") + IMAGES,
)  # fmt: skip
JOURNEYS = (
    Journey("a bad release is rolled back", {2: _image("web:b1")}, 180),
    Journey("a good release is held and promoted", {2: _image("web:v2")}, 420),
    Journey(
        "a person resumes in mid-analysis",
        {2: _image("web:v2"), 40: _order(lambda s: orders.resume(s, ADA))},
        100,
    ),
    Journey(
        "a person rolls back in mid-analysis",
        {2: _image("web:v2"), 40: _order(lambda s: orders.roll_back(s, ADA))},
        100,
    ),
    Journey(
        "a person pins in mid-analysis, then unpins",
        {
            2: _image("web:v2"),
            40: _order(lambda s: orders.pin(s, ADA, {})),
            70: _order(lambda s: orders.unpin(s, ADA)),
        },
        130,
    ),
    Journey(
        "the policy breaks in mid-analysis and is mended",
        {2: _image("web:b1"), 20: _policy(SHORT.replace("5m", "soon")), 60: _policy(SHORT)},
        220,
    ),
    Journey(
        "what is quarantined is refused under another tag",
        {2: _image("web:b1"), 150: _image("web:b1-again")},
        260,
    ),
    BUILD,
)


TIMES = "times and evidence"


def pictured(outside: Outside) -> dict[str, object]:
    """Everything outside that a crash could lose or double; reports are refreshed, so left out.
    Times and the words of evidence are apart: a restart may move a decision by seconds, and forgets
    on which side pods were that are gone."""
    cluster, record = outside.cluster, outside.cluster.truth().record
    journal = [entry.decision for entry in reversed(outside.journal.entries(KEY, 100))]
    rollout = record.rollout
    return {
        "image": cluster.image,
        "paused": cluster.paused_by,
        "record": (
            record.sequence,
            record.settled,
            record.good,
            record.pin and record.pin.images,
            [entry.digest for entry in record.quarantine],
            rollout and (rollout.phase, rollout.verdict, rollout.target, rollout.candidate),
            [_told(decision) for decision in record.history],
        ),
        "writes": [(c.record.sequence, c.decision.act) for c in cluster.applied],
        "events": dict(cluster.told),
        "journal": [_told(decision) for decision in journal],
        "registry": (outside.registry.given, sorted(map(str, outside.registry.named.items()))),
        TIMES: (record, [decision.at for decision in journal]),
    }


def _told(decision: Decision) -> tuple[object, ...]:
    images = (decision.from_images, decision.to_images)
    return decision.act, decision.verdict, decision.by, *images
