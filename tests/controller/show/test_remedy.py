"""What would settle an open metric: the law by which intervals shrink."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis.accumulate import begin, fold, judge
from analysis.question import Comparison, Design, Kind, Question
from analysis.samples import Arm, Part, Pod, Series, Window
from analysis.verdict import Finding, Verdict
from controller.show.remedy import counting_share, remedy
from tests.controller.show.made import ERRORS, LATENCY, MEMORY, SUCCESS, finding

OPEN = finding(ERRORS, Verdict.INCONCLUSIVE)
SECONDS = 600.0
spreads = st.floats(0.0, 1.0)
tolerances = st.floats(0.001, 0.3)


def shrunk(one: Finding, time: float, pods: float, pod_spread: float) -> tuple[float, float]:
    """The ends after `time` times as long and with `pods` times as many pods, by the law."""
    assert one.effect is not None
    assert one.low is not None
    assert one.high is not None
    counting = counting_share(one, pod_spread)
    width = math.sqrt((counting / time + 1.0 - counting) / pods)
    return one.effect + width * (one.low - one.effect), one.effect + width * (one.high - one.effect)


def opened(effect: float, low: float, high: float) -> Finding:
    """An open finding of errors, in points."""
    return replace(OPEN, effect=effect, low=low, high=high)


@given(st.floats(-0.02, 0.09), st.floats(0.001, 0.2), st.floats(0.001, 0.2), spreads)
def test_the_time_that_is_told_is_just_enough(
    effect: float, below: float, above: float, pod_spread: float
) -> None:
    """After it the nearer end stands on the tolerance, neither short of it nor past it."""
    one = opened(effect, effect - below, effect + above)
    found = remedy(one, SECONDS, pod_spread)
    assume(found is not None and found.seconds is not None and found.seconds < 1e9)
    assert found is not None
    assert found.seconds is not None
    low, high = shrunk(one, 1.0 + found.seconds / SECONDS, 1.0, pod_spread)
    assert math.isclose(low if found.toward_harm else high, 0.03, abs_tol=1e-6)


@given(st.floats(-0.02, 0.09), st.floats(0.001, 0.2), st.floats(0.001, 0.2), spreads)
def test_so_many_pods_are_enough_and_one_less_is_not(
    effect: float, below: float, above: float, pod_spread: float
) -> None:
    """The number of pods is the smallest that does it, however much pods differ."""
    one = opened(effect, effect - below, effect + above)
    found = remedy(one, SECONDS, pod_spread)
    assume(found is not None and found.pods is not None)
    assert found is not None
    assert found.pods is not None
    now = min(one.baseline.pods, one.candidate.pods)
    clear = []
    for pods in (now + found.pods, now + found.pods - 1):
        low, high = shrunk(one, 1.0, pods / now, pod_spread)
        clear.append(low >= 0.03 - 1e-9 if found.toward_harm else high <= 0.03 + 1e-9)
    assert clear[0]
    assert not clear[1] or found.pods == 1


def test_where_pods_differ_no_time_is_enough() -> None:
    """With a thousand events a pod and pods that differ by half, waiting shows nothing more."""
    many = replace(OPEN, candidate=replace(OPEN.candidate, events=5_000.0))
    found = remedy(many, SECONDS, 0.5)
    assert found is not None
    assert (found.seconds, found.pods) == (None, 6)


def test_a_level_is_settled_by_pods_alone() -> None:
    """However often a pod is sampled it counts once."""
    found = remedy(finding(MEMORY, Verdict.INCONCLUSIVE), SECONDS, 0.0)
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
        opened(0.03, 0.0, 0.06),
        opened(0.01, 0.0, 0.02),
        replace(OPEN, effect=None),
        replace(OPEN, high=None),
        replace(finding(LATENCY, Verdict.INCONCLUSIVE), effect=-1.0),
    ],
)
def test_nothing_is_promised_where_nothing_can_be_said(one: Finding) -> None:
    """An estimate on the tolerance, an interval narrow enough already, or none."""
    assert remedy(one, SECONDS, 0.0) is None


def test_the_engine_obeys_the_law() -> None:
    """Four times as many requests on equal pods make the engine's interval about half as wide."""
    short, long = width_after(windows=15), width_after(windows=60)
    assert 0.35 < long / short < 0.65


def width_after(windows: int) -> float:
    """The interval's width on ten equal pods a side after so many windows of 400 requests each."""
    question = Question("errors", Kind.RATIO, ERRORS.worse, ERRORS.tolerance)
    comparison = Comparison((question,), Design.SIDE_BY_SIDE, 0.01, 0.0, 15.0, 36_000.0, 0.0)
    chance = np.random.default_rng(3)
    pods = tuple(
        Pod(f"{arm.value}-{number}", arm, -math.inf) for arm in Arm for number in range(10)
    )
    totals = np.arange(windows + 1) * 400.0
    bad = {
        pod.name: np.concatenate([[0.0], chance.binomial(400, 0.02, windows).cumsum()])
        for pod in pods
    }
    evidence = begin(comparison)
    for index in range(windows):
        start, end = 15.0 * index, 15.0 * (index + 1)
        cut = slice(index + 1, index + 2) if index else slice(0, 2)
        times = (start, end) if not index else (end,)

        def series(
            values: dict[str, np.ndarray], where: slice = cut, at: tuple[float, ...] = times
        ) -> tuple[Series, ...]:
            return tuple(
                Series(name, "", at, tuple(map(float, many[where])))
                for name, many in values.items()
            )

        everything = {pod.name: totals for pod in pods}
        found = {("errors", Part.BAD): series(bad), ("errors", Part.TOTAL): series(everything)}
        evidence = fold(evidence, Window(start, end, pods, found, {}))
    (one,) = judge(evidence).findings
    assert one.low is not None
    assert one.high is not None
    return one.high - one.low
