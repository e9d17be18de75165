"""Laws of the margin for differing pods, and of the budget it is part of."""

import numpy as np
import pytest

from analysis.error_budget import share
from analysis.spread import ASSUMED_POD_SPREAD, error_of, margin, remember
from tests.analysis.worlds import ERRORS, LATENCY, MEMORY, comparison


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_the_shares_of_the_error_add_up_to_the_promise(rate: float) -> None:
    """Two counted metrics and one gauge spend together what was promised, and no more."""
    budget = share(comparison(ERRORS, LATENCY, MEMORY, rate=rate))
    assert 2 * (budget.evidence + budget.spread) + budget.permutation == pytest.approx(rate)


@pytest.mark.parametrize("spread", [0.14, 0.3, ASSUMED_POD_SPREAD])
@pytest.mark.parametrize("pods", [(1, 1), (2, 2), (3, 3), (5, 5), (1, 5)])
def test_groups_of_equal_pods_stay_within_the_margin(pods: tuple[int, int], spread: float) -> None:
    """The ratio of two groups' means passes the margin no more often than said."""
    error, runs = 0.01, 40_000
    draw = np.random.default_rng(11)
    means = [draw.gamma(spread**-2, spread**2, (runs, n)).mean(axis=1) for n in pods]
    beyond = int((means[0] > margin(*pods, error) * means[1]).sum())
    assert beyond <= runs * error + 3 * (runs * error) ** 0.5


def test_more_pods_narrow_the_margin() -> None:
    """Means of many pods differ less than means of few."""
    margins = [margin(n, n, 0.001) for n in (1, 2, 3, 5, 10)]
    assert margins == sorted(margins, reverse=True)
    assert margin(2.5, 3, 0.001) > margin(3, 3, 0.001)


def test_each_new_set_of_pods_has_its_own_share_of_the_error() -> None:
    """However often pods come and go, all sets together keep the error."""
    assert sum(error_of(order) for order in range(1, 10_000)) < 1.0
    seen, first = remember({}, frozenset("ab"))
    seen, second = remember(seen, frozenset("abc"))
    _, again = remember(seen, frozenset("ba"))
    assert (first, second, again) == (1, 2, 1)
