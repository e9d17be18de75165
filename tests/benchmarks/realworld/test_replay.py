from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.question import Direction
from benchmarks.realworld import pod_rows, replay
from benchmarks.realworld.corpus import Rollout, Truth, rollouts
from benchmarks.realworld.interface import Answer, Sort
from tests.benchmarks.realworld.files import release, write

MINUTE = 60.0
BEFORE_MINUTES, AFTER_MINUTES = 20, 16
START = BEFORE_MINUTES * MINUTE
RUNS = tuple(f"run {place}" for place in range(6))

Level = Callable[[str, float], float]


def rows(run: str, memory: Level) -> Iterator[dict[str, Any]]:
    """Three old pods all the time and a new one after the start, one edge, one row a minute."""
    random = np.random.default_rng(RUNS.index(run))
    pods = {f"web-v1-{run}-{place}": 0 for place in range(3)} | {"web-v2-0": BEFORE_MINUTES}
    for pod, first in pods.items():
        for minute in range(first, BEFORE_MINUTES + AFTER_MINUTES):
            time = minute * MINUTE
            noise = float(np.exp(0.05 * random.standard_normal()))
            yield {"run": run, "service": "web", "pod": pod, "edge": "shop_web", "ts": time} | {
                "success": 100.0,
                "cpu": 2.0 * noise,
                "mem": memory(pod, time) * noise,
                "lat": 0.02 * noise,
            }


def rollout(run: str = RUNS[0], window: tuple[float, float] | None = None) -> Rollout:
    """One release of the service."""
    truth = Truth(run, "shop", run, faulty=False, visible=False, recorded=True)
    whole = (START, START + (AFTER_MINUTES - 1) * MINUTE)
    return Rollout(run, "web", window or whole, truth)


def level(_pod: str, _time: float) -> float:
    """Every pod has the same memory."""
    return 40.0


def leak(pod: str, time: float) -> float:
    """The new pod has twice as much, and ever more."""
    return 80.0 + (time - START) / MINUTE if "-v2-" in pod else 40.0


def replays(memory: Level) -> tuple[replay.Replay, ...]:
    """Several runs, of which the first has this memory and the others are healthy."""
    told = [row for run in RUNS for row in rows(run, memory if run == RUNS[0] else level)]
    return pod_rows.replayed(told, [rollout(run) for run in RUNS])


def test_a_leak_of_the_new_pod_is_rolled_back() -> None:
    """Other runs say how much pods differ, so one new pod is enough."""
    first, second, *_ = replays(leak)
    assert replay.decide(first) is Answer.ROLLBACK
    assert replay.decide(second) is not Answer.ROLLBACK


def test_the_past_is_other_runs_before_their_rollout() -> None:
    """Neither this run nor any new pod is taken for what is usual."""
    first, *_ = replays(leak)
    assert len(first.past) == len(RUNS) - 1
    learned = [one for block in first.past for one in block]
    assert not any(one.new for one in learned)
    assert max(float(one.samples.times.max()) for one in learned) < START


def test_a_release_without_new_pods_is_no_data() -> None:
    """The old version alone answers nothing."""
    old = [row for row in rows(RUNS[0], level) if "-v1-" in row["pod"]]
    (found,) = pod_rows.replayed(old, [rollout()])
    assert replay.decide(found) is Answer.NO_DATA


def test_a_release_without_a_window_is_no_data() -> None:
    """Where nobody knows when it was, nothing can be asked."""
    bare = Rollout("run", "web", None, rollout().truth)
    (found,) = pod_rows.replayed([], [bare])
    assert replay.decide(found) is Answer.NO_DATA


def test_rows_of_a_pod_that_took_anothers_place_are_the_new_pods() -> None:
    """The same load and memory at the same time under an old name is the new pod, told twice."""
    new = {"pod": "web-v2-0", "ts": 1.0, "cpu": 3.0, "mem": 4.0}
    same, other = new | {"pod": "web-v1-9"}, new | {"pod": "web-v1-8", "cpu": 2.0}
    assert pod_rows.without_replaced([new, same, other]) == [new, other]


def test_load_and_memory_are_a_pods_and_the_rest_an_edges() -> None:
    """A pod with two callers has one memory and two latencies; errors are what is not success."""
    row = next(rows(RUNS[0], level)) | {"success": 75.0}
    found = {one.metric: one for one in pod_rows.observed([row, row | {"edge": "cart_web"}])}
    assert sorted(found) == sorted(
        [
            "cpu",
            "memory",
            "latency shop_web",
            "latency cart_web",
            "errors shop_web",
            "errors cart_web",
        ]
    )
    assert found["errors shop_web"].samples.values.tolist() == [0.25]
    assert found["errors shop_web"].sort is Sort.ERROR_RATIO


def test_what_the_old_version_shows_mostly_is_asked() -> None:
    """An edge that is called in every fourth minute is no question; more is worse in the others."""
    told = list(rows(RUNS[0], level))
    told += [row | {"edge": "cart_web"} for row in told if row["ts"] % (4 * MINUTE) == 0]
    shown = pod_rows.observed(told)
    asked = replay.compare(shown, 0.0, (BEFORE_MINUTES + AFTER_MINUTES) * MINUTE).questions
    assert [one.name for one in asked] == ["cpu", "errors shop_web", "latency shop_web", "memory"]
    assert {one.worse for one in asked} == {Direction.HIGHER}


def test_what_only_the_new_version_shows_is_not_asked() -> None:
    """There is nothing to compare it with."""
    told = list(rows(RUNS[0], level))
    told += [row | {"edge": "cart_web"} for row in told if "-v2-" in row["pod"]]
    shown = pod_rows.observed(told)
    asked = replay.compare(shown, START, START + AFTER_MINUTES * MINUTE).questions
    assert "latency shop_web" in [one.name for one in asked]
    assert "latency cart_web" not in [one.name for one in asked]


def test_a_new_pod_that_shows_less_is_asked_about_all() -> None:
    """An edge that only the old pods serve any more makes the release NoData, not fine."""
    told = [row for run in RUNS for row in rows(run, level)]
    gone = (None, float("nan"))
    for row in told:
        if row["run"] == RUNS[0] and "-v2-" in row["pod"]:
            row["success"], row["lat"] = gone
    first, *_ = pod_rows.replayed(told, [rollout(run) for run in RUNS])
    assert replay.decide(first) is Answer.NO_DATA


def test_windows_hold_every_sample_once() -> None:
    """What is on a border belongs to the window that it ends."""
    shown = pod_rows.observed(rows(RUNS[0], level))
    begin, end = replay.span(shown)
    held = [
        time
        for window in replay.windows(shown, begin, end)
        for many in window.series.values()
        for series in many
        for time in series.times
        if window.start < time <= window.end
    ]
    assert len(held) == sum(one.samples.times.size for one in shown)


def test_windows_of_releases_are_read(tmp_path: Path) -> None:
    """Service and window come with the release; a window may be missing."""
    given = [release(service="web", window=[60, 900]), release(service="web")]
    first, second = rollouts(write(tmp_path, [], given))
    assert (first.service, first.window) == ("web", (60.0, 900.0))
    assert second.window is None


def test_without_the_rows_there_is_nothing_to_replay(tmp_path: Path) -> None:
    """A corpus without pods is scored at the other levels."""
    assert pod_rows.replays(write(tmp_path, [], [])) == ()


@pytest.mark.parametrize("success", [None, float("nan")])
def test_what_was_not_recorded_is_no_error(success: float | None) -> None:
    """A minute without requests has no share of errors."""
    found = pod_rows.observed([next(rows(RUNS[0], level)) | {"success": success}])
    assert not any(one.sort is Sort.ERROR_RATIO for one in found)
