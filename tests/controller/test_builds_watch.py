"""Watching repositories: when they are read, and that their trouble is nobody else's."""

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog

from controller.builds_read import Asked, BuildsReader, Read
from controller.builds_watch import FIRST_RETRY_SECONDS, LEAST_GAP_SECONDS, BuildsWatch
from controller.engine.builds.build import Build, CiAnswer
from controller.engine.builds.shelf import Shelf
from controller.engine.workload import Workload
from controller.ports.registry import RegistryUnavailable, Unauthorized
from policies.model import Policy
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.controller.engine.builds.made import rule_of
from tests.fakes import KEY, FakeClock, policy, workload

INTERVAL = 60.0
NAME = "docker.io/shop/web"
RULE = "repository: shop/web, semver: '>=1.2 <2'"
WEB = workload("shop/web:1.2.0", {"shop/web:1.2.0": 2})


class FakeReader(BuildsReader):
    """Reads nothing, one build of a name of its own each time; `fault` is raised instead."""

    def __init__(self) -> None:
        super().__init__(FakeRegistry(), {})
        self.read_: list[Asked] = []
        self.fault: Exception | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    def read(self, asked: Asked, before: Shelf, now: float) -> Read:
        self.read_.append(asked)
        self.meanwhile()
        if self.fault is not None:
            raise self.fault
        return Read(Shelf((Build(f"1.{len(self.read_)}.0", "sha256:" + "1" * 64),)))


def governing(rule: str = RULE) -> Policy:
    """A policy that watches the repository."""
    return replace(policy(), images=(rule_of(rule),))


class World:
    """A watch whose time passes when told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.reader = FakeReader()
        self.watch = BuildsWatch(self.reader, INTERVAL, self.clock)

    def follow(self, seen: Workload = WEB, governed: Policy | None = None) -> None:
        """As the loop does each time it looks."""
        self.watch.follow(seen, governed or governing())

    def passed(self, seconds: float) -> int:
        """How often a repository was read in so much time, a second at a time."""
        before = len(self.reader.read_)
        for _ in range(int(seconds)):
            self.clock.now += 1.0
            while self.watch.step():
                pass
        return len(self.reader.read_) - before

    @property
    def tags(self) -> list[str]:
        """What is known for the workload now."""
        shelf = self.watch.shelves(KEY).get(NAME)
        return [build.tag for build in shelf.builds] if shelf else []


@pytest.fixture
def world() -> World:
    """With one workload followed and read once."""
    made = World()
    made.follow()
    assert made.passed(1) == 1
    return made


def test_a_repository_is_read_at_once_and_then_each_interval(world: World) -> None:
    """Whoever follows it, and how often; each reading is told once."""
    assert world.tags == ["1.1.0"]
    assert world.watch.take_read() == {KEY}
    assert world.watch.take_read() == frozenset()
    for _ in range(3):
        world.follow()
    assert world.passed(50) == 0
    assert world.passed(20) == 1
    assert world.watch.take_read() == {KEY}


def test_only_what_runs_somewhere_is_read() -> None:
    """A repository that the policy names and no container runs is not asked for, and one that
    nobody follows any more no longer."""
    world = World()
    world.follow(workload("shop/api:1.2.0", {"shop/api:1.2.0": 2}))
    assert world.passed(70) == 0
    world.follow()
    assert world.passed(1) == 1
    world.watch.forget(KEY)
    assert world.passed(70) == 0
    assert world.watch.shelves(KEY) == {}


def test_one_reading_serves_all_who_run_it(world: World) -> None:
    """What all of them want is asked for together."""
    other = replace(WEB, key=replace(KEY, name="other"), images={"app": "shop/web:1.1.9"})
    world.follow(other)
    world.passed(70)
    last = world.reader.read_[-1]
    assert {ran.tag for ran in last.running} == {"1.2.0", "1.1.9"}
    assert world.watch.take_read() == {KEY, other.key}


def test_when_a_build_is_seen_is_logged_once(world: World) -> None:
    """With tag and digest; what the first reading finds is counted, not told."""
    with structlog.testing.capture_logs() as lines:
        assert world.passed(70) == 1
    (line,) = [one for one in lines if one["event"] == "a build is seen"]
    assert (line["repository"], line["tag"]) == (NAME, "1.2.0")
    assert line["digest"].startswith("sha256:111")


def test_another_range_waits_for_its_own_reading(world: World) -> None:
    """What was looked up for an older policy is no answer to a newer one."""
    world.follow(governed=governing("repository: shop/web, semver: '>=1.2 <3'"))
    assert world.watch.shelves(KEY) == {}
    assert world.passed(3) == 1
    assert world.tags


@pytest.mark.parametrize(
    "fault", [RegistryUnavailable("it is away"), Unauthorized("log in"), ZeroDivisionError("x")]
)
def test_trouble_lasts_as_long_as_the_fault(world: World, fault: Exception) -> None:
    """It is told, the last picture stays and is called old; with the first good reading, which
    comes within an interval, both are over."""
    world.reader.fault = fault
    world.passed(70)
    assert str(fault) in world.watch.trouble(KEY)[0]
    assert world.watch.shelves(KEY)[NAME].unread
    world.passed(600)
    world.reader.fault = None
    world.passed(70)
    assert world.watch.trouble(KEY) == ()
    assert world.watch.shelves(KEY)[NAME].unread == ""


def test_a_fault_is_asked_after_soon_and_then_more_seldom(world: World) -> None:
    """First after seconds, at last once an interval, never as fast as it goes."""
    world.reader.fault = RegistryUnavailable("away")
    assert world.passed(66 + FIRST_RETRY_SECONDS + 1) >= 2
    assert world.passed(600) <= 15


def test_a_registry_that_asks_for_patience_gets_it(world: World) -> None:
    """However long, and whatever is pushed."""
    world.reader.fault = RegistryUnavailable("too many requests", retry_after_seconds=900.0)
    world.passed(70)
    world.watch.nudge(lambda _: True)
    assert world.passed(800) == 0


def test_a_push_is_looked_at_at_once(world: World) -> None:
    """Of the repository it concerns; a flood of them is one reading a second."""
    assert world.watch.nudge(lambda name: name.endswith("/other")) == 0
    assert world.passed(5) == 0
    assert world.watch.nudge(lambda name: name == NAME) == 1
    assert world.passed(1) == 1
    count = 0
    for _ in range(200):
        world.watch.nudge(lambda _: True)
        world.clock.now += 0.1
        count += world.watch.step()
    assert 1 <= count <= 20 / LEAST_GAP_SECONDS + 1


def test_a_push_during_a_reading_is_not_lost(world: World) -> None:
    """The reading may have been too early for it, so there is another."""

    def pushed() -> None:
        world.reader.meanwhile = lambda: None
        world.watch.nudge(lambda _: True)

    world.reader.meanwhile = pushed
    assert world.passed(80) >= 2, "one for the interval, one for the push"


def test_a_cis_word_is_on_the_shelf_and_wakes_who_waits(world: World) -> None:
    """The last word on a digest counts."""
    world.watch.take_read()
    world.watch.post("sha256:a", CiAnswer.FAILED)
    world.watch.post("sha256:a", CiAnswer.PASSED)
    assert world.watch.take_read() == {KEY}
    assert world.watch.shelves(KEY)[NAME].posted == {"sha256:a": CiAnswer.PASSED}


def test_a_slow_registry_delays_nobody() -> None:
    """While a reading hangs every call of the port returns, and stopping does not wait."""
    world = World()
    let = threading.Event()
    began = threading.Event()

    def hang() -> None:
        began.set()
        let.wait(30)

    world.reader.meanwhile = hang
    world.follow()
    world.watch.start()
    assert began.wait(10)
    world.follow(replace(WEB, images={"app": "shop/web:1.3.0"}))
    assert world.watch.shelves(KEY) == {}
    assert world.watch.trouble(KEY) == ()
    assert world.watch.nudge(lambda _: True) == 1
    world.watch.stop()
    let.set()
