import numpy as np
import pytest
from scipy.stats import hypergeom, nchypergeom_fisher

from benchmarks.rollbench.interface import Answer
from benchmarks.rollbench.likelihood import TwoArms, log_likelihood
from benchmarks.rollbench.rules.exact import RULES, log_exact
from tests.benchmarks.rollbench.hand_made import ERRORS, ratio, steady, study, verdicts

(TEST,) = RULES
CANDIDATE, BASELINE, ERRORS_IN_ALL = 9, 7, 6


def every_outcome() -> tuple[TwoArms, "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"]:
    """All ways that six errors fall on nine and seven requests, and their chances at the null."""
    k = np.arange(ERRORS_IN_ALL + 1.0)
    sizes = np.full(len(k), float(CANDIDATE)), np.full(len(k), float(BASELINE))
    arms = TwoArms(k[:, None], ERRORS_IN_ALL - k[:, None], *sizes)
    chances = hypergeom.pmf(k, CANDIDATE + BASELINE, ERRORS_IN_ALL, CANDIDATE)
    return arms, np.asarray(chances, dtype=np.float64)


@pytest.mark.parametrize("odds", [1.25, 3.0, 10.0])
def test_likelihood_is_fishers(odds: float) -> None:
    """The ratio to no difference is that of scipy's noncentral hypergeometric law."""
    arms, chances = every_outcome()
    size = CANDIDATE + BASELINE
    expected = nchypergeom_fisher.pmf(arms.events[:, 0], size, CANDIDATE, ERRORS_IN_ALL, odds)
    assert np.exp(log_exact(arms, odds, 1.0)) * chances == pytest.approx(expected)


@pytest.mark.parametrize("odds", [1.25, 3.0, 10.0])
def test_evidence_is_fair(odds: float) -> None:
    """Over all outcomes at the null it is one in expectation, with a tolerance as well."""
    arms, chances = every_outcome()
    assert np.exp(log_exact(arms, odds, 1.0)) @ chances == pytest.approx(1.0)
    size = CANDIDATE + BASELINE
    at_tolerance = nchypergeom_fisher.pmf(arms.events[:, 0], size, CANDIDATE, ERRORS_IN_ALL, 1.5)
    assert np.exp(log_exact(arms, 1.5 * odds, 1.5)) @ at_tolerance == pytest.approx(1.0)


def test_rare_errors_are_poissons() -> None:
    """Where errors are rare the conditional e-process says the same."""
    sizes = np.array([1e6]), np.array([2e6])
    arms = TwoArms(np.array([[9.0]]), np.array([[5.0]]), *sizes)
    assert log_exact(arms, 2.0, 1.0) == pytest.approx(
        log_likelihood(arms, 2.0, 1.0)[:, 0], rel=1e-4
    )


def test_frequent_errors_say_more() -> None:
    """Where most requests fail the exact test is the surer one."""
    sizes = np.array([100.0]), np.array([100.0])
    arms = TwoArms(np.array([[90.0]]), np.array([[60.0]]), *sizes)
    assert log_exact(arms, 5.0, 1.0)[0] > max(log_likelihood(arms, r, 1.0)[0, 0] for r in (1.5, 2))


def test_rolls_back_and_keeps_quiet() -> None:
    """Twenty times the errors are rolled back at once, an outage of both arms is not."""
    asked = study(ERRORS, looks=40)
    assert verdicts(TEST, asked, errors=steady((1, 20), 40)) == [(Answer.ROLLBACK, 15.0)]
    both = np.full((1, 40, 2), 60.0)
    assert verdicts(TEST, asked, errors=ratio(both, both + 40.0)) == [(Answer.WATCH, 600.0)]


def test_silence_is_no_evidence() -> None:
    """Without requests nothing is said."""
    found = verdicts(TEST, study(ERRORS, looks=4), errors=steady((0, 0), 4, total=0.0))
    assert found == [(Answer.WATCH, 60.0)]
