"""Laws of slopes: what leaks is seen, what sways, is swept or warms up is not."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis import slopes
from analysis.accumulate import begin, fold, judge
from analysis.error_budget import BOUND_ERROR
from analysis.evidence import Evidence
from analysis.growth import growth
from analysis.increments import Reading
from analysis.learn_slopes import learn
from analysis.past import MetricPast, Past
from analysis.permutation import Rejected, look, spent, standardised
from analysis.pod_model import ASSUMED, belief_of, model_of
from analysis.question import Comparison, Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part
from analysis.slopes import LOOKS, MOST_CELLS, Slopes, plan_of, rarity, scores_of
from analysis.verdict import Finding, Verdict
from benchmarks.false_rollbacks import limits
from tests.analysis.worlds import SCRAPE, Track, comparison, pods, windows

Floats = NDArray[np.float64]
Draw = np.random.Generator
Levels = Callable[[Draw, NDArray[np.bool_], Floats], Floats]

LEAK = Question("leak", Kind.SLOPE, Direction.HIGHER, Tolerance(0.05, hourly=True))
SHRINK = replace(LEAK, worse=Direction.LOWER)
ASKED = comparison(LEAK, rate=0.05)
HOURS: Floats = np.arange(1.0, 121.0) * (SCRAPE / 3600.0)
FROM_ZERO: Floats = np.arange(121.0) * (SCRAPE / 3600.0)
RUNS, LEVEL = 400, 0.04


def _steady(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
    return np.ones((len(new), len(hours))) + 0.002 * draw.standard_normal((len(new), len(hours)))


def _flat(_: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
    return np.ones((len(new), len(hours)))


def _noisy(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
    return 1.0 + 0.03 * draw.standard_normal((len(new), len(hours)))


def _drifting(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
    """A memory of five minutes."""
    kept, noise = np.exp(-1 / 20), draw.standard_normal((len(new), len(hours)))
    for at in range(1, len(hours)):
        noise[:, at] = kept * noise[:, at - 1] + np.sqrt(1.0 - kept**2) * noise[:, at]
    return np.asarray(1.0 + 0.03 * noise)


def _walking(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
    return np.asarray(1.0 + 0.003 * draw.standard_normal((len(new), len(hours))).cumsum(axis=1))


def _swept(minutes: float) -> Levels:
    def saw(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
        """New pods began together and are swept together."""
        phase = np.where(new, draw.random(), draw.random(len(new)))[:, np.newaxis]
        return _steady(draw, new, hours) + 0.5 * ((60.0 * hours / minutes + phase) % 1.0)

    return saw


def _warming(minutes: float) -> Levels:
    def warm(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
        filled = 0.5 * (1.0 - np.exp(-60.0 * hours / minutes))
        return _steady(draw, new, hours) + np.where(new[:, np.newaxis], filled, 0.5)

    return warm


def _leaking(a_hour: float) -> Levels:
    def leak(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
        return _steady(draw, new, hours) + np.where(new[:, np.newaxis], a_hour * hours, 0.0)

    return leak


HARMLESS = {
    "flat": _flat,
    "noisy": _noisy,
    "drifting": _drifting,
    "walking": _walking,
    "swept each half minute": _swept(0.5),
    "swept every two minutes": _swept(2.0),
    "swept every five minutes": _swept(5.0),
    "swept every eight minutes": _swept(8.0),
    "warm after three minutes": _warming(3.0),
    "warm after eight minutes": _warming(8.0),
}


def _rollouts(levels: Levels, sides: tuple[int, int], runs: int) -> tuple[float, float]:
    """How many of many rollouts fire by the permutation, and by what a past says."""
    draw, plan = np.random.default_rng([*sides, runs]), plan_of(ASKED)
    new = np.arange(sum(sides)) >= sides[0]
    known = belief_of(model_of(_past(levels, draw), "leak"))
    assert known is not None
    many = np.stack([levels(draw, new, HOURS) for _ in range(runs)])
    rejected, rare = Rejected(), np.ones(runs)
    for windows_seen in plan.due:
        seen = many[..., :windows_seen]
        seen = seen / seen.mean(axis=(1, 2), keepdims=True)
        lasting = growth(seen, plan.hours).lasting
        standard = standardised([scores_of(lasting, new, LEAK)])
        rejected = look(rejected, standard, sides[0], LEVEL, spent(windows_seen / 120, 1.0))
        found = rarity(lasting[:, ~new], lasting[:, new], LEAK, known)
        rare = np.minimum(rare, found)
    return float(rejected.fired.sum()), float((rare <= LEVEL).sum())


def _past(levels: Levels, draw: Draw) -> Past:
    """Eight stretches of five old pods."""
    drawn = [levels(draw, np.zeros(5, dtype=np.bool_), HOURS) for _ in range(8)]
    blocks = [
        {f"{at}-{pod}": one.tolist() for pod, one in enumerate(block)}
        for at, block in enumerate(drawn)
    ]
    found = learn(LEAK, plan_of(ASKED), blocks)
    assert found is not None
    return Past((found,), 8, 0.0, 0.0)


@pytest.mark.parametrize("sides", [(5, 5), (8, 2)])
@pytest.mark.parametrize("world", HARMLESS)
def test_what_does_not_leak_is_rolled_back_no_more_often_than_promised(
    world: str, sides: tuple[int, int]
) -> None:
    """All looks of half an hour: the exact lower limit of the rate lies under the level, without a
    past and with one."""
    for fired in _rollouts(HARMLESS[world], sides, RUNS):
        assert limits(int(fired), RUNS)[0] <= LEVEL


@pytest.mark.parametrize("sides", [(5, 5), (8, 2)])
def test_a_leak_is_seen(sides: tuple[int, int]) -> None:
    """A fifth of the level an hour, a tenth by the end of the time limit, where up to a twentieth an
    hour is tolerated."""
    assert min(_rollouts(_leaking(0.2), sides, 100)) >= 95


def test_growth_within_the_tolerance_is_not_harm() -> None:
    """Four parts in a hundred an hour are tolerated."""
    assert max(_rollouts(_leaking(0.04), (5, 5), RUNS)) <= LEVEL * RUNS


def _folded(
    levels: Levels,
    asked: Comparison = ASKED,
    sides: tuple[int, int] = (5, 5),
    count: int = 120,
    unit: float = 1.0,
    past: Past | None = None,
) -> Evidence:
    group, draw = pods(*sides), np.random.default_rng(3)
    new = np.array([pod.arm is Arm.CANDIDATE for pod in group])
    drawn = unit * levels(draw, new, np.arange(count + 1.0) * (SCRAPE / 3600.0))
    tracks = [
        Track("leak", Part.VALUE, pod.name, one.tolist())
        for pod, one in zip(group, drawn, strict=True)
    ]
    evidence = begin(asked, past)
    for window in windows(group, tracks):
        evidence = fold(evidence, window)
    return evidence


def _judged(levels: Levels, asked: Comparison = ASKED, count: int = 120) -> Finding:
    return judge(_folded(levels, asked, count=count)).findings[0]


def test_a_leak_is_told_by_its_slope() -> None:
    """Verdict, figures and sentence of a leak whose level is hardly higher yet."""
    found = _judged(_leaking(0.2))
    assert found.verdict is Verdict.REGRESSED
    assert found.candidate.value == pytest.approx(0.2, abs=0.02)
    assert found.baseline.value == pytest.approx(0.0, abs=0.02)
    assert found.effect == pytest.approx(0.2, abs=0.03)
    assert "grows by" in found.reason
    assert "% an hour (5 pods)" in found.reason


def test_a_level_that_stays_is_healthy() -> None:
    """Harm is ruled out by the interval's end, which lies under the tolerance."""
    found = _judged(_steady)
    assert found.verdict is Verdict.HEALTHY
    assert found.high is not None
    assert found.high < 0.05


@pytest.mark.parametrize("sides", [(5, 5), (8, 2)])
def test_a_leak_that_is_just_not_tolerated_is_seldom_called_healthy(sides: tuple[int, int]) -> None:
    """At any of the looks: the interval's end fails no more often than it says."""
    group, draw = pods(*sides), np.random.default_rng(8)
    new = np.array([pod.arm is Arm.CANDIDATE for pod in group])
    asked, runs = replace(ASKED, interval_seconds=60.0), 150
    minutes: Floats = np.arange(1.0, 31.0) / 60.0
    healthy = 0
    for _ in range(runs):
        body, ends = slopes.begin(asked), list[float]()
        for at, levels in enumerate(_leaking(0.05)(draw, new, minutes).T, start=1):
            readings = tuple(
                Reading(pod, frozenset({Part.VALUE}), {}, 60.0, (float(level),))
                for pod, level in zip(group, levels, strict=True)
            )
            body = slopes.add(body, LEAK, ASSUMED, readings, at)
            ends.append(body.interval.high if body.interval else np.inf)
        healthy += min(ends) < 0.05
    assert limits(healthy, runs)[0] <= BOUND_ERROR


def test_a_cache_that_has_filled_is_healthy_and_one_that_fills_is_not() -> None:
    """Growth that has ended is no harm; growth that goes on is none yet, nor is it harmless."""
    assert _judged(_warming(1.0)).verdict is Verdict.HEALTHY
    assert _judged(_warming(6.0)).verdict is Verdict.INCONCLUSIVE


def test_a_pool_that_drains_is_seen_where_less_is_worse() -> None:
    """Mirrored: free connections that dwindle, and ones that grow in number."""
    asked = comparison(SHRINK, rate=0.05)
    drained = _judged(_leaking(-0.2), asked)
    assert drained.verdict is Verdict.REGRESSED
    assert drained.effect == pytest.approx(-0.2, abs=0.03)
    assert "shrinks by" in drained.reason
    assert _judged(_leaking(0.2), asked).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_the_unit_of_a_level_changes_nothing(unit: float) -> None:
    """Bytes or gigabytes: the same verdict, effect and bounds."""
    plain, scaled = (
        judge(_folded(_leaking(0.07), unit=factor)).findings[0] for factor in (1.0, unit)
    )
    assert scaled.verdict is plain.verdict
    for name in ("effect", "low", "high"):
        assert getattr(scaled, name) == pytest.approx(getattr(plain, name))


def test_nothing_is_told_before_half_of_the_time() -> None:
    """Until then a start looks like a leak; how much longer it takes is said."""
    found = _judged(_leaking(3.0), count=40)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "300 s more" in found.reason
    assert _judged(_leaking(3.0), count=61).verdict is Verdict.REGRESSED


def test_a_restart_neither_looks_like_shrinking_nor_hides_a_leak() -> None:
    """Pods that leak and are killed every eight minutes, and start anew."""
    leak = _leaking(2.0)

    def reset(draw: Draw, new: NDArray[np.bool_], hours: Floats) -> Floats:
        return leak(draw, new, hours % (8.0 / 60.0))

    group, draw = pods(5, 5), np.random.default_rng(3)
    new = np.array([pod.arm is Arm.CANDIDATE for pod in group])
    tracks = [
        Track("leak", Part.VALUE, pod.name, one.tolist())
        for pod, one in zip(group, reset(draw, new, FROM_ZERO), strict=True)
    ]
    evidence = begin(ASKED)
    for window in windows(group, tracks):
        born = window.end // 480.0 * 480.0
        again = tuple(
            replace(pod, ready_at=born) if pod.arm is Arm.CANDIDATE else pod for pod in group
        )
        evidence = fold(evidence, replace(window, pods=again))
    found = judge(evidence).findings[0]
    assert found.verdict is Verdict.REGRESSED
    assert found.candidate.value == pytest.approx(2.0 / 1.13, rel=0.15)


def test_memory_is_bounded() -> None:
    """A day of windows is kept in so many cells a pod."""
    asked = comparison(LEAK, rate=0.05, limit=86_400.0)
    body = _folded(_leaking(0.2), asked, sides=(2, 2), count=600).metrics[0].body
    assert isinstance(body, Slopes)
    assert all(len(track.cells) <= MOST_CELLS for track in body.tracks.values())
    assert body.width * MOST_CELLS >= 600


def test_with_a_past_two_pods_show_a_leak() -> None:
    """Where it is known how pods sway, few are enough; without, they show nothing."""
    past = Past((MetricPast("leak", 40, 0.02, 1.0, 1.0),), 8, 0.0, 0.0)
    known = _folded(_leaking(0.3), sides=(2, 1), past=past)
    assert known.fired is not None
    assert known.fired.method == "score"
    assert _folded(_leaking(0.3), sides=(2, 1)).fired is None


def test_a_level_of_zero_tells_nothing() -> None:
    """Nothing is a share of zero."""
    assert _judged(lambda _, new, hours: np.zeros((len(new), len(hours)))).effect is None


def test_looks_lie_between_half_and_all_of_the_time() -> None:
    """Five of them; and where the time is too short for a slope there is none within it."""
    assert plan_of(ASKED).due == (60, 75, 90, 105, 120)
    assert len(plan_of(ASKED).due) == LOOKS
    assert plan_of(comparison(LEAK, limit=60.0)).due == (8,)
