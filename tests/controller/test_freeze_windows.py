"""The loop under freeze windows: what waits goes on by itself, and everybody can see why it waits."""

from collections.abc import Callable
from pathlib import Path

from analysis.samples import Part, Series
from controller.engine.record import Act, Phase
from controller.engine.workload import Workload
from controller.ports.metrics import Answer, SampleRequest, Samples
from controller.report import read_report
from tests.controller.test_loop import World, counted, releasing
from tests.fakes import KEY, POLICY_TEXT, FakeClock, workload

LUNCH = POLICY_TEXT + '  freeze: [{from: "13:00", to: "14:00", reason: lunch}]\n'
"""NOW is 13:46:40 UTC: the window closes 800 s later."""
SHORT = LUNCH.replace("limit: 30m", "limit: 5m")


def world_of(folder: Path, seen: Workload, text: str = LUNCH) -> World:
    """A world under this policy."""
    world = World(folder, seen)
    world.file.write_text(text)
    return world


def said(world: World) -> str:
    """What `status` says stands in the way."""
    report = read_report(world.platform.published[-1][1])
    assert report is not None
    return " ".join((report.outlook.next, *report.outlook.blocked))


def test_a_good_release_waits_held_and_goes_on_when_the_window_closes(tmp_path: Path) -> None:
    """Nobody has to come back for it; a restart in between changes nothing."""
    world = world_of(tmp_path, releasing(), SHORT)
    world.source.answer = counted(world.clock, lambda _: 0.001)
    world.ticks(50, seconds=15.0)
    assert world.acts == [Act.BEGIN, Act.HOLD]
    assert "until the freeze ends" in said(world)
    assert "lunch" in said(world)
    world.restarted()
    world.ticks(8, seconds=10.0)
    assert world.acts[:3] == [Act.BEGIN, Act.HOLD, Act.PROMOTE]
    assert not world.seen.paused


def test_a_bad_release_is_rolled_back_in_the_window(tmp_path: Path) -> None:
    """The window protects from it."""
    world = world_of(tmp_path, releasing())
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    world.ticks(120)
    assert world.acts[:3] == [Act.BEGIN, Act.HOLD, Act.ROLL_BACK]


def turning(clock: FakeClock, at: float) -> Callable[[SampleRequest], Answer]:
    """A source in which new pods fail as few requests as the old ones until then, and nine in ten after."""

    def failed(pod: str, until: float) -> float:
        worse = max(0.0, until - at) if "web-2" in pod else 0.0
        return 20.0 * (0.01 * until + 0.89 * worse)

    def answer(request: SampleRequest) -> Answer:
        start, end = int(request.start // 15 + 1) * 15, int(min(request.end, clock.now))
        times = tuple(float(t) for t in range(start, end + 1, 15))
        bad = request.part is Part.BAD
        return Samples(
            tuple(
                Series(one, "", times, tuple(failed(one, t) if bad else 20.0 * t for t in times))
                for one in sorted(pod.name for pod in request.pods or ())
            )
        )

    return answer


def test_what_turns_bad_after_its_limit_is_a_persons_to_decide(tmp_path: Path) -> None:
    """Kept past its limit by the window, it is not rolled back on evidence that nothing was promised for,
    and not let go either."""
    world = world_of(tmp_path, releasing(), SHORT)
    world.source.answer = turning(world.clock, world.clock.now + 450.0)
    world.ticks(250, seconds=5.0)
    assert world.acts == [Act.BEGIN, Act.HOLD, Act.AWAIT_PERSON]
    assert world.seen.paused


def test_what_turns_bad_within_its_limit_is_rolled_back_in_the_window(tmp_path: Path) -> None:
    """The same harm in time."""
    world = world_of(tmp_path, releasing(), SHORT)
    world.source.answer = turning(world.clock, world.clock.now + 100.0)
    world.ticks(100, seconds=5.0)
    assert world.acts[:3] == [Act.BEGIN, Act.HOLD, Act.ROLL_BACK]


def test_a_strict_window_is_a_freeze(tmp_path: Path) -> None:
    """Nothing is written down, held or undone until it closes; then what it left undone is done."""
    world = world_of(tmp_path, releasing(), LUNCH.replace("reason: lunch", "allow: nothing"))
    world.source.answer = counted(world.clock, lambda pod: 0.5 if "web-2" in pod else 0.001)
    world.ticks(79, seconds=10.0)
    assert world.acts == []
    assert "nothing is changed" in said(world)
    world.ticks(30, seconds=10.0)
    assert Act.ROLL_BACK in world.acts


def test_log_and_metric_say_when_a_window_opens_and_closes(tmp_path: Path) -> None:
    """A workload at rest is looked at at either edge, so that its report says so too."""
    world = world_of(tmp_path, workload("web:v1", {"web:v1": 4}))
    world.ticks(3)
    assert b"rollctl_policies_frozen 1.0" in world.telemetry.page()
    assert "lunch" in said(world)
    world.ticks(3, seconds=400.0)
    assert b"rollctl_policies_frozen 0.0" in world.telemetry.page()
    assert "lunch" not in said(world)
    assert world.phase in (None, Phase.PROMOTED)
    assert world.platform.workload(KEY) is not None
