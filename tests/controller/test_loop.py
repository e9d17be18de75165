"""The loop: look, decide, act, show; through faults, restarts and dry runs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.samples import Part, Series
from controller.dry_run import DryRun, without_hold
from controller.engine.change import Change
from controller.engine.record import Act, Phase
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from controller.loop import Loop
from controller.observe import Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.metrics import Answer, SampleRequest, Samples
from controller.ports.platform import Conflict, Refused, Unavailable
from controller.ports.trail import NoTrail
from controller.report import read_report
from controller.telemetry import Telemetry
from tests.fakes import (
    KEY,
    NOW,
    POLICY_TEXT,
    FakeClock,
    FakePlatform,
    FakeSource,
    MemoryJournal,
    workload,
)


class World:
    """A loop with fakes all around it."""

    def __init__(self, folder: Path, *workloads: Workload) -> None:
        self.file = folder / "policy.yaml"
        self.file.write_text(POLICY_TEXT)
        self.platform = FakePlatform(*workloads)
        self.source = FakeSource()
        self.clock = FakeClock()
        self.journal = MemoryJournal()
        self.telemetry = Telemetry("test")
        self.loop = self.restarted()

    def restarted(self) -> Loop:
        """A new controller on the same world."""
        self.loop = Loop(
            self.platform,
            PoliciesInForce([self.file], self.telemetry),
            Observer(self.platform, self.source, 0.0),
            Performer(self.platform, self.journal, NoTrail(), self.telemetry, applies=True),
            self.telemetry,
            self.clock,
        )
        return self.loop

    def ticks(self, count: int, seconds: float = 1.0) -> None:
        """So many ticks, so far apart."""
        for _ in range(count):
            self.loop.tick(self.platform.take_changed(0.0))
            self.clock.now += seconds

    @property
    def seen(self) -> Workload:
        """The workload as it is."""
        found = self.platform.workload(KEY)
        assert found is not None
        return found

    @property
    def acts(self) -> list[Act]:
        """Every act that reached the platform."""
        return [change.decision.act for change in self.platform.applied]

    @property
    def phase(self) -> Phase | None:
        """Where the rollout stands."""
        rollout = self.seen.record.rollout
        return rollout.phase if rollout else None


def releasing() -> Workload:
    """A workload in mid-release."""
    return workload("web:v2", {"web:v1": 2, "web:v2": 2})


def counted(
    clock: FakeClock, bad_share: Callable[[str], float]
) -> Callable[[SampleRequest], Answer]:
    """A source in which every pod serves 20 requests a second and fails this share of them."""

    def answer(request: SampleRequest) -> Answer:
        start, end = int(request.start // 15 + 1) * 15, int(min(request.end, clock.now))
        times = tuple(float(t) for t in range(start, end + 1, 15))
        found = []
        for one in sorted(pod.name for pod in request.pods or ()):
            rate = 20.0 * (bad_share(one) if request.part is Part.BAD else 1.0)
            found.append(Series(one, "", times, tuple(rate * t for t in times)))
        return Samples(tuple(found))

    return answer


def test_a_bad_release_is_rolled_back(tmp_path: Path) -> None:
    """From the first look to the rollback, with one change for each step."""
    world = World(tmp_path, releasing())
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    world.ticks(120)
    assert world.acts == [Act.BEGIN, Act.HOLD, Act.ROLL_BACK]
    assert [entry.decision.act for entry in world.journal.written] == world.acts
    assert [change.decision.act for change in world.platform.announced] == world.acts


def test_a_restart_comes_to_the_same_verdict(tmp_path: Path) -> None:
    """A controller that starts in mid-analysis reads the samples again and decides the same."""
    whole, broken = World(tmp_path, releasing()), World(tmp_path, releasing())
    for world in (whole, broken):
        world.source.answer = counted(world.clock, lambda pod: 0.3 if "web-2" in pod else 0.001)
        world.ticks(40)
    broken.restarted()
    for world in (whole, broken):
        world.ticks(100)
    assert whole.acts == broken.acts == [Act.BEGIN, Act.HOLD, Act.ROLL_BACK]
    reasons = [world.platform.applied[-1].decision.reason for world in (whole, broken)]
    assert reasons[0] == reasons[1]


def measured(world: World, name: str) -> float:
    """One of our own metrics, as a scrape would read it."""
    value = world.telemetry.registry.get_sample_value(name)
    assert value is not None, f"{name} is not there"
    return value


def test_what_is_judged_blind_and_held_is_measured(tmp_path: Path) -> None:
    """Our own metrics tell of a rollout that is judged, of one without an answer, of the wait
    for a person that this ends in, and of none once the workload is gone."""
    world = World(tmp_path, releasing())
    world.source.answer = counted(world.clock, lambda pod: 0.001)
    names = [f"rollctl_rollouts_{what}" for what in ("judged", "blind", "holding")]
    world.ticks(40)
    assert [measured(world, name) for name in names] == [1, 0, 0]
    blind = World(tmp_path, releasing())
    blind.source.down = True
    blind.ticks(40)
    assert [measured(blind, name) for name in names] == [1, 1, 0]
    blind.ticks(200, seconds=10.0)
    assert [measured(blind, name) for name in names] == [1, 1, 1]
    blind.platform.workloads.clear()
    blind.ticks(1)
    assert [measured(blind, name) for name in names] == [0, 0, 0]


def test_a_source_outage_decides_nothing(tmp_path: Path) -> None:
    """A source that is down neither rolls back nor promotes, and at the limit a person is
    asked; the outage is shown."""
    world = World(tmp_path, releasing())
    world.source.down = True
    world.ticks(100)
    assert world.acts == [Act.BEGIN, Act.HOLD]
    assert "nobody there" in world.platform.published[-1][1]
    world.ticks(200, seconds=10.0)
    assert world.acts == [Act.BEGIN, Act.HOLD, Act.AWAIT_PERSON]


def test_no_samples_decide_nothing(tmp_path: Path) -> None:
    """A source that answers with nothing is no data: not fine, and not bad."""
    world = World(tmp_path, releasing())
    world.ticks(250, seconds=10.0)
    assert world.acts == [Act.BEGIN, Act.HOLD, Act.AWAIT_PERSON]
    assert world.seen.paused


def test_a_conflict_looks_again(tmp_path: Path) -> None:
    """A change that came too late is decided anew on a fresh look, at once."""
    world = World(tmp_path, releasing())
    world.platform.refusal = Conflict("too late")
    world.ticks(1)
    assert world.acts == []
    world.platform.show(world.seen)
    world.ticks(1)
    assert world.acts == [Act.BEGIN]


@pytest.mark.parametrize(
    ("refusal", "patience"), [(Unavailable("busy", 30.0), 30), (Refused("not allowed"), 60)]
)
def test_patience_with_the_platform(
    tmp_path: Path, refusal: Unavailable | Refused, patience: int
) -> None:
    """A platform that refuses or asks for patience is given it, and the reason is shown."""
    world = World(tmp_path, releasing())
    world.ticks(2)
    assert world.phase is Phase.ANALYZING
    world.platform.refusal = refusal
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    while world.platform.refusal is not None:
        world.ticks(1)
    world.ticks(patience - 2)
    assert Act.ROLL_BACK not in world.acts
    assert any(str(refusal) in text for _, text in world.platform.published)
    world.ticks(5)
    assert Act.ROLL_BACK in world.acts


def test_a_defect_stops_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload that cannot be decided on is skipped and counted; the others go on."""
    other = replace(KEY, name="api")
    broken = replace(releasing(), key=other, uid="")
    monkeypatch.setattr("controller.loop.outlook", _fails_for("api"))
    world = World(tmp_path, broken, releasing())
    world.ticks(2)
    assert world.phase is Phase.ANALYZING
    assert b"rollctl_defects_total 2.0" in world.telemetry.page()


def _fails_for(name: str) -> Callable[[Sight], object]:
    from controller.engine.outlook import outlook

    def tell(sight: Sight) -> object:
        if sight.workload.key.name == name:
            raise ValueError("defect")
        return outlook(sight)

    return tell


def test_a_rollback_waits_for_nobody(tmp_path: Path) -> None:
    """In a tick in which others are to be changed as well, bad releases come first."""
    world = World(tmp_path, releasing())
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    acts: list[Act] = []
    while Act.ROLL_BACK not in acts:
        # Each comes before all others in the order of names.
        name = f"api-{9 * NOW - world.clock.now:.0f}"
        world.platform.show(replace(releasing(), key=replace(KEY, name=name), uid=name))
        before = len(world.platform.applied)
        world.ticks(1)
        acts = [change.decision.act for change in world.platform.applied[before:]]
    assert acts[0] is Act.ROLL_BACK
    assert Act.BEGIN in acts


def test_a_long_tick_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tick that writes for minutes is no reason to be restarted: each workload is a sign of life."""
    world = World(tmp_path, releasing(), replace(releasing(), key=replace(KEY, name="api")))
    slow, signs = world.platform.apply, []

    def apply(change: Change) -> None:
        signs.append(world.clock.now - world.loop.alive_at)
        world.clock.now += 100.0
        slow(change)

    monkeypatch.setattr(world.platform, "apply", apply)
    world.ticks(1)
    assert signs == [0.0, 0.0]


def test_own_change_is_awaited(tmp_path: Path) -> None:
    """A picture older than our own last change is not decided on."""
    world = World(tmp_path, releasing())
    stale = world.seen
    world.ticks(1)
    world.platform.show(stale)
    world.ticks(3)
    assert world.acts == [Act.BEGIN]


def test_a_stopping_loop_decides_nothing_new(tmp_path: Path) -> None:
    """After SIGTERM nothing new is written."""
    world = World(tmp_path, releasing())
    world.loop.stop()
    world.ticks(3)
    assert world.acts == []


def test_a_stopping_loop_leaves_a_crowd_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the midst of a thousand changes SIGTERM waits for the one under way, not for the others, so that
    no grace period is overrun."""
    crowd = [replace(releasing(), key=replace(KEY, name=f"api-{n}"), uid=f"u{n}") for n in range(9)]
    world = World(tmp_path, *crowd)
    change = world.platform.apply

    def apply(asked: Change) -> None:
        world.loop.stop()
        change(asked)

    monkeypatch.setattr(world.platform, "apply", apply)
    world.ticks(1)
    assert world.acts == [Act.BEGIN]
    assert len(world.platform.published) <= 1


def test_idle_workloads_cost_nothing(tmp_path: Path) -> None:
    """A thousand workloads without a rollout cause no write, no query and no report."""
    idle = [
        replace(workload("web:v1", {"web:v1": 2}), key=replace(KEY, name=f"web-{i}"))
        for i in range(1000)
    ]
    world = World(tmp_path, *idle)
    world.ticks(3)
    assert (world.acts, world.platform.published, world.source.asked) == ([], [], [])


def test_a_policy_that_breaks_stays(tmp_path: Path) -> None:
    """A file that breaks keeps its last good policy, and the mistake is shown and counted."""
    world = World(tmp_path, releasing())
    world.ticks(1)
    world.file.write_text(POLICY_TEXT.replace("30m", "soon"))
    world.ticks(3)
    assert world.acts == [Act.BEGIN, Act.HOLD]
    assert b"rollctl_policy_problems 1.0" in world.telemetry.page()
    assert "soon" in world.platform.published[-1][1]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    """A dry run decides and records, and the platform never hears of it."""
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY_TEXT)
    platform, journal, telemetry = FakePlatform(releasing()), MemoryJournal(), Telemetry("test")
    shadow, clock, source = DryRun(platform), FakeClock(), FakeSource()
    source.answer = counted(clock, lambda pod: 0.6 if "web-2" in pod else 0.001)
    loop = Loop(
        shadow,
        PoliciesInForce([file], telemetry, without_hold),
        Observer(shadow, source, 0.0),
        Performer(shadow, journal, NoTrail(), telemetry, applies=False),
        telemetry,
        clock,
    )
    for _ in range(200):
        loop.tick(shadow.take_changed(0.0))
        clock.now += 1.0
    acts = [entry.decision.act for entry in journal.written]
    assert acts[:3] == [Act.BEGIN, Act.ANALYZE, Act.ROLL_BACK]
    assert not any(entry.applied for entry in journal.written)
    assert (platform.applied, platform.published, platform.announced) == ([], [], [])


def test_a_metric_without_data_is_shown_with_what_to_ask(tmp_path: Path) -> None:
    """Whoever looks at the workload finds the query that shows what is there."""
    world = World(tmp_path, releasing())
    world.ticks(40)
    report = read_report(world.platform.published[-1][1])
    assert report is not None
    asked = 'count by (pod) (http_requests_total{namespace="shop",pod=~"web-.*"})'
    assert asked in report.queries["errors"]
