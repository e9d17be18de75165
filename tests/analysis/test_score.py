"""Laws of the score that decides, against independent oracles."""

import numpy as np
import pytest
from scipy.stats import betabinom, binom, norm, poisson, power_divergence

from analysis.framing import Null
from analysis.pod_model import log_variance
from analysis.score import Sides, normal_score, score, under
from tests.analysis.worlds import alike

ALIKE = 0.01
FARTHEST = 1e-6
"""What is rarer decides the same, however rare exactly."""


def _sides(harmed: float, reference: float, pods: tuple[int, int], odds: float) -> Sides:
    one = np.ones(1)
    return Sides(
        harmed * one, reference * one, odds * one, 0.0 * one, one, (pods[0] * one, pods[1] * one)
    )


@pytest.mark.parametrize(("harmed", "reference"), [(12, 5), (40, 41), (3, 30), (7, 0)])
@pytest.mark.parametrize("odds", [1.0, 0.25, 3.0])
def test_where_pods_are_alike_its_square_is_the_g_statistic(
    harmed: float, reference: float, odds: float
) -> None:
    """The deviance of two counts, by another package's likelihood-ratio test."""
    total, share = harmed + reference, odds / (1.0 + odds)
    expected = [total * share, total * (1.0 - share)]
    oracle = power_divergence([harmed, reference], expected, lambda_="log-likelihood").statistic
    many = 10**6
    found = score(_sides(harmed, reference, (many, many), odds), alike(ALIKE))
    assert float(found.z[0]) ** 2 == pytest.approx(oracle, rel=1e-3)
    assert (found.z[0] > 0) == (harmed > odds * reference)


@pytest.mark.parametrize("spread", [0.14, 0.45, 1.4])
@pytest.mark.parametrize("pods", [(1, 1), (3, 3), (2, 8)])
@pytest.mark.parametrize(("harmed", "reference"), [(30, 10), (200, 100), (9, 1)])
def test_its_chance_is_that_of_beta_binomial_counts(
    harmed: int, reference: int, pods: tuple[int, int], spread: float
) -> None:
    """With gamma pods the harmed arm's part of all events is beta-binomial: the chance lies between
    that of more events and that of as many or more, whatever the pods."""
    shape = spread**-2
    law = betabinom(harmed + reference, pods[0] * shape, pods[1] * shape)
    if law.sf(harmed - 1) < FARTHEST:
        return
    arms = _sides(harmed, reference, pods, pods[0] / pods[1])
    chance = norm.sf(normal_score(arms, alike(spread)))[0]
    assert law.sf(harmed) * 0.93 <= chance <= law.sf(harmed - 1) * 1.07


@pytest.mark.parametrize(("harmed", "reference"), [(8, 2), (25, 9), (3, 0)])
def test_with_equal_pods_its_chance_is_binomial(harmed: int, reference: int) -> None:
    """The conditional test of two Poisson rates (Przyborowski & Wilenski 1940)."""
    arms = _sides(harmed, reference, (10**6, 10**6), 1.0)
    chance = norm.sf(normal_score(arms, alike(ALIKE)))[0]
    law = binom(harmed + reference, 0.5)
    assert law.sf(harmed) * 0.93 <= chance <= law.sf(harmed - 1) * 1.07


A_LARGE_REFERENCE = 1e-5


@pytest.mark.parametrize("seen", [8, 12, 20])
def test_with_a_clean_reference_an_offset_is_a_poisson_test(seen: int) -> None:
    """Where the reference shows nothing, only what the tolerance grants is expected."""
    exposure = np.array([1000.0])
    plain = _sides(seen, 0, (10**6, 10**6), A_LARGE_REFERENCE)
    arms = under(plain, Null(np.ones(1), np.full(1, 0.005)), exposure)
    chance = norm.sf(normal_score(arms, alike(ALIKE)))[0]
    law = poisson(5.0)
    assert law.sf(seen) * 0.9 <= chance <= law.sf(seen - 1) * 1.1


def test_it_forgets_neither_traffic_nor_scale() -> None:
    """Ten times the requests of the harmed arm make ten times the events no harm."""
    found = score(_sides(100, 10, (3, 3), 10.0), alike(ALIKE))
    assert abs(float(found.z[0])) < 1e-6


def test_infinite_traffic_leaves_what_pods_differ_by() -> None:
    """With endless events the score is the log ratio in units of the pods' spread."""
    arms = _sides(4e8, 1e8, (3, 3), 1.0)
    found = score(arms, alike(0.45))
    between = 2.0 * float(log_variance(0.45, np.array([3.0]))[0])
    assert float(found.z[0]) == pytest.approx(np.log(4.0) / np.sqrt(between), rel=1e-3)


def test_bursts_count_as_so_many_events() -> None:
    """Events that come in fours are worth a quarter of them."""
    alone = score(_sides(30, 10, (10**6, 10**6), 1.0), alike(ALIKE))
    fours = score(_sides(120, 40, (10**6, 10**6), 1.0), alike(ALIKE, burst=4.0))
    assert float(fours.z[0]) == pytest.approx(float(alone.z[0]), rel=0.02)
