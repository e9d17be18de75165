import numpy as np
import pytest

from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.rules.peeked import RULES
from tests.benchmarks.rollbench.hand_made import (
    ERRORS,
    MEMORY,
    REQUESTS,
    counters,
    ratio,
    steady,
    study,
    verdicts,
)

(TEST,) = RULES


def rolled_back(looks: int, promise: float) -> float:
    """Of 3,000 equal releases."""
    draw = np.random.default_rng(2)
    total = np.full((3000, looks, 2), 300.0)
    values = ratio(draw.binomial(300, 0.05, total.shape).astype(float), total)
    asked = study(ERRORS, looks=looks, runs=3000, promise=promise)
    return float(
        np.mean([answer is Answer.ROLLBACK for answer, _ in verdicts(TEST, asked, errors=values)])
    )


def test_one_look_keeps_the_promise() -> None:
    """Looked at once the test errs as often as it says."""
    assert rolled_back(4, 0.05) == pytest.approx(0.05, abs=0.012)


def test_thirty_looks_do_not() -> None:
    """Looked at thirty times it errs several times as often."""
    assert rolled_back(120, 0.05) > 0.2


def test_speaks_on_the_minute() -> None:
    """Great harm waits for the end of the minute."""
    found = verdicts(TEST, study(ERRORS, looks=40), errors=steady((1, 30), 40))
    assert found == [(Answer.ROLLBACK, 60.0)]


def test_levels_and_rates_are_tested_too() -> None:
    """More memory rolls back, fewer requests roll back, and neither does the other way round."""
    draw = np.random.default_rng(5)
    levels = 1.0 + 0.05 * draw.standard_normal((2, 41, 2, 1, 1))
    levels[0, :, 1] *= 1.5
    levels[1, :, 1] *= 0.5
    found = verdicts(TEST, study(MEMORY, looks=40, runs=2), memory=levels)
    assert [answer for answer, _ in found] == [Answer.ROLLBACK, Answer.WATCH]
    gained = draw.poisson(300.0, (2, 40, 2, 1, 1)).astype(float)
    gained[0, :, 1] *= 0.5
    gained[1, :, 1] *= 1.5
    found = verdicts(TEST, study(REQUESTS, looks=40, runs=2), requests=counters(gained))
    assert [answer for answer, _ in found] == [Answer.ROLLBACK, Answer.WATCH]
