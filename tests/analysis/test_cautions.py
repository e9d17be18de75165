"""Laws of what keeps the score test from mistaking bursts and single pods for a bad release."""

import numpy as np
import pytest

from analysis import burstiness
from analysis.accumulate import judge
from analysis.question import Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part
from analysis.verdict import Verdict
from tests.analysis.worlds import (
    ERRORS,
    Track,
    comparison,
    folded,
    pods,
    ratio_tracks,
    rising,
    windows,
)


def _factor(candidate: np.ndarray, baseline: np.ndarray) -> float:
    so_far = burstiness.begin(1)
    for pair in zip(candidate, baseline, strict=True):
        so_far = burstiness.add(so_far, np.array(pair, dtype=float)[:, np.newaxis], np.ones((2, 1)))
    return float(burstiness.factor(so_far)[0])


def test_independent_events_are_not_bursty() -> None:
    """Poisson counts lose next to nothing, even where their rates drift."""
    draw = np.random.default_rng(1)
    ramp = np.linspace(5.0, 80.0, 200)
    assert _factor(draw.poisson(ramp), draw.poisson(ramp)) == pytest.approx(1.0, abs=0.2)


def test_events_in_bursts_count_as_bursts() -> None:
    """Bursts of fifty events are worth as many events as there are bursts."""
    draw = np.random.default_rng(2)
    bursts = 50.0 * draw.poisson(0.1, (2, 400))
    assert _factor(bursts[0], bursts[1]) == pytest.approx(50.0, rel=0.25)


def test_a_release_that_goes_bad_once_is_not_bursty() -> None:
    """One step is left out, so harm that begins late is not held for a burst."""
    draw = np.random.default_rng(3)
    step = np.concatenate([draw.poisson(5.0, 30), draw.poisson(200.0, 10)])
    assert _factor(step, draw.poisson(5.0, 40)) < 1.6


def test_a_unit_that_is_no_event_convicts_nobody() -> None:
    """Bytes come in thousands; equal arms stay equal whatever is counted."""
    draw = np.random.default_rng(4)
    question = Question("bytes", Kind.RATE, Direction.HIGHER, Tolerance(0.1))
    tracks = [
        Track("bytes", Part.COUNT, pod.name, rising((5_000 * draw.geometric(0.01, 40)).tolist()))
        for pod in pods(3, 3)
    ]
    found = judge(folded(comparison(question), windows(pods(3, 3), tracks)))
    assert found.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("failing", "verdict"), [(1, "Inconclusive"), (3, "Regressed")])
def test_one_pod_convicts_no_release(failing: int, verdict: str) -> None:
    """A third of all requests failing on one pod of three is that pod's trouble; on all three
    it is the release's."""
    tracks = [
        track
        for number, pod in enumerate(pods(3, 3))
        for bad in [100.0 if pod.arm is Arm.CANDIDATE and number - 3 < failing else 1.0]
        for track in ratio_tracks("errors", pod.name, [bad] * 20, [300.0] * 20)
    ]
    found = judge(folded(comparison(ERRORS), windows(pods(3, 3), tracks)))
    assert found.verdict.value == verdict
