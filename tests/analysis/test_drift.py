"""Before compared with after: what time alone changes is no harm."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import beta

from analysis import drift
from analysis.accumulate import begin, fold, judge
from analysis.framing import Null
from analysis.learn import learn
from analysis.past import Past
from analysis.question import Design, Question, Tolerance
from analysis.samples import Arm, Window
from analysis.score import normal_score, score, sides
from analysis.tally import Totals
from analysis.verdict import Judgement, Verdict
from tests.analysis.worlds import (
    ERRORS,
    SCRAPE,
    Track,
    alike,
    comparison,
    pods,
    ratio_tracks,
    windows,
)

MANY = 30
LIMIT = MANY * SCRAPE
SIDE = pods(5, 5)
TOLERANT = Question("errors", ERRORS.kind, ERRORS.worse, Tolerance(0.5))
Level = Callable[[float], float]
"""The share of errors at a time, over its mean."""


def tides(at: float) -> float:
    """Up and down by almost half, with a period of five time limits."""
    return math.exp(0.6 * math.sin(2.0 * math.pi * at / (5.0 * LIMIT)))


def steady(_: float) -> float:
    """Nothing ever changes."""
    return 1.0


def _windows(level: Level, at: float, draw: np.random.Generator, harm: float = 1.0) -> list[Window]:
    """The candidate from `at` on, beside the baseline one limit before."""
    tracks: list[Track] = []
    for pod in SIDE:
        new = pod.arm is Arm.CANDIDATE
        start, worse = (at, harm) if new else (at - LIMIT, 1.0)
        shares = [0.02 * worse * level(start + k * SCRAPE) for k in range(MANY)]
        total = draw.poisson(400.0, MANY)
        bad = draw.binomial(total, np.minimum(shares, 1.0)).astype(float)
        tracks += ratio_tracks("errors", pod.name, bad.tolist(), total.astype(float).tolist())
    return windows(SIDE, tracks)


def _past(level: Level, seed: int) -> Past:
    """Forty stretches of the service's past, at any time, without a release."""
    draw = np.random.default_rng(seed)
    asked = comparison(TOLERANT, limit=LIMIT)
    blocks = (_stretch(level, number, float(draw.uniform(0.0, 1e6)), draw) for number in range(40))
    return learn(asked, blocks, 0.0)


def _stretch(level: Level, number: int, at: float, draw: np.random.Generator) -> list[Window]:
    """Pods are replaced with every release, so they are others each time."""
    tracks, group = list[Track](), tuple(replace(p, name=f"{p.name}-{number}") for p in pods(3, 0))
    for pod in group:
        total = draw.poisson(400.0, MANY)
        bad = draw.binomial(total, [0.02 * level(at + k * SCRAPE) for k in range(MANY)])
        tracks += ratio_tracks(
            "errors", pod.name, bad.astype(float).tolist(), total.astype(float).tolist()
        )
    return windows(group, tracks)


def _judged(many: list[Window], past: Past | None, rate: float = 0.05) -> Judgement:
    evidence = begin(comparison(TOLERANT, rate=rate, design=Design.BEFORE_AFTER, limit=LIMIT), past)
    for window in many:
        evidence = fold(evidence, window)
    return judge(evidence)


@pytest.mark.parametrize("remembers", [True, False])
def test_the_tide_is_no_harm(remembers: bool) -> None:
    """Good releases at any time of a metric that halves and doubles by itself are rolled back no
    more often than promised (exact limit of the rate, 150 releases), with and without a past."""
    draw = np.random.default_rng(5)
    past = _past(tides, 6) if remembers else None
    runs, wrong = 150, 0
    for _ in range(runs):
        many = _windows(tides, float(draw.uniform(0.0, 1e6)), draw)
        wrong += _judged(many, past).verdict is Verdict.REGRESSED
    assert wrong == 0 or beta.ppf(0.025, wrong, runs - wrong + 1) <= 0.05


@pytest.mark.parametrize("remembers", [True, False])
def test_gross_harm_is_seen_through_the_tide(remembers: bool) -> None:
    """Twenty times the errors are no time of day, whatever is known."""
    past = _past(tides, 6) if remembers else None
    found = _judged(_windows(tides, 1234.0, np.random.default_rng(8), harm=20.0), past)
    assert found.verdict is Verdict.REGRESSED


def test_a_steady_past_lets_moderate_harm_be_seen_and_health_be_said() -> None:
    """Where the past says that nothing moves by itself, twice the errors are harm; equal is Healthy."""
    past, draw = _past(steady, 9), np.random.default_rng(10)
    assert _judged(_windows(steady, 0.0, draw, harm=2.0), past).verdict is Verdict.REGRESSED
    assert _judged(_windows(steady, 0.0, draw), past).verdict is Verdict.HEALTHY


def test_without_a_past_before_and_after_is_never_healthy() -> None:
    """Nobody knows what the time of day does, so equal figures promise nothing."""
    found = _judged(_windows(steady, 0.0, np.random.default_rng(11)), None)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "the time of day is not ruled out" in found.reason


def test_what_is_learned_of_a_tide_is_its_size() -> None:
    """The drift is of the order of the change from one limit to the next, and never much less."""
    times = np.linspace(0.0, 5.0 * LIMIT, 200)
    moved = [math.log(tides(at + LIMIT) / tides(at)) for at in times]
    true = float(np.sqrt(np.mean(np.square(moved))))
    found = _past(tides, 12).metrics[0].drift
    assert found is not None
    assert 0.9 * true <= found <= 1.8 * true
    still = _past(steady, 13).metrics[0].drift
    assert still is not None
    assert still <= 0.2


def test_few_stretches_or_few_events_tell_no_drift() -> None:
    """Five changes are too few, and changes that counting alone explains hide any drift."""
    assert drift.learn([drift.Change(0.1, 0.001)] * 5) is None
    assert drift.learn([drift.Change(0.1, 1.0)] * 40) is None


def test_time_moves_what_is_chance_apart() -> None:
    """The more time alone moves a metric, the less the same counts say, at any number of pods."""
    counts = Totals(np.array([60.0]), np.array([20.0]), np.array([1000.0]))
    before = Totals(np.array([20.0]), np.array([20.0]), np.array([1000.0]))
    none = Null(np.ones(1), np.zeros(1))
    arms = sides(counts, before, (np.array([3.0]), np.array([3.0])), none, of_exposure=True)
    said = [normal_score(arms, replace(alike(0.1), drift=d))[0] for d in (0.0, 0.2, 0.5, 1.0)]
    assert said == sorted(said, reverse=True)
    exact = [score(arms, replace(alike(0.1), drift=d)).z[0] for d in (0.0, 0.2, 0.5, 1.0)]
    assert said == pytest.approx(exact, rel=0.15)
