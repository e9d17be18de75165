from itertools import product

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.rollbench.interface import Answer, Rule
from benchmarks.rollbench.likelihood import TwoArms
from benchmarks.rollbench.rules.betting import RULES, Betting
from benchmarks.rollbench.rules.conditional import RULES as CONDITIONAL
from tests.benchmarks.rollbench.hand_made import ERRORS, ratio, steady, study, verdicts

(TEST,) = RULES
ERRORS_A_SCRAPE = 3


def scrape(events: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> TwoArms:
    """Three errors, so many of them the candidate's, which has 300 of 800 requests."""
    size = len(events)
    others = ERRORS_A_SCRAPE - events[:, None]
    return TwoArms(events[:, None], others, np.full(size, 300.0), np.full(size, 500.0))


def test_capital_is_fair() -> None:
    """Over every course of five scrapes at the null the expected capital is one, and never negative."""
    courses = np.array(list(product(range(ERRORS_A_SCRAPE + 1), repeat=5)), dtype=float)
    betting = Betting(ERRORS)
    for scrape_number in range(5):
        log_capital = betting.log_e(scrape(courses[:, scrape_number]))
    chances = binom.pmf(courses, ERRORS_A_SCRAPE, 300 / 800).prod(axis=1)
    assert np.exp(log_capital) @ chances == pytest.approx(1.0)
    assert np.exp(log_capital).max() > 1.0


def test_no_errors_no_bet() -> None:
    """A scrape without errors changes nothing."""
    betting = Betting(ERRORS)
    before = [betting.log_e(scrape(np.array([3.0])))[0] for _ in range(4)][-1]
    none = np.zeros((1, 1))
    after = betting.log_e(TwoArms(none, none, np.array([300.0]), np.array([500.0])))
    assert before > 0.0
    assert after[0] == before


def test_steady_harm_is_seen() -> None:
    """Four times the errors are rolled back within five minutes."""
    ((answer, seconds),) = verdicts(TEST, study(ERRORS, looks=120), errors=steady((1, 4), 120))
    assert answer is Answer.ROLLBACK
    assert seconds <= 300.0


def test_bursts_mislead_it_less() -> None:
    """Of good releases whose pods now and then have forty errors at once it rolls back few, the
    conditional e-process most."""
    draw = np.random.default_rng(4)
    shape = (1000, 120, 2)
    bad = draw.poisson(3.0, shape) + 40.0 * (draw.random(shape) < 0.03)
    values = ratio(bad, np.full(shape, 300.0))
    asked = study(ERRORS, looks=120, runs=1000)

    def rolled_back(rule: Rule) -> float:
        found = verdicts(rule, asked, errors=values)
        return float(np.mean([answer is Answer.ROLLBACK for answer, _ in found]))

    assert rolled_back(TEST) < 0.05
    assert rolled_back(CONDITIONAL[0]) > 0.5
