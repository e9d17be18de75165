"""The loop when files, platforms and workloads come and go."""

from dataclasses import replace
from pathlib import Path

import pytest

from controller.engine.record import Act, Phase
from controller.ports.platform import PlatformError, Refused, Unavailable
from tests.controller.test_loop import World, releasing
from tests.fakes import KEY, POLICY_TEXT, workload


class Blind:
    """A way of saying that the picture is old."""

    def __call__(self) -> str:
        return "the watch is gone"


@pytest.mark.parametrize(
    ("refusal", "seconds"), [(Unavailable("busy", 3.0), 5), (Refused("no"), 62)]
)
def test_a_rollout_that_could_not_be_written_down_is_not_missed(
    tmp_path: Path, refusal: PlatformError, seconds: int
) -> None:
    """The first write of a rollout is tried again although nothing on the workload changes."""
    world = World(tmp_path, releasing())
    world.platform.refusal = refusal
    world.ticks(1)
    assert world.acts == []
    world.ticks(seconds)
    assert world.acts == [Act.BEGIN, Act.HOLD]


def test_a_restart_beside_a_broken_file_lets_nothing_go(tmp_path: Path) -> None:
    """A held rollout whose policy cannot be read waits for the file to be mended."""
    world = World(tmp_path, releasing())
    world.ticks(2)
    assert world.phase is Phase.ANALYZING
    world.file.write_text(POLICY_TEXT.replace("30m", "soon"))
    world.restarted()
    world.ticks(5)
    assert (world.acts, world.seen.paused) == ([Act.BEGIN, Act.HOLD], True)
    world.file.write_text(POLICY_TEXT)
    world.ticks(3)
    assert world.phase is Phase.ANALYZING


def test_a_policy_that_is_taken_away_lets_go(tmp_path: Path) -> None:
    """A held rollout that no policy governs any more is let go at once."""
    world = World(tmp_path, releasing())
    world.ticks(2)
    world.file.write_text(POLICY_TEXT.replace("app: web", "app: other"))
    world.ticks(3)
    assert (world.acts[-1], world.seen.paused) == (Act.RELEASE, False)


def test_an_ungoverned_workload_is_untouched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is ever written on a workload that no policy claims, not even trouble."""
    world = World(tmp_path, replace(releasing(), labels={"app": "other"}))
    monkeypatch.setattr(world.platform, "trouble", Blind())
    world.ticks(5)
    assert (world.acts, world.platform.published, world.source.asked) == ([], [], [])


def test_a_workload_made_anew_is_not_mistaken(tmp_path: Path) -> None:
    """A workload that is deleted and made again is decided on at once, from its beginning."""
    world = World(tmp_path, releasing())
    world.ticks(2)
    seen = world.platform.workloads.pop(KEY)
    world.platform._changed.add(seen.key)
    world.ticks(1)
    world.platform.show(replace(releasing(), uid="another"))
    world.ticks(2)
    assert world.acts == [Act.BEGIN, Act.HOLD] * 2


def test_each_decision_is_told_once(tmp_path: Path) -> None:
    """However often the loop turns, a decision is journalled and announced once."""
    world = World(tmp_path, releasing())
    world.ticks(30)
    told = [entry.decision.act for entry in world.journal.written]
    assert told == [Act.BEGIN, Act.HOLD]
    assert len(world.platform.announced) == 2


def test_a_rollout_in_analysis_is_published_now_and_then(tmp_path: Path) -> None:
    """A minute without news costs a handful of reports, not one a tick."""
    world = World(tmp_path, releasing())
    world.ticks(3)
    before = len(world.platform.published)
    world.ticks(60)
    assert len(world.platform.published) - before <= 6


def test_a_stop_in_mid_analysis_leaves_what_a_restart_takes_up(tmp_path: Path) -> None:
    """What is held when the controller stops is in the record, and the next one ends it."""
    world = World(tmp_path, releasing())
    world.ticks(2)
    world.loop.stop()
    world.ticks(400, seconds=10.0)
    assert world.acts == [Act.BEGIN, Act.HOLD]
    world.restarted()
    world.ticks(3)
    assert world.acts[-1] is Act.AWAIT_PERSON


def test_first_contact_is_silent(tmp_path: Path) -> None:
    """A workload met long after its last rollout is left without a mark."""
    world = World(tmp_path, workload("web:v2", {"web:v1": 0, "web:v2": 4}))
    world.ticks(5)
    assert (world.acts, world.platform.published) == ([], [])
    assert world.seen.key == KEY
