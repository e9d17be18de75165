"""Laws of the boundary, tested on releases that are drawn another way than those it was found by."""

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.boundary import (
    LEAST_WEIGHT,
    Span,
    boundary,
    chance,
    growing,
    setting,
    steady,
    unforeseen,
    weight,
)
from analysis.score import Sides, normal_score, score
from benchmarks.rollbench.report import limits
from tests.analysis.worlds import alike

LOOKS, RELEASES = 60, 1500

Floats = NDArray[np.float64]


def _fired(spread: float, pods: tuple[int, int], events: float, level: float, seed: int) -> int:
    """How many equal releases of gamma pods with Poisson events ever pass the boundary."""
    draw = np.random.default_rng(seed)
    shape, elapsed = spread**-2, np.arange(1, LOOKS + 1) / LOOKS
    harmed, reference = (
        np.cumsum(
            draw.poisson(
                draw.gamma(n * shape, 1 / shape, (RELEASES, 1)) * events, (RELEASES, LOOKS)
            ),
            axis=1,
        ).astype(float)
        for n in pods
    )
    everywhere = np.ones(harmed.shape)
    arms = Sides(
        harmed,
        reference,
        everywhere * pods[0] / pods[1],
        0.0 * everywhere,
        everywhere,
        (everywhere * pods[0], everywhere * pods[1]),
    )
    at = score(arms, alike(spread))
    flat = Sides(
        harmed.ravel(),
        reference.ravel(),
        arms.odds.ravel(),
        arms.granted.ravel(),
        arms.rest.ravel(),
        (arms.pods[0].ravel(), arms.pods[1].ravel()),
    )
    found = normal_score(flat, alike(spread, harmed.size))
    weighted = found.reshape(harmed.shape) * weight(
        at.within, at.between, steady(at.within, elapsed, LOOKS)
    )
    where = setting(at.within[:, -1], at.between[:, -1], LOOKS)
    return int((weighted.max(axis=1) > boundary(where, level)).sum())


@pytest.mark.parametrize(
    ("spread", "pods"), [(0.01, (5, 5)), (0.14, (1, 1)), (0.45, (3, 3)), (1.4, (2, 8))]
)
@pytest.mark.parametrize("level", [0.05, 0.01])
def test_equal_releases_pass_it_no_more_often_than_said(
    spread: float, pods: tuple[int, int], level: float
) -> None:
    """Whatever the pods differ by, over all looks together."""
    hits = _fired(spread, pods, 3.0, level, seed=5)
    assert limits(hits, RELEASES)[0] <= level
    assert limits(hits, RELEASES)[1] >= level / 3.0


def test_the_boundary_is_where_the_chance_is_its_level() -> None:
    """Asking for a level and asking for a chance are each other's inverse."""
    where = setting(np.array([0.5]), np.array([0.3]), 120)
    height = boundary(where, 0.02)
    assert float(chance(where, height)[0]) == pytest.approx(0.02, rel=0.01)


def test_a_low_score_is_no_chance_at_all() -> None:
    """What one release in three reaches is not rare, and is said to be certain."""
    where = setting(np.array([0.5]), np.array([0.3]), 120)
    assert float(chance(where, np.array([0.2]))[0]) == 1.0


def test_early_looks_count_less_only_where_pods_differ() -> None:
    """At the time limit every score counts fully; before it, all do where pods are alike."""
    within, whole = 120.0 / np.arange(1.0, 121.0), Span(np.full(1, 120.0), np.ones(1))
    alike = weight(within, np.full(120, 1e-9), whole)
    unlike = weight(within, np.full(120, 50.0), whole)
    assert alike == pytest.approx(np.ones(120), abs=1e-6)
    assert unlike[-1] == pytest.approx(1.0)
    assert unlike[0] == pytest.approx(LEAST_WEIGHT)
    assert (np.diff(unlike) >= 0).all()
    assert (np.diff(unlike[unlike > LEAST_WEIGHT]) > 0).all()


def _rarest(between: float, releases: int, grown: float) -> Floats:
    """How rare equal releases ever look (releases,), pods' variance being `between` times that of
    counting at the end, if events grow so many times until then."""
    draw = np.random.default_rng(round(between * 10))
    time = np.arange(1, LOOKS + 1) / LOOKS
    events = 1.0 + (grown - 1.0) * time
    seen = np.cumsum(events)
    counting = np.cumsum(draw.standard_normal((releases, LOOKS)) * np.sqrt(events), axis=1) / seen
    pods = np.sqrt(between) * draw.standard_normal((releases, 1))
    within, apart = seen[-1] / seen, np.full(releases, between)
    heights = (pods + counting * np.sqrt(seen[-1])) / np.sqrt(within + between)
    rarest = np.ones(releases)
    for at, elapsed in enumerate(time):
        now = np.full(releases, within[at])
        whole = growing(now, float(elapsed), LOOKS)
        height = heights[:, at] * weight(now, apart, whole)
        found = chance(setting(whole.final, apart, LOOKS), height)
        rarest = np.minimum(rarest, found * unforeseen(_growth(events, at + 1)))
    return rarest


def _growth(events: Floats, looks: int) -> Floats:
    """How many times as many events a look there were lately as before."""
    earlier = max(looks // 2, 1)
    return np.asarray(events[earlier:looks].mean() / events[:earlier].mean() if looks > 1 else 1.0)


@pytest.mark.parametrize("grown", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("between", [0.03, 0.1, 0.3, 1.0, 3.0, 40.0, 400.0])
def test_traffic_that_grows_is_no_reason_to_roll_back(between: float, grown: float) -> None:
    """Events that grow, up to fivefold, make equal releases pass no more often than is promised."""
    hits = int((_rarest(between, 4 * RELEASES, grown) <= 0.05).sum())
    assert limits(hits, 4 * RELEASES)[0] <= 0.05
    assert limits(hits, 4 * RELEASES)[1] >= 0.03
