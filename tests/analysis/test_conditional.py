"""Laws of the conditional e-process."""

import math
from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import binom

from analysis.bounds import BET_WEIGHTS, BETS
from analysis.conditional import ALTERNATIVES, WEIGHTS, Floats, log_evidence, log_mixture
from analysis.framing import Null, null_at, reversed_null
from analysis.question import Direction, Kind, Question, Tolerance

NULLS = [(1.0, 0.0), (1.1, 0.0), (0.9, 0.1), (1.0, 0.05), (1.0, -0.02), (3.0, 0.01)]


def _null(ratio: float, offset: float) -> Null:
    return Null(np.array([ratio]), np.array([offset]))


def _evidence(k1: float, n1: float, k0: float, n0: float, null: Null) -> Floats:
    logs = log_evidence((np.array([k1]), n1), (np.array([k0]), n0), null, ALTERNATIVES)
    return logs.reshape(-1)


@pytest.mark.parametrize(("ratio", "offset"), NULLS)
@pytest.mark.parametrize("exposures", [(10.0, 10.0), (4.0, 20.0), (20.0, 4.0)])
def test_poisson_counts_at_the_boundary_expect_exactly_one(
    ratio: float, offset: float, exposures: tuple[float, float]
) -> None:
    """No bet gains on average while the candidate does just what is tolerated."""
    n1, n0 = exposures
    rate0 = 0.2
    means = n1 * (ratio * rate0 + offset), n0 * rate0
    counts = np.arange(140.0)
    logs = [-mean + counts * math.log(mean) - gammaln(counts + 1) for mean in means]
    k1, k0 = (grid.ravel() for grid in np.meshgrid(counts, counts, indexing="ij"))
    evidence = log_evidence((k1, n1), (k0, n0), _null(ratio, offset), ALTERNATIVES)
    weight = (logs[0][:, np.newaxis] + logs[1][np.newaxis, :]).ravel()
    expected = np.exp(evidence + weight[:, np.newaxis]).sum(axis=0)
    assert expected == pytest.approx(np.ones(len(ALTERNATIVES)), abs=1e-6)


@pytest.mark.parametrize(("ratio", "offset"), NULLS)
@pytest.mark.parametrize("rate0", [0.05, 0.3])
def test_binomial_counts_under_the_null_never_expect_more_than_one(
    ratio: float, offset: float, rate0: float
) -> None:
    """Ratios with large shares make the test conservative, not wrong."""
    n1, n0 = 12, 9
    for share in (1.0, 0.6):
        rate1 = min(max(share * (ratio * rate0 + offset), 0.0), 1.0)
        expected = np.zeros(len(ALTERNATIVES))
        for k1, k0 in product(range(n1 + 1), range(n0 + 1)):
            chance = binom.pmf(k1, n1, rate1) * binom.pmf(k0, n0, rate0)
            expected += chance * np.exp(_evidence(k1, n1, k0, n0, _null(ratio, offset)))
        assert (expected <= 1.0 + 1e-12).all()


def _windows() -> Iterator[tuple[int, int, float, float]]:
    draw = np.random.default_rng(5)
    for _ in range(20):
        n1, n0 = draw.uniform(5, 50, 2)
        yield int(draw.poisson(3)), int(draw.poisson(2)), float(n1), float(n0)


@pytest.mark.parametrize("ratio", [1.0, 1.1, 2.5])
def test_without_an_offset_it_is_the_test_of_lindon_and_malek(ratio: float) -> None:
    """The product of conditional binomial likelihood ratios, window by window."""
    for k1, k0, n1, n0 in _windows():
        null_share = ratio * n1 / (ratio * n1 + n0)
        shares = ratio * ALTERNATIVES * n1 / (ratio * ALTERNATIVES * n1 + n0)
        classic = k1 * np.log(shares / null_share) + k0 * np.log((1 - shares) / (1 - null_share))
        assert _evidence(k1, n1, k0, n0, _null(ratio, 0.0)) == pytest.approx(classic)


def test_the_stakes_add_up_to_one() -> None:
    """A mixture of e-processes is one only if its weights are a distribution."""
    assert WEIGHTS.sum() == pytest.approx(1.0)
    assert BET_WEIGHTS.sum() == pytest.approx(1.0)
    assert (len(WEIGHTS), len(BET_WEIGHTS)) == (len(ALTERNATIVES), len(BETS))


def test_a_mixture_is_the_weighted_mean() -> None:
    """The logarithm is only how it is stored."""
    logs = np.array([[0.3, -2.0], [800.0, 799.0]])
    mixed = log_mixture(logs, np.array([0.25, 0.75]))
    assert mixed[0] == pytest.approx(math.log(0.25 * math.exp(0.3) + 0.75 * math.exp(-2.0)))
    assert mixed[1] == pytest.approx(800.0 + math.log(0.25 + 0.75 * math.exp(-1.0)))


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("worse", list(Direction))
@pytest.mark.parametrize("kind", [Kind.RATIO, Kind.RATE])
def test_a_null_and_its_reverse_meet_at_the_same_boundary(
    kind: Kind, worse: Direction, absolute: bool
) -> None:
    """The claims of at most h and of at least h share one point, whatever the framing."""
    question = Question("any", kind, worse, Tolerance(0.1, absolute))
    null = null_at(question, np.array([-0.2, 0.1, 0.3]))
    back = reversed_null(null)
    reference = 0.4
    harmed = null.ratio * reference + null.offset
    assert back.ratio * harmed + back.offset == pytest.approx(np.full(3, reference))
