"""What few events, or few pods, say of a service's past is never more than they know."""

from collections.abc import Callable

import numpy as np
import pytest

from analysis.error_budget import share
from analysis.learn_counts import Block, learn
from analysis.learn_levels import degrees_of, spread_between
from analysis.learn_levels import learn as learn_levels
from analysis.past import ASSUMED_SPREAD
from benchmarks.false_rollbacks import limits
from tests.analysis.worlds import ERRORS, MEMORY, comparison

PASTS, WINDOWS = 200, 20
LEVEL_PASTS = 1_000


def learned(pods: int, events: float, spread: float) -> list[float | None]:
    """The spreads learned from many pasts of so many pods with so many events each."""
    chance = np.random.default_rng(pods * 1_000 + round(events))
    names = tuple(map(str, range(pods)))
    exposure = np.full((WINDOWS, pods), 100.0 * events / WINDOWS)
    found = []
    for _ in range(PASTS):
        factors = chance.gamma(spread**-2, spread**2, pods) if spread else np.ones(pods)
        counts = chance.poisson(np.tile(factors * events / WINDOWS, (WINDOWS, 1)))
        past = learn("errors", [Block(names, counts.astype(float), exposure)])
        found.append(past.spread if past is not None else None)
    return found


@pytest.mark.parametrize("pods", [8, 20, 40])
@pytest.mark.parametrize("events", [1, 3, 10, 30, 300, 3_000])
def test_pods_are_not_taken_for_more_alike_than_they_are(pods: int, events: int) -> None:
    """Of pods that differ by 30 %, seldom much less is learned; rather nothing at all."""
    spreads = [one for one in learned(pods, events, 0.3) if one is not None]
    assert sum(one < 0.55 * 0.3 for one in spreads) <= 0.05 * PASTS


@pytest.mark.parametrize("pods", [8, 40])
def test_a_past_without_events_says_nothing(pods: int) -> None:
    """One event a pod says less of the pods than what is assumed of any."""
    assert sum(one is not None for one in learned(pods, 1, 0.0)) <= 0.05 * PASTS


@pytest.mark.parametrize("pods", [8, 20, 40])
def test_many_events_show_how_alike_pods_are(pods: int) -> None:
    """The more events the less can hide: a tenth of the assumption with three thousand a pod."""
    scarce, ample = learned(pods, 30, 0.0), learned(pods, 3_000, 0.0)
    assert all(one is not None and one < ASSUMED_SPREAD for one in scarce)
    assert all(one is not None and one < ASSUMED_SPREAD / 10 for one in ample)


@pytest.mark.parametrize("spread", [0.45, 1.4])
def test_few_lively_stretches_do_not_outvote_the_others(spread: float) -> None:
    """Sixty pairs of pods, each pair seen once: what is learned is seldom far from the truth, however
    much the pairs differ in how many events they have."""
    chance, found = np.random.default_rng(7), []
    exposure = np.full((WINDOWS, 2), 3_000.0)
    for _ in range(PASTS):
        pairs = chance.gamma(spread**-2, spread**2, (60, 2))
        counts = chance.poisson(10.0 * pairs[:, np.newaxis], (60, WINDOWS, 2)).astype(float)
        blocks = [
            Block((f"{at}a", f"{at}b"), counts[at], exposure)
            for at in range(60)
            if counts[at].any()
        ]
        past = learn("errors", blocks)
        found.append(past.spread / spread if past is not None else 0.0)
    assert np.mean([0.75 <= one <= 1.6 for one in found]) >= 0.95


def _always(pods: int) -> list[list[str]]:
    """The same pods in ten stretches of time."""
    return [[str(pod) for pod in range(pods)]] * 10


def _in_turn(pods: int) -> list[list[str]]:
    """Three at a time, one replaced after each stretch."""
    return [[str(pod) for pod in range(first, first + 3)] for first in range(pods - 2)]


def _mostly_three(pods: int) -> list[list[str]]:
    """Three for thirty stretches, then all others at once."""
    others = [str(pod) for pod in range(3, pods)]
    return [["0", "1", "2"]] * 30 + [others] * (len(others) > 1)


@pytest.mark.parametrize("pods", [3, 4, 5, 6, 8, 12, 20, 40])
@pytest.mark.parametrize("stretches", [_always, _in_turn, _mostly_three])
def test_levels_of_few_pods_are_not_taken_for_more_alike_than_they_are(
    stretches: Callable[[int], list[list[str]]], pods: int
) -> None:
    """However often the same pods were seen, less than 0.7 of how far pods differ is learned in at
    most one past of twenty."""
    chance, groups, low = np.random.default_rng(pods), stretches(pods), 0
    for _ in range(LEVEL_PASTS):
        own = chance.standard_normal(pods)
        found = spread_between([{pod: 0.2 * own[int(pod)] for pod in group} for group in groups])
        assert found is not None
        low += found < 0.7 * 0.2
    assert limits(low, LEVEL_PASTS)[0] <= 0.05


def test_a_pod_that_is_seen_again_is_no_further_pod() -> None:
    """Degrees of freedom: pods less one a stretch, if they are others each time; else those of once."""
    assert degrees_of(_always(5)) == pytest.approx(4.0)
    assert degrees_of([["a", "b", "c"], ["d", "e", "f"]]) == pytest.approx(4.0)
    assert 2.0 < degrees_of(_mostly_three(10)) < 3.0
    assert degrees_of([]) == degrees_of([["a"]]) == 0.0


@pytest.mark.parametrize("pods", [2, 3])
def test_three_pods_are_the_fewest_that_say_anything_of_levels(pods: int) -> None:
    """Two are one difference, which may be small by chance; three are believed with great caution."""
    block = {str(pod): [100.0 + pod, 101.0 + pod] for pod in range(pods)}
    past = learn_levels("memory", [block] * 5)
    assert (past is not None) is (pods == 3)
    if past is not None:
        assert past.spread > 3 * 0.01


def test_errors_add_up_where_only_some_metrics_have_a_past() -> None:
    """A level with a past has a score test, so it shares its error with the counted metrics."""
    asked = comparison(ERRORS, MEMORY, rate=0.01)
    for learned, scored in (((), 1), (("memory",), 2), (("errors",), 1)):
        budget = share(asked, learned)
        assert budget.score * scored + budget.permutation == pytest.approx(0.01)
    every = share(asked, ("errors", "memory"))
    assert (every.score * 2, every.permutation) == (0.01, 0.0)
