"""From a push to a rollout, with the loop, the watch and a registry in memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.builds_read import BuildsReader
from controller.builds_watch import BuildsWatch
from controller.dry_run import DryRun
from controller.engine.builds.build import CiAnswer
from controller.engine.record import Act
from controller.engine.workload import Workload
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.platform import Sighting
from controller.ports.registry import RegistryUnavailable, Repository
from controller.ports.trail import NoTrail
from controller.show.seen import seen
from controller.show.story import explain
from controller.show.tree import tree
from controller.telemetry import Telemetry
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.adapters.registry.images import CREATED_AT, push_image
from tests.fakes import (
    KEY,
    POLICY_TEXT,
    FakeClock,
    FakePlatform,
    FakeSource,
    MemoryJournal,
    workload,
)

IMAGES = """\
  onRegressed: {action: rollback, scope: template, quarantine: 1h}
  images:
    - repository: registry.example/shop/web
      semver: ">=1.2 <2"
      autoUpdate: true
"""
REPOSITORY = Repository("registry.example", "shop/web")
V1 = "registry.example/shop/web:1.2.0"


class FlakyRegistry(FakeRegistry):
    """Is away when told."""

    away = False

    def tags(self, repository: Repository) -> tuple[str, ...]:
        if self.away:
            raise RegistryUnavailable("registry.example cannot be reached: check that it runs")
        return super().tags(repository)


class World:
    """A controller with a registry; nothing runs in threads."""

    def __init__(self, folder: Path, more: str = "", *, dry: bool = False) -> None:
        file = folder / "policy.yaml"
        file.write_text(POLICY_TEXT + IMAGES + more)
        self.registry = FlakyRegistry()
        self.push("1.2.0")
        self.platform = FakePlatform(workload(V1, {V1: 4}, images={"app": V1}))
        self.clock, self.journal = FakeClock(CREATED_AT + 60.0), MemoryJournal()
        self.watch = BuildsWatch(BuildsReader(self.registry, {}), 60.0, self.clock)
        telemetry = Telemetry("test")
        port = DryRun(self.platform) if dry else self.platform
        policies = PoliciesInForce([file], telemetry)
        self.loop = Loop(
            port,
            policies,
            Observer(port, FakeSource(), 0.0, builds=self.watch),
            Performer(port, self.journal, NoTrail(), telemetry, applies=not dry),
            telemetry,
            self.clock,
        )
        self.ticks(3)
        assert not policies.problems, policies.problems

    def push(self, tag: str) -> str:
        """A new image under the tag."""
        return push_image(self.registry, REPOSITORY, tag, tag).digest

    def ticks(self, seconds: int) -> None:
        """So much time."""
        for _ in range(seconds):
            self.loop.tick(self.platform.take_changed(0.0))
            self.watch.step()
            self.clock.now += 1.0

    @property
    def there(self) -> Workload:
        """The workload as it is."""
        return self.platform.workloads[KEY]

    @property
    def acts(self) -> list[Act]:
        """Every decision, oldest first."""
        return [entry.decision.act for entry in self.journal.written]

    def status(self) -> str:
        """What `rollctl status` shows."""
        texts = [text for key, text in self.platform.published if key == KEY]
        shown = seen(Sighting(self.there, texts[-1] if texts else ""))
        return "\n".join(tree(shown, self.clock.now))


def test_a_push_is_rolled_out_and_judged(tmp_path: Path) -> None:
    """Within an interval the workload wants the new build by digest, and its rollout begins."""
    world = World(tmp_path)
    assert world.acts == []
    digest = world.push("1.3.0")
    world.ticks(70)
    assert world.there.images == {"app": f"registry.example/shop/web:1.3.0@{digest}"}
    assert world.acts[:2] == [Act.UPDATE, Act.BEGIN]


def test_a_nudge_makes_it_at_once(tmp_path: Path) -> None:
    """A push that was told of is rolled out in seconds."""
    world = World(tmp_path)
    world.push("1.3.0")
    world.watch.nudge(lambda name: name == str(REPOSITORY))
    world.ticks(3)
    assert world.acts[0] is Act.UPDATE


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(tmp_path: Path) -> None:
    """Once, in the journal, with the build."""
    world = World(tmp_path, dry=True)
    world.push("1.3.0")
    world.ticks(200)
    assert world.acts == [Act.UPDATE]
    assert not world.journal.written[0].applied
    assert "1.3.0" in world.journal.written[0].decision.reason
    assert world.platform.applied == []
    assert world.there.images == {"app": V1}


def test_what_is_kept_back_is_in_the_status_with_all_reasons(tmp_path: Path) -> None:
    """And goes from it when nothing is kept back any more."""
    gates = "      require: {minimumAge: 10m, ciVerdict: webhook}\n"
    world = World(tmp_path, gates)
    digest = world.push("1.3.0")
    world.ticks(70)
    assert world.acts == []
    status = world.status()
    assert "waits until a newer build may run" in status
    assert "1.3.0: no verdict of the CI yet (webhook)" in status
    assert "1.3.0: younger than the minimum age of 10m by" in status
    world.watch.post(digest, CiAnswer.PASSED)
    world.ticks(70)
    assert "no verdict of the CI" not in world.status()
    world.ticks(600)
    assert world.acts[0] is Act.UPDATE


def test_trouble_with_a_registry_is_told_and_stops_nothing_else(tmp_path: Path) -> None:
    """It is in the status while it lasts; a person's release is judged meanwhile as ever."""
    world = World(tmp_path)
    world.registry.away = True
    world.push("1.3.0")
    world.ticks(70)
    assert "registry.example cannot be reached" in world.status()
    assert world.acts == []
    mine = "registry.example/shop/web:of-ann"
    world.platform.show(
        replace(world.there, images={"app": mine}, fingerprint=f"f-{mine}", generation=9)
    )
    world.ticks(2)
    assert world.acts == [Act.BEGIN]
    world.registry.away = False
    world.ticks(70)
    assert "cannot be reached" not in world.status()


@pytest.mark.parametrize("word", ["rolled out the next build", "next build: app: "])
def test_explain_tells_of_it(tmp_path: Path, word: str) -> None:
    """As of every decision, with what changed."""
    world = World(tmp_path)
    world.push("1.3.0")
    world.ticks(70)
    lines = explain(seen(Sighting(world.there, "")), world.clock.now)
    assert any(word in line for line in lines)
