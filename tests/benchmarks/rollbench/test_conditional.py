from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.likelihood import TwoArms, log_likelihood, tolerated_ratio
from benchmarks.rollbench.rules.conditional import ALTERNATIVES, RULES, WEIGHTS
from tests.benchmarks.rollbench.hand_made import ERRORS, REQUESTS, ratio, steady, study, verdicts

(TEST,) = RULES


def test_likelihood_is_binomial() -> None:
    """Given the sum, the harmed arm's events are binomial with share r n1 / (r n1 + n0)."""
    arms = TwoArms(np.array([[7.0]]), np.array([[4.0]]), np.array([300.0]), np.array([500.0]))
    shares = [ratio * 300 / (ratio * 300 + 500) for ratio in (2.0, 1.1)]
    expected = binom.logpmf(7, 11, shares[0]) - binom.logpmf(7, 11, shares[1])
    assert log_likelihood(arms, 2.0, 1.1)[0, 0] == pytest.approx(expected)


def test_evidence_is_fair() -> None:
    """Over all outcomes at the null the expected E of one scrape is one."""
    events = np.arange(13.0)
    arms = TwoArms(events[:, None], 12 - events[:, None], np.full(13, 300.0), np.full(13, 500.0))
    each = [np.exp(log_likelihood(arms, times, 1.0)[:, 0]) for times in ALTERNATIVES]
    mixed = np.tensordot(WEIGHTS, np.stack(each), axes=1)
    assert mixed @ binom.pmf(events, 12, 3 / 8) == pytest.approx(1.0)


def test_shared_shock_is_no_evidence() -> None:
    """An outage of both arms does not roll back."""
    bad = np.full((1, 40, 2), 1.0)
    bad[:, 10:20] = 60.0
    found = verdicts(TEST, study(ERRORS, looks=40), errors=ratio(bad, np.full_like(bad, 100.0)))
    assert found == [(Answer.WATCH, 600.0)]


def test_great_harm_shows_at_once() -> None:
    """Twenty times the errors roll back on the first scrape."""
    found = verdicts(TEST, study(ERRORS, looks=40), errors=steady((1, 20), 40))
    assert found == [(Answer.ROLLBACK, 15.0)]


def test_metrics_share_the_promise() -> None:
    """What convicts alone, at 1 in 20, does not beside nineteen others, at 1 in 400."""
    others = [replace(ERRORS, name=f"other{number}") for number in range(19)]
    harm, calm = steady((4, 18), 1), steady((0, 0), 1)
    assert verdicts(TEST, study(ERRORS, looks=1), errors=harm) == [(Answer.ROLLBACK, 15.0)]
    beside = study(ERRORS, *others, looks=1)
    values = {"errors": harm, **{other.name: calm for other in others}}
    assert verdicts(TEST, beside, **values) == [(Answer.WATCH, 15.0)]


def test_fewer_requests_are_harm() -> None:
    """Of what may not fall, the arm with less is the harmed one; a tenth less is tolerated as 1/0.9."""
    gained = np.full((1, 41, 2, 1, 1), 100.0)
    gained[:, :, 1] = 60.0
    found = verdicts(TEST, study(REQUESTS, looks=40), requests=np.cumsum(gained, axis=1))
    assert found[0][0] is Answer.ROLLBACK
    assert tolerated_ratio(replace(REQUESTS, tolerance=0.1)) == pytest.approx(1 / 0.9)


def test_error_is_within_the_promise() -> None:
    """Of 2,000 equal releases, whose pods do not differ, no more than 5 % are rolled back."""
    draw = np.random.default_rng(1)
    total = draw.poisson(300.0, (2000, 60, 2)).astype(float)
    values = ratio(draw.binomial(total.astype(int), 0.01).astype(float), total)
    found = verdicts(TEST, study(ERRORS, looks=60, runs=2000), errors=values)
    share = np.mean([answer is Answer.ROLLBACK for answer, _ in found])
    assert 0.005 < share < 0.05
