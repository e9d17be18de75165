"""What few events, or few pods, say of a service's past is never more than they know."""

import numpy as np
import pytest

from analysis.learn_counts import Block, learn
from analysis.past import ASSUMED_SPREAD

PASTS, WINDOWS = 200, 20


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
