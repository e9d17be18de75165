"""Two controllers on one platform: who does not lead changes and shows nothing, and is ready to."""

from dataclasses import replace
from pathlib import Path

from controller.courier import SETTLE_SECONDS, Courier
from controller.engine.fleet import Fleet
from controller.engine.freeze import Freeze
from controller.engine.record import Act, Phase
from controller.engine.sharding import shard_of
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.platform import NotLeading
from controller.ports.trail import NoTrail
from controller.report import read_report
from controller.telemetry import Telemetry
from tests.controller.lease_world import Office
from tests.controller.test_courier import World as CourierWorld
from tests.controller.test_courier import judged
from tests.controller.test_loop import World, counted, releasing
from tests.fakes import KEY, NOW, FakePlatform, MemoryJournal

ALL = frozenset({0})


class Second:
    """Another controller on the same world."""

    def __init__(self, world: World, office: Office, fleet: Fleet | None = None) -> None:
        self.world = world
        self.telemetry = Telemetry("test")
        self.loop = Loop(
            world.platform,
            PoliciesInForce([world.file], self.telemetry),
            Observer(world.platform, world.source, 0.0),
            Performer(world.platform, MemoryJournal(), NoTrail(), self.telemetry, applies=True),
            self.telemetry,
            world.clock,
            office,
            fleet,
        )

    def ticks(self, count: int) -> None:
        """So many, a second apart."""
        for _ in range(count):
            self.loop.tick(frozenset(self.world.platform.keys()))
            self.world.clock.now += 1.0

    def leads(self) -> bool:
        """What its metric says."""
        return b"rollctl_leader 1.0" in self.telemetry.page()


def test_a_follower_changes_and_shows_nothing(tmp_path: Path) -> None:
    """No act, no report, no Event, and a metric that says so."""
    world = World(tmp_path, releasing())
    second = Second(world, Office())
    second.ticks(30)
    platform = world.platform
    assert (platform.applied, platform.published, platform.announced) == ([], [], [])
    assert not second.leads()


def test_who_comes_to_lead_takes_up_what_is_in_flight(tmp_path: Path) -> None:
    """The rollout that the other one held is neither begun nor held again; it is judged."""
    world = World(tmp_path, releasing())
    office = Office()
    second = Second(world, office)
    world.ticks(2)
    second.ticks(3)
    assert world.phase is Phase.ANALYZING
    office.parts = ALL
    second.ticks(20)
    assert world.acts == [Act.BEGIN, Act.HOLD]
    assert world.platform.published
    assert second.leads()


def test_who_comes_to_lead_looks_at_everything(tmp_path: Path) -> None:
    """A rollout that began while nobody led is seen although nothing changes there any more."""
    world = World(tmp_path, releasing())
    office = Office()
    second = Second(world, office)
    second.ticks(1)
    office.parts = ALL
    second.loop.tick(frozenset())
    assert world.acts == [Act.BEGIN]


class Dethroned(FakePlatform):
    """The lead is lost between a decision and its write."""

    def apply(self, change: object) -> None:
        raise NotLeading("another controller leads")


def test_a_lead_that_is_lost_before_a_write_is_no_fault(tmp_path: Path) -> None:
    """Nothing is put off, counted as a failure or shown as trouble: it is another's to do."""
    world = World(tmp_path, releasing())
    world.platform = Dethroned(releasing())
    world.restarted()
    world.ticks(3)
    assert b"rollctl_write_failures_total 0.0" in world.telemetry.page()
    assert not world.loop._performer.trouble


def test_a_follower_carries_nothing() -> None:
    """Verdicts and channels are the leader's to carry; they wait until there is one."""
    world, office = CourierWorld(), Office()
    world.courier = Courier(world.registry, "eu-1", clock=world.clock, leadership=office)
    world.carried(world.judged("Healthy"))
    assert (world.records, world.stable) == ([], "")
    office.parts = ALL
    world.passed(SETTLE_SECONDS + 1)
    assert len(world.records) == 1
    assert world.stable == world.new


def test_a_freeze_changes_nothing_until_it_is_over(tmp_path: Path) -> None:
    """What is held stays held, what is due is not done, `status` says who ordered it; when its time is
    over what is due is done."""
    world = World(tmp_path, releasing())
    office = Office(ALL)
    second = Second(world, office)
    second.ticks(2)
    assert world.phase is Phase.ANALYZING
    office.freeze = Freeze("ada", world.clock.now, world.clock.now + 100.0, "incident 42")
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    second.ticks(90)
    assert world.acts == [Act.BEGIN, Act.HOLD]
    assert world.seen.paused
    report = read_report(world.platform.published[-1][1])
    assert report is not None
    assert any("frozen by ada" in line and "incident 42" in line for line in report.trouble)
    assert b"rollctl_frozen 1.0" in second.telemetry.page()
    second.ticks(30)
    assert world.acts == [Act.BEGIN, Act.HOLD, Act.ROLL_BACK]


def test_a_freeze_begins_nothing(tmp_path: Path) -> None:
    """A new rollout is neither held nor written down while all is frozen."""
    world = World(tmp_path, releasing())
    second = Second(world, Office(ALL, freeze=Freeze("ada", None)))
    second.ticks(20)
    assert world.acts == []


NAMESPACE_SHARD = shard_of(KEY.namespace, 2)
OURS, THEIRS = frozenset({NAMESPACE_SHARD}), frozenset({1 - NAMESPACE_SHARD})


def test_evidence_of_anothers_shard_is_not_read(tmp_path: Path) -> None:
    """Nothing is asked of the metrics source for it, nothing is decided, nothing is shown."""
    world = World(tmp_path, releasing())
    second = Second(world, Office(THEIRS, shards=2, attended=THEIRS))
    world.ticks(2)
    asked = len(world.source.asked)
    second.ticks(20)
    assert second.loop._observer.open_keys() == frozenset()
    assert len(world.source.asked) == asked
    assert world.acts == [Act.BEGIN, Act.HOLD]


def test_a_shard_that_moves_here_is_judged_here(tmp_path: Path) -> None:
    """Its rollout in flight is taken up as it stands, and one that moves away is let go."""
    world = World(tmp_path, releasing())
    office = Office(THEIRS, shards=2, attended=THEIRS)
    second = Second(world, office)
    world.ticks(2)
    second.ticks(3)
    office.parts = office.attended = OURS
    second.ticks(20)
    assert second.loop._observer.open_keys() == {KEY}
    assert world.acts == [Act.BEGIN, Act.HOLD]
    office.parts = office.attended = THEIRS
    second.ticks(1)
    assert second.loop._observer.open_keys() == frozenset()


def test_brakes_count_what_others_decided(tmp_path: Path) -> None:
    """How much is rolled back is a matter of all shards, though each decides on its own."""
    world = World(tmp_path, releasing())
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    fleet = Fleet(most_rollbacks_an_hour=1)
    second = Second(world, Office(THEIRS, shards=2, attended=THEIRS), fleet)
    world.ticks(120)
    assert world.acts[-1] is Act.ROLL_BACK
    second.ticks(1)
    assert fleet.objections(world.clock.now)


def test_an_older_find_of_ours_does_not_undo_a_newer_one_of_another_shard() -> None:
    """Channels are shared: what was found good elsewhere is known here, and carried there alone."""
    world, office = CourierWorld(), Office(OURS, shards=2)
    world.courier = Courier(world.registry, "eu-1", clock=world.clock, leadership=office)
    elsewhere = next(n for n in ("a", "b", "c") if shard_of(n, 2) not in OURS)
    newer = judged("shop/web", world.new, world.old, "Healthy", at=NOW + 60)
    world.courier.follow(replace(newer, key=replace(KEY, namespace=elsewhere)), world.governing())
    world.carried(world.judged("Healthy"))
    assert world.stable == ""
    assert len(world.records) == 1
