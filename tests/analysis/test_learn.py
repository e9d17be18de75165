"""Laws of what is learned of a service's past, read through the one door."""

import numpy as np
import pytest

from analysis.learn import learn
from analysis.past import MetricPast
from analysis.samples import Arm, Part, Pod, Window
from tests.analysis.worlds import (
    ERRORS,
    LATENCY,
    MEMORY,
    Track,
    comparison,
    histogram_tracks,
    ratio_tracks,
    windows,
)

WINDOWS = 40


def _block(number: int, spread: float, burst: int, pods: int = 4) -> list[Window]:
    """One stretch of time of pods of its own; errors come `burst` at a time."""
    draw = np.random.default_rng(number)
    group = tuple(Pod(f"b{number}-{at}", Arm.BASELINE, -1e9) for at in range(pods))
    tracks: list[Track] = []
    for pod in group:
        effect = draw.gamma(spread**-2, spread**2)
        bad = burst * draw.poisson(6.0 * effect / burst, WINDOWS)
        tracks += ratio_tracks("errors", pod.name, bad.astype(float).tolist(), [600.0] * WINDOWS)
    return windows(group, tracks)


def _errors(spread: float, burst: int = 1) -> MetricPast:
    past = learn(comparison(ERRORS), (_block(at, spread, burst) for at in range(30)), 1e9)
    return past.metrics[0]


@pytest.mark.parametrize("spread", [0.14, 0.45, 1.0])
def test_the_spread_of_pods_is_found(spread: float) -> None:
    """A hundred pods tell it to a fifth, rather too large than too small."""
    found = _errors(spread)
    assert 0.85 * spread <= found.spread <= 1.3 * spread
    assert found.pods == 120


def test_pods_that_are_alike_are_found_alike() -> None:
    """Counting alone is not taken for a difference of pods."""
    assert _errors(0.001).spread < 0.05


def test_errors_that_come_in_bursts_are_found_to() -> None:
    """The variance of counts over that of independent events."""
    assert _errors(0.14, burst=6).burst == pytest.approx(6.0, rel=0.25)
    assert _errors(0.14).burst == pytest.approx(1.0, abs=0.15)


def test_a_short_past_teaches_nothing() -> None:
    """Two stretches of four pods are no ground for a promise."""
    past = learn(comparison(ERRORS), [_block(1, 0.3, 1)], 1e9)
    assert past.metrics == ()


def test_levels_and_tails_are_learned_too() -> None:
    """A gauge's spread is that of the logarithms of its levels; a histogram's that of its tail."""
    draw = np.random.default_rng(4)

    def block(number: int) -> list[Window]:
        group = tuple(Pod(f"b{number}-{at}", Arm.BASELINE, -1e9) for at in range(4))
        tracks: list[Track] = []
        for pod in group:
            level = 100.0 * np.exp(0.2 * draw.standard_normal())
            values = level * np.exp(0.05 * draw.standard_normal(WINDOWS + 1))
            tracks.append(Track("memory", Part.VALUE, pod.name, values.tolist()))
            shares = np.array([0.1, 0.2, 0.3, 0.25, 0.1, 0.04, 0.008, 0.002, 0, 0, 0, 0])
            buckets = np.array([draw.multinomial(600, shares) for _ in range(WINDOWS)], dtype=float)
            tracks += histogram_tracks("latency", pod.name, buckets)
        return windows(group, tracks)

    past = learn(comparison(LATENCY, MEMORY), map(block, range(20)), 1e9)
    found = {metric.name: metric for metric in past.metrics}
    assert found["memory"].spread == pytest.approx(0.2, rel=0.25)
    assert found["memory"].rate == pytest.approx(100.0, rel=0.1)
    assert found["latency"].spread < 0.06


def test_an_outage_does_not_hide_how_pods_differ() -> None:
    """A failing dependency strikes all pods alike; ordinary windows say what is usual."""

    def block(number: int) -> list[Window]:
        draw = np.random.default_rng(number)
        group = tuple(Pod(f"b{number}-{at}", Arm.BASELINE, -1e9) for at in range(4))
        tracks: list[Track] = []
        for pod in group:
            bad = draw.poisson(6.0 * draw.gamma(0.45**-2, 0.45**2), WINDOWS).astype(float)
            bad[10:16] = draw.poisson(200.0, 6)
            tracks += ratio_tracks("errors", pod.name, bad.tolist(), [600.0] * WINDOWS)
        return windows(group, tracks)

    past = learn(comparison(ERRORS), map(block, range(30)), 1e9)
    assert past.metrics[0].spread >= 0.38


def test_one_pods_burst_is_no_outage() -> None:
    """Forty errors of one pod in one window belong to what is usual of a bursty service."""

    def block(number: int) -> list[Window]:
        draw = np.random.default_rng(number)
        group = tuple(Pod(f"b{number}-{at}", Arm.BASELINE, -1e9) for at in range(2))
        tracks: list[Track] = []
        for pod in group:
            bad = draw.poisson(1.5, WINDOWS) + 40 * (draw.random(WINDOWS) < 0.02)
            tracks += ratio_tracks(
                "errors", pod.name, bad.astype(float).tolist(), [300.0] * WINDOWS
            )
        return windows(group, tracks)

    past = learn(comparison(ERRORS), map(block, range(40)), 1e9)
    assert past.metrics[0].burst >= 8.0
