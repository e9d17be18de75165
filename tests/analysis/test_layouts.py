"""Histograms whose buckets differ between the versions."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from analysis.accumulate import judge
from analysis.question import Question, Tolerance
from analysis.samples import Arm, Part
from analysis.verdict import Judgement, Verdict
from tests.analysis.worlds import LATENCY, Track, comparison, folded, pods, rising, windows

QUESTION = Question("latency", LATENCY.kind, LATENCY.worse, Tolerance(1.0), quantile=0.95)
SIDE = pods(5, 5)
OLD = (0.05, 0.1, 0.25, 0.5, 1.0, math.inf)
FINER = (0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 2.0, math.inf)


def _judged(old: Sequence[float], new: Sequence[float], slower: float = 1.0) -> Judgement:
    """Log-normal latencies around 80 ms, the new version's `slower` times as long."""
    draw, tracks = np.random.default_rng(4), list[Track]()
    for pod in SIDE:
        candidate = pod.arm is Arm.CANDIDATE
        took = 0.08 * np.exp(0.4 * draw.standard_normal((40, 200))) * (slower if candidate else 1.0)
        for edge in new if candidate else old:
            counts = rising((took <= edge).sum(axis=1).astype(float))
            tracks.append(Track("latency", Part.BUCKETS, pod.name, counts, edge, f"le{edge}"))
    return judge(folded(comparison(QUESTION, rate=0.05), windows(SIDE, tracks)))


def test_other_buckets_are_no_harm() -> None:
    """Versions that measure the same with finer buckets are Healthy on the edges both have."""
    found = _judged(OLD, FINER)
    assert found.verdict is Verdict.HEALTHY
    assert found.findings[0].edges == 5
    assert "on the 5 bucket edges that both versions have" in found.reason


def test_harm_is_seen_across_other_buckets() -> None:
    """Four times as slow is Regressed, whichever version has the finer buckets."""
    assert _judged(OLD, FINER, 4.0).verdict is Verdict.REGRESSED
    assert _judged(FINER, OLD, 4.0).verdict is Verdict.REGRESSED


def test_the_same_buckets_are_not_spoken_of() -> None:
    """Who has nothing to explain explains nothing."""
    found = _judged(OLD, OLD)
    assert found.findings[0].edges == 0
    assert "bucket edges" not in found.reason


def test_buckets_with_nothing_in_common_are_no_data() -> None:
    """Seconds against milliseconds decide nothing; the reason names the edges of both."""
    found = _judged(OLD, (50.0, 100.0, 250.0, math.inf))
    assert found.verdict is Verdict.NO_DATA
    assert "the baseline has 0.05, 0.1, 0.25, 0.5, 1, the candidate 50, 100, 250" in found.reason
    assert "was the unit changed?" in found.reason


@pytest.mark.parametrize("lacking", ["baseline", "candidate"])
def test_without_the_last_bucket_nothing_is_guessed(lacking: str) -> None:
    """Requests past the last edge would be lost, on one side only: no data, and the reason."""
    sides = {"baseline": OLD, "candidate": OLD} | {lacking: OLD[:-1]}
    found = _judged(sides["baseline"], sides["candidate"], 4.0)
    assert found.verdict is Verdict.NO_DATA
    assert f'no bucket le="+Inf" of the {lacking}' in found.reason
