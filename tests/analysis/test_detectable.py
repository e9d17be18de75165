"""What an open finding says would have shown by now is true: such harm is shown, far less is not."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.accumulate import begin, fold, judge
from analysis.past import MetricPast, Past
from analysis.question import Question, Tolerance
from analysis.samples import Arm, Part
from analysis.verdict import Finding, Verdict
from tests.analysis.worlds import (
    ERRORS,
    MEMORY,
    SCRAPE,
    Track,
    comparison,
    pods,
    ratio_tracks,
    windows,
)

LOOKS, RUNS, RATE = 30, 12, 0.01
SPREAD = 0.12
POINTS = Question("errors", ERRORS.kind, ERRORS.worse, Tolerance(0.005, absolute=True))
PAST = Past(
    (MetricPast("errors", 60, SPREAD, 1.0, RATE), MetricPast("memory", 60, 0.05, 1.0, 100.0)),
    40,
    0.0,
    -1e6,
)
CASES = [
    (ERRORS, 1, PAST),
    (ERRORS, 1, None),
    (ERRORS, 3, None),
    (ERRORS, 4, PAST),
    (ERRORS, 4, None),
    (ERRORS, 5, None),
    (POINTS, 1, None),
]


def _released(question: Question, each: int, past: Past | None, harm: float, seed: int) -> Finding:
    """A release that is worse by `harm`, on the tolerance's scale."""
    draw, tracks = np.random.default_rng(seed), list[Track]()
    worse = RATE + harm if question.tolerance.absolute else RATE * (1.0 + harm)
    for pod in pods(each, each):
        effect = draw.gamma(SPREAD**-2, SPREAD**2)
        share = effect * (worse if pod.arm is Arm.CANDIDATE else RATE)
        total = draw.poisson(300.0, LOOKS)
        bad = draw.binomial(total, min(share, 0.95)).astype(float)
        tracks += ratio_tracks("errors", pod.name, bad.tolist(), total.astype(float).tolist())
    evidence = begin(comparison(question, limit=LOOKS * SCRAPE), past)
    for window in windows(pods(each, each), tracks):
        evidence = fold(evidence, window)
    return judge(evidence).findings[0]


def _told(question: Question, each: int, past: Past | None) -> float:
    """The median of what equal releases say would have shown."""
    found = [_released(question, each, past, 0.0, seed).shown for seed in range(5)]
    return float(np.median([one for one in found if one is not None]))


def test_what_is_said_to_show_is_shown_about_as_often_as_not() -> None:
    """Over many sorts of comparison, harm of the size that is told is Regressed in half of the
    releases or more, in each sort in a quarter at least; harm of half that size in few."""
    hits, early = list[int](), list[int]()
    for question, each, past in CASES:
        told = _told(question, each, past)
        for size, found in ((told, hits), (told / 2.0, early)):
            seen = [_released(question, each, past, size, 100 + run) for run in range(RUNS)]
            found.append(sum(one.verdict is Verdict.REGRESSED for one in seen))
    assert sum(hits) >= 0.5 * RUNS * len(CASES)
    assert min(hits) >= 0.25 * RUNS
    assert sum(early) <= 0.15 * RUNS * len(CASES)


@pytest.mark.parametrize("each", [1, 3, 4])
def test_an_open_finding_never_says_that_its_own_effect_would_have_shown(each: int) -> None:
    """Without a past and with few labellings a great effect may stay open; then what is said to
    show is greater."""
    for seed in range(8):
        found = _released(ERRORS, each, None, 1.3, seed)
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.effect is not None
        assert found.shown is not None
        assert found.shown > found.effect


def _remembered(each: int, factor: float, past: Past | None) -> Finding:
    draw = np.random.default_rng(each)
    tracks = []
    for pod in pods(each, each):
        level = 100.0 * np.exp(0.05 * draw.standard_normal())
        level *= factor if pod.arm is Arm.CANDIDATE else 1.0
        tracks.append(Track("memory", Part.VALUE, pod.name, [level] * (LOOKS + 1)))
    asked = comparison(replace(MEMORY, tolerance=Tolerance(0.02)), limit=LOOKS * SCRAPE)
    evidence = begin(asked, past)
    for window in windows(pods(each, each), tracks):
        evidence = fold(evidence, window)
    return judge(evidence).findings[0]


def test_of_levels_it_is_true_too() -> None:
    """With a past twice what is told is shown; without one three pods a side show nothing at all."""
    told = _remembered(3, 1.0, PAST).shown
    assert told is not None
    assert _remembered(3, 1.0 + 2.0 * told, PAST).verdict is Verdict.REGRESSED
    assert _remembered(3, 1.0, None).shown is None
