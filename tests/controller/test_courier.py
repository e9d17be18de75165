"""Verdicts and channels reach the registry, once, whatever happens on the way."""

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.question import Design
from controller.builds_read import BuildsReader
from controller.courier import SETTLE_SECONDS, Courier
from controller.engine.record import (
    Act,
    Decision,
    Phase,
    Quarantined,
    Record,
    Rollout,
    Version,
)
from controller.engine.workload import Workload
from controller.ports.registry import (
    Artifact,
    Descriptor,
    ImageReference,
    RegistryUnavailable,
    Repository,
)
from controller.verdicts.key_file import read_keys
from controller.verdicts.record import ARTIFACT_TYPE, VerdictRecord, read
from controller.verdicts.signing import distrust, sign
from policies.model import Policy
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.adapters.registry.images import push_image
from tests.controller.engine.builds.made import rule_of
from tests.fakes import KEY, NOW, FakeClock, policy, workload

REPOSITORY = Repository("docker.io", "shop/web")
RULE = "repository: shop/web, semver: '>=1.2 <2', channel: stable"
KEY_BYTES = b"0123456789abcdef"


class FlakyRegistry(FakeRegistry):
    """Is away when told; counts what it is given."""

    away = False
    given = 0

    def resolve(self, image: ImageReference) -> str:
        self._there()
        return super().resolve(image)

    def referrers(
        self, repository: Repository, subject: str, artifact_type: str = ""
    ) -> tuple[Descriptor, ...]:
        self._there()
        return super().referrers(repository, subject, artifact_type)

    def attach(self, repository: Repository, subject: str, artifact: Artifact) -> str:
        self._there()
        self.given += 1
        return super().attach(repository, subject, artifact)

    def _there(self) -> None:
        if self.away:
            raise RegistryUnavailable("docker.io is away")


def judged(name: str, old_digest: str, new_digest: str, verdict: str, at: float = NOW) -> Workload:
    """A workload whose rollout of the new image of this name ended so."""
    healthy = verdict == "Healthy"
    old = Version("web-1", {"app": f"{name}:1.2.0@{old_digest}"}, {"app": old_digest})
    new = Version("web-2", {"app": f"{name}:1.3.0@{new_digest}"}, {"app": new_digest})
    phase = Phase.PROMOTED if healthy else Phase.ROLLED_BACK
    rollout = Rollout("r", "shop-web", phase, at - 60, old, old, True, new, Design.SIDE_BY_SIDE)
    act = Act.PROMOTE if healthy else Act.ROLL_BACK
    runs = new if healthy else old
    decision = Decision(at, act, "r", verdict, "errors: as told", new.images, runs.images)
    bad = () if healthy else (Quarantined(new_digest, f"{name}:1.3.0", at + 3_600, "errors"),)
    record = Record(3, runs.images, rollout, runs, None, bad, (decision,))
    image = runs.images["app"]
    return workload(image, {image: 2}, record=record)


class World:
    """A courier whose time passes when told, and two images."""

    def __init__(self) -> None:
        self.registry = FlakyRegistry()
        self.clock = FakeClock()
        self.old = push_image(self.registry, REPOSITORY, "1.2.0", "1.2.0").digest
        self.new = push_image(self.registry, REPOSITORY, "1.3.0", "1.3.0").digest
        self.courier = self.restarted()

    def restarted(self, *, signs: bool = False) -> Courier:
        """A new service."""

        def signed(record: VerdictRecord) -> VerdictRecord:
            return sign(record, "ours", KEY_BYTES) if signs else record

        self.courier = Courier(self.registry, "eu-1", signed, self.clock)
        return self.courier

    def governing(self) -> Policy:
        """A policy with a channel, in staging."""
        return replace(policy(), images=(rule_of(RULE),), environment="staging")

    def judged(self, verdict: str, at: float = NOW) -> Workload:
        """A workload whose rollout of the new image ended so."""
        return judged("shop/web", self.old, self.new, verdict, at)

    def passed(self, seconds: float) -> None:
        """So much time, a second at a time."""
        for _ in range(int(seconds)):
            self.clock.now += 1.0
            while self.courier.step():
                pass

    def carried(self, seen: Workload, seconds: float = SETTLE_SECONDS + 1) -> None:
        """The workload is followed for so long."""
        self.courier.follow(seen, self.governing())
        self.passed(seconds)

    @property
    def records(self) -> list[VerdictRecord]:
        """Every verdict at the new image."""
        return [read(body) for body in self.bodies]

    @property
    def bodies(self) -> list[bytes]:
        """As they are stored."""
        found = self.registry.attached.get((REPOSITORY, self.new), {})
        return [one.content for one in found.values() if one.artifact_type == ARTIFACT_TYPE]

    @property
    def stable(self) -> str:
        """Where the channel points."""
        return self.registry.named.get((REPOSITORY, "stable"), "")


def test_a_healthy_digest_gets_its_verdict_and_the_channel() -> None:
    """Both by the digest that was asked for."""
    world = World()
    world.carried(world.judged("Healthy"))
    (record,) = world.records
    assert (record.verdict, record.environment, record.cluster) == ("Healthy", "staging", "eu-1")
    assert record.workload == "Deployment/shop/web"
    assert record.image == "shop/web:1.3.0"
    assert world.stable == world.new


def test_a_bad_digest_gets_its_verdict_and_the_channel_stays_with_the_good() -> None:
    """With its quarantine, so that it holds elsewhere too."""
    world = World()
    world.carried(world.judged("Regressed"))
    (record,) = world.records
    assert record.verdict == "Regressed"
    assert record.quarantined_until is not None
    assert record.quarantined_until.timestamp() == pytest.approx(NOW + 3_600)
    assert world.stable == world.old


def test_the_next_environment_reads_what_was_attached() -> None:
    """What the courier writes is what the reader of builds believes."""
    from controller.builds_read import Asked
    from controller.engine.builds.shelf import Shelf

    world = World()
    world.restarted(signs=True)
    world.carried(world.judged("Healthy"))
    asked = Asked(REPOSITORY, frozenset({rule_of(RULE).choice}), frozenset(), attached=True)
    reader = BuildsReader(world.registry, {"ours": KEY_BYTES})
    read_ = reader.read(asked, Shelf(), NOW + 60)
    assert [(word.digest, word.verdict) for word in read_.shelf.attestations] == [
        (world.new, "Healthy")
    ]
    assert distrust(world.bodies[0], {"ours": KEY_BYTES}) == ""


def test_a_registry_that_is_away_gets_it_later() -> None:
    """Until then the trouble is told, afterwards no more."""
    world = World()
    world.registry.away = True
    world.carried(world.judged("Healthy"), 60)
    assert "docker.io is away" in world.courier.trouble(KEY)[0]
    assert not world.records
    world.registry.away = False
    world.passed(120)
    assert len(world.records) == 1
    assert world.stable == world.new
    assert world.courier.trouble(KEY) == ()


def test_a_verdict_is_not_lost_to_the_next_rollout() -> None:
    """One that a registry has not taken yet is carried although the record speaks of another."""
    world = World()
    world.registry.away = True
    seen = world.judged("Healthy")
    world.carried(seen, 30)
    rollout = seen.record.rollout
    assert rollout is not None
    later = replace(rollout, id="later", candidate=rollout.baseline)
    world.carried(replace(seen, record=replace(seen.record, rollout=later)), 30)
    world.registry.away = False
    world.passed(120)
    assert [record.verdict for record in world.records] == ["Healthy"]
    assert world.courier.trouble(KEY) == ()


@pytest.mark.parametrize("signs", [False, True])
def test_what_is_there_is_not_attached_again(*, signs: bool) -> None:
    """Neither while the service runs nor after a restart, with or without a key, nor when the
    quarantine has run out meanwhile."""
    world = World()
    seen = world.judged("Regressed")
    world.carried(seen, 60)
    world.restarted(signs=signs)
    world.carried(replace(seen, record=replace(seen.record, quarantine=())), 60)
    assert world.registry.given == 1


def test_of_two_workloads_the_latest_word_has_the_channel() -> None:
    """One that still runs an older good image does not take it back, not even after a restart."""
    world = World()
    behind = replace(world.judged("Regressed", NOW - 600), key=replace(KEY, name="behind"))
    ahead = world.judged("Healthy", NOW - 60)
    for order in ((behind, ahead), (ahead, behind)):
        world.restarted()
        for seen in order:
            world.courier.follow(seen, world.governing())
        world.passed(60)
        assert world.stable == world.new


def test_without_a_name_no_verdict_is_attached() -> None:
    """A word without a place could not be added up; the channel needs none."""
    world = World()
    world.courier = Courier(world.registry, "", clock=world.clock)
    world.carried(world.judged("Healthy"))
    assert not world.records
    assert world.stable == world.new


@pytest.mark.parametrize("verdict", ["Healthy", "Regressed"])
def test_a_verdict_on_several_digests_is_carried_to_none(verdict: str) -> None:
    """The tag was moved in mid-rollout: no digest gets a word, and the channel stays."""
    world = World()
    seen = world.judged(verdict)
    rollout = seen.record.rollout
    assert rollout is not None
    several = Version("web-2", {"app": "shop/web:main"}, {"app": ""})
    record = replace(
        seen.record, rollout=replace(rollout, candidate=several), good=rollout.target, quarantine=()
    )
    world.carried(replace(seen, record=record))
    assert not world.records
    assert world.stable == world.old


def test_what_a_person_ended_is_no_verdict() -> None:
    """Only what rollctl found is said."""
    world = World()
    seen = world.judged("Regressed")
    ordered = replace(seen.record.history[0], by="ann")
    world.carried(replace(seen, record=replace(seen.record, history=(ordered,))))
    assert not world.records


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("ours short", ":1: a key has at least"),
        ("a " + "k" * 16 + "\na " + "k" * 16, ":2:"),
    ],
)
def test_a_key_file_that_is_none_is_told(tmp_path: Path, text: str, told: str) -> None:
    """By file and line, never with a key."""
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(ValueError, match="keys") as error:
        read_keys(file)
    assert told in str(error.value)
    assert "short" not in str(error.value)


def test_the_first_key_signs_and_all_are_believed(tmp_path: Path) -> None:
    """In their order."""
    file = tmp_path / "keys"
    file.write_text("new " + "n" * 16 + "\n\nold " + "o" * 16 + "\n")
    assert list(read_keys(file).items()) == [("new", b"n" * 16), ("old", b"o" * 16)]
