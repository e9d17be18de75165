"""When pods differ as the past never saw, what they show now is believed."""

import numpy as np
import pytest

from analysis.accumulate import begin, fold, judge
from analysis.past import MetricPast, Past
from analysis.pod_model import Belief
from analysis.present import widened
from analysis.question import Question, Tolerance
from analysis.samples import Arm
from analysis.tally import Sums
from analysis.verdict import Judgement, Verdict
from tests.analysis.worlds import ERRORS, Track, comparison, pods, ratio_tracks, windows

ALIKE = Past((MetricPast("errors", 60, 0.1, 1.0, 0.02),), 10, 0.0, -1e6)


def _sums(spread: float, pods_a_side: int, runs: int, mean: float) -> tuple[Sums, np.ndarray]:
    """Counts of `runs` rollouts whose versions are equal, pods differing by `spread`."""
    draw, shape = np.random.default_rng(7), (runs, 2 * pods_a_side, 1)
    effects = draw.gamma(spread**-2, spread**2, shape)
    events = draw.poisson(mean * effects).astype(float)
    baseline = np.arange(2 * pods_a_side) < pods_a_side
    own = np.empty_like(events)
    for rows in (baseline, ~baseline):
        own[:, rows] = events[:, rows].mean(axis=1, keepdims=True)
    return Sums(np.ones(shape[:2]), events, own, own), baseline


def _believed(spread: float) -> Belief:
    return Belief(np.full((1, 1), spread), np.ones((1, 1)), np.full((1, 1), 60.0))


@pytest.mark.parametrize(("pods_a_side", "at_least"), [(3, 0.55), (5, 0.9), (10, 0.99)])
def test_pods_that_differ_far_more_are_noticed(pods_a_side: int, at_least: float) -> None:
    """A past of 10 % is not believed of pods that differ by 60 %, the sooner the more there are."""
    sums, baseline = _sums(0.6, pods_a_side, 500, 200.0)
    assert (widened(_believed(0.1), sums, baseline).spread > 0.1).mean() >= at_least


@pytest.mark.parametrize("spread", [0.1, 0.45])
@pytest.mark.parametrize("pods_a_side", [2, 3, 5, 10])
def test_an_honest_past_is_seldom_doubted(spread: float, pods_a_side: int) -> None:
    """Pods as unlike as the past says are taken for more unlike in a few of a hundred rollouts."""
    sums, baseline = _sums(spread, pods_a_side, 1000, 200.0)
    assert (widened(_believed(spread), sums, baseline).spread > spread).mean() <= 0.05


def test_one_bad_pod_of_the_candidate_is_not_taken_for_the_way_pods_are() -> None:
    """The worst new pod may be the harm, so it is left out."""
    sums, baseline = _sums(0.1, 5, 1, 200.0)
    sums.events[0, -1, 0] *= 20.0
    sums.own[0, ~baseline] = sums.events[0, ~baseline].mean()
    assert widened(_believed(0.1), sums, baseline).spread.item() == pytest.approx(0.1)


def test_few_events_say_nothing_of_pods() -> None:
    """Where pods had hardly any events, the past is believed."""
    sums, baseline = _sums(0.1, 5, 500, 1.0)
    assert (widened(_believed(0.1), sums, baseline).spread == 0.1).all()


def _judged(shares: dict[str, float]) -> Judgement:
    side, tracks = pods(6, 6), list[Track]()
    draw = np.random.default_rng(3)
    for pod in side:
        share = shares.get(pod.name, 0.02)
        bad = draw.binomial(300, share, 40).astype(float)
        tracks += ratio_tracks("errors", pod.name, bad.tolist(), [300.0] * 40)
    asked = Question("errors", ERRORS.kind, ERRORS.worse, Tolerance(0.1))
    evidence = begin(comparison(asked, rate=0.05), ALIKE)
    for window in windows(side, tracks):
        evidence = fold(evidence, window)
    return judge(evidence)


def test_the_reason_says_that_pods_are_unlike_the_past() -> None:
    """New nodes on which pods of both versions differ fourfold decide nothing, and it is said."""
    unlike = {"old-0": 0.005, "old-1": 0.06, "new-0": 0.06, "new-1": 0.06, "new-2": 0.008}
    found = _judged(unlike)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.findings[0].unlike_past
    worse = {pod.name: 0.08 for pod in pods(6, 6) if pod.arm is Arm.CANDIDATE}
    assert _judged(worse).verdict is Verdict.REGRESSED
