"""What would settle an open metric: the law by which intervals shrink."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice, takewhile
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.accumulate import begin, fold, judge
from analysis.question import Comparison, Design, Kind, Question, Tolerance
from analysis.samples import Arm, Part, Pod, Series, Window
from analysis.verdict import Finding, Verdict
from controller.show.remedy import MOST_PODS, counting_share, remedy, spread_of, width_left
from tests.controller.show.made import ERRORS, LATENCY, MEMORY, SUCCESS, finding

OPEN = finding(ERRORS, Verdict.INCONCLUSIVE)
SECONDS = 600.0
spreads = st.floats(0.0, 1.0)


def shrunk(one: Finding, time: float, pods: float) -> tuple[float, float]:
    """The ends after `time` times as long and with `pods` times as many pods."""
    assert one.effect is not None
    assert one.low is not None
    assert one.high is not None
    width = width_left(one, spread_of(one) or 0.0, time, pods)
    return one.effect + width * (one.low - one.effect), one.effect + width * (one.high - one.effect)


def opened(effect: float, below: float, above: float) -> Finding:
    """An open finding of errors, so far open below and above its effect."""
    return replace(OPEN, effect=effect, low=effect - below, high=effect + above)


def spread(one: Finding, pod_spread: float) -> Finding:
    """The finding where the past says how much pods differ."""
    return replace(one, pod_spread=pod_spread, pods_seen=40)


@st.composite
def still_open(draw: st.DrawFn) -> Finding:
    """A finding whose nearer end is beyond the tolerance, with a past or without events."""
    gap = draw(st.floats(0.001, 0.05))
    reach, other = gap * draw(st.floats(1.05, 20.0)), draw(st.floats(0.001, 0.2))
    harmful = draw(st.booleans())
    effect = 0.03 + gap if harmful else 0.03 - gap
    one = opened(effect, *((reach, other) if harmful else (other, reach)))
    arm = replace(one.candidate, events=draw(st.sampled_from([0.0, 3.0, 400.0])))
    return spread(replace(one, candidate=arm, baseline=arm), draw(spreads))


def nearer(one: Finding, ends: tuple[float, float]) -> float:
    """How far the nearer end is past the tolerance; negative while it is short of it."""
    assert one.effect is not None
    return ends[0] - 0.03 if one.effect > 0.03 else 0.03 - ends[1]


@given(still_open())
def test_the_time_that_is_told_is_just_enough(one: Finding) -> None:
    """After it the nearer end stands on the tolerance; where none is told none is enough."""
    found = remedy(one, SECONDS)
    assert found is not None
    if found.seconds is None:
        assert nearer(one, shrunk(one, 1e15, 1.0)) <= 1e-9
    else:
        times = 1.0 + found.seconds / SECONDS
        assert math.isclose(nearer(one, shrunk(one, times, 1.0)), 0.0, abs_tol=1e-9)


@given(still_open())
def test_so_many_pods_are_enough_and_one_less_is_not(one: Finding) -> None:
    """The number of pods is the smallest that does it; where none is told, none in reach does."""
    found, now = remedy(one, SECONDS), min(one.baseline.pods, one.candidate.pods)
    assert found is not None
    pods = found.pods or MOST_PODS + 1
    assert nearer(one, shrunk(one, 1.0, (now + pods - 1) / now)) < 1e-9
    if found.pods is not None:
        assert nearer(one, shrunk(one, 1.0, (now + pods) / now)) > -1e-9


def test_many_pods_without_a_past_measure_their_spread_themselves() -> None:
    """What was assumed of them is not what makes their interval wide."""
    few = replace(OPEN, pod_spread=0.45)
    many = replace(few, candidate=replace(OPEN.candidate, pods=3))
    few = replace(few, candidate=replace(few.candidate, pods=2))
    assert (spread_of(few), spread_of(many)) == (0.45, None)
    assert spread_of(replace(many, pods_seen=9)) == 0.45


@pytest.mark.parametrize(("events", "left"), [(0.0, 0.25), (1e9, 0.5)])
def test_the_width_shrinks_like_the_root_of_events_and_faster_where_there_are_none(
    events: float, left: float
) -> None:
    """Four times the traffic halves it, or quarters it where nothing has happened yet."""
    arm = replace(OPEN.candidate, events=events)
    one = replace(OPEN, candidate=arm, baseline=arm)
    assert width_left(one, 0.0, 4.0, 1.0) == pytest.approx(left, abs=1e-3)
    assert width_left(one, 0.0, 2.0, 2.0) == pytest.approx(left, abs=1e-3)


def test_where_pods_differ_no_time_is_enough() -> None:
    """With a thousand events a pod and pods that differ by half, waiting shows nothing more."""
    many = replace(OPEN, candidate=replace(OPEN.candidate, events=5_000.0))
    found = remedy(spread(many, 0.5), SECONDS)
    assert found is not None
    assert (found.seconds, found.pods) == (None, 6)


def test_a_level_is_settled_by_pods_alone() -> None:
    """However often a pod is sampled it counts once."""
    found = remedy(finding(MEMORY, Verdict.INCONCLUSIVE), SECONDS)
    assert found is not None
    assert found.seconds is None
    assert found.pods is not None


def test_of_successes_the_failures_count() -> None:
    """A service that nearly always succeeds has few events, and time helps."""
    one = replace(
        finding(SUCCESS, Verdict.INCONCLUSIVE),
        candidate=replace(OPEN.candidate, value=0.99, events=990.0, exposure=1000.0),
        baseline=replace(OPEN.baseline, value=0.99, events=990.0, exposure=1000.0),
    )
    assert counting_share(one, 0.45) == pytest.approx(1.0 / (1.0 + 0.45**2 * 20.0 / 5.0))


@pytest.mark.parametrize(
    "one",
    [
        opened(0.03, 0.03, 0.03),
        opened(0.01, 0.01, 0.01),
        replace(OPEN, effect=None),
        replace(OPEN, high=None),
        replace(finding(LATENCY, Verdict.INCONCLUSIVE), effect=-1.0),
    ],
)
def test_nothing_is_promised_where_nothing_can_be_said(one: Finding) -> None:
    """An estimate on the tolerance, an interval narrow enough already, or none."""
    assert remedy(one, SECONDS) is None


@pytest.mark.parametrize(("share", "requests", "left"), [(0.02, 400, 0.5), (0.0, 4, 0.25)])
def test_the_engine_obeys_the_law(share: float, requests: int, left: float) -> None:
    """Four times as many requests on equal pods make the engine's interval about half as wide,
    and a quarter as wide where no request ever fails."""
    looks = list(islice(played(3, share, requests, 0.001), 60))
    assert width(looks[59]) / width(looks[14]) == pytest.approx(left, rel=0.3)


@pytest.mark.slow
def test_the_time_that_is_told_is_of_the_right_order() -> None:
    """In played rollouts of equal versions, told a third of the way in, the whole time told is in
    the middle between half of what it then takes and four times that."""
    told = [ratio for seed in range(12) if (ratio := told_against_taken(seed)) is not None]
    assert len(told) >= 9
    assert 0.5 < median(told) < 4.0


def told_against_taken(seed: int) -> float | None:
    """The whole time that was told a third of the way in over what it took, None for no time."""
    looks = list(takewhile(is_open, played(seed, 0.01, 60, 0.004)))
    third = len(looks) // 3
    found = remedy(looks[third], 15.0 * (third + 1))
    if found is None or found.seconds is None:
        return None
    return (15.0 * (third + 1) + found.seconds) / (15.0 * (len(looks) + 1))


def is_open(one: Finding) -> bool:
    """Whether there is no verdict yet."""
    return one.verdict is Verdict.INCONCLUSIVE


def width(one: Finding) -> float:
    """How wide the interval is."""
    assert one.low is not None
    assert one.high is not None
    return one.high - one.low


def played(seed: int, share: float, requests: int, tolerance: float) -> Iterator[Finding]:
    """The finding after each window of fifteen seconds on eight equal pods a side, each with so
    many requests a window, of which this share fails."""
    question = Question("errors", Kind.RATIO, ERRORS.worse, Tolerance(tolerance, absolute=True))
    comparison = Comparison((question,), Design.SIDE_BY_SIDE, 0.01, 0.0, 15.0, 36_000.0, 0.0)
    chance, evidence = np.random.default_rng(seed), begin(comparison)
    pods = tuple(Pod(f"{arm.value}-{n}", arm, -math.inf) for arm in Arm for n in range(8))
    failed = {pod.name: 0.0 for pod in pods}
    for index in count():
        start, end = 15.0 * index, 15.0 * (index + 1)
        before = dict(failed)
        for name in failed:
            failed[name] += chance.binomial(requests, share)
        answered = dict.fromkeys(failed, (requests * index, requests * (index + 1.0)))
        bad = {name: (before[name], failed[name]) for name in failed}
        series = {
            ("errors", part): tuple(
                Series(name, "", (start + 1.0, end), values) for name, values in found.items()
            )
            for part, found in ((Part.BAD, bad), (Part.TOTAL, answered))
        }
        evidence = fold(evidence, Window(start, end, pods, series, {}))
        (one,) = judge(evidence).findings
        yield one
