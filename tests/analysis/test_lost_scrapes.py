"""Laws of lost scrapes and counters that begin anew: who was not seen is neither good nor bad."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import betaincinv
from scipy.stats import binom

from analysis.learn import learn
from analysis.learn_counts import Block
from analysis.learn_counts import learn as learn_counts
from analysis.past import MetricPast
from analysis.samples import Arm, Pod, Window
from tests.analysis.worlds import ERRORS, Track, comparison, ratio_tracks, windows

Floats = NDArray[np.float64]
Draw = np.random.Generator

WINDOWS, STRETCHES = 120, 60
REQUESTS, ERRORS_A_WINDOW = 300.0, 1.5
LOST = 0.1
PASTS, RELEASES = 30, 1_000


def _counted(draw: Draw, spread: float, pods: int) -> Floats:
    """Events (windows, pods) of pods that differ."""
    effects = draw.gamma(spread**-2, spread**2, pods)
    return draw.poisson(ERRORS_A_WINDOW * effects, (WINDOWS, pods)).astype(float)


def _late(counts: Floats, seen: NDArray[np.bool_]) -> Floats:
    """The counts of windows that were not seen come with the next one that was."""
    so_far = counts.cumsum(axis=0)
    read = np.maximum.accumulate(np.where(seen, so_far, 0.0), axis=0)
    return np.diff(read, axis=0, prepend=0.0)


def _blocks(seed: int, spread: float, pods: int, lost: float) -> list[Block]:
    """A past: the same counts for a seed, however many scrapes are lost."""
    draw, losing = np.random.default_rng(seed), np.random.default_rng(seed + 1_000_000)
    blocks = []
    for at in range(STRETCHES):
        seen = losing.random((WINDOWS, pods)) >= lost
        events = _late(_counted(draw, spread, pods), seen)
        exposure = _late(np.full(events.shape, REQUESTS), seen)
        blocks.append(Block(tuple(f"{at}-{pod}" for pod in range(pods)), events, exposure))
    return blocks


def _known(seed: int, spread: float, pods: int, lost: float) -> MetricPast:
    past = learn_counts("errors", _blocks(seed, spread, pods, lost))
    assert past is not None
    return past


@pytest.mark.parametrize("pods", [2, 4, 10])
@pytest.mark.parametrize("spread", [0.14, 0.45, 1.4])
def test_lost_scrapes_do_not_change_how_much_pods_are_believed_to_differ(
    spread: float, pods: int
) -> None:
    """Of the same counts nearly the same is learned, to 2 % over four pasts, whether each was read in
    time or one in ten a window later."""
    whole, gappy = (
        np.mean([_known(seed, spread, pods, lost).spread for seed in range(10)])
        for lost in (0.0, LOST)
    )
    assert gappy == pytest.approx(whole, rel=0.02 if spread > 0.3 else 0.06)


@pytest.mark.parametrize("lost", [0.0, LOST, 0.3])
def test_lost_scrapes_are_no_bursts(lost: float) -> None:
    """Twice the counts over twice the time is what one expects, also beside pods that are worse."""
    assert _known(3, 1.4, 4, lost).burst <= 1.1


def test_equal_releases_stand_out_no_more_often_where_scrapes_are_lost() -> None:
    """Two new pods beside two old ones, so many requests that only pods differ (by 140 %): how often
    the new ones exceed what the learned spread lets one release in a hundred show, by an exact
    binomial bound at one in a thousand. It was 1.3 % when a window with a lost scrape counted
    as one of fewer pods."""
    draw, beyond = np.random.default_rng(11), 0
    for seed in range(PASTS):
        pods = 2.0 * _known(seed, 1.4, 4, LOST).spread ** -2
        limit = betaincinv(pods, pods, 0.99)
        beyond += int((draw.beta(2.0 * 1.4**-2, 2.0 * 1.4**-2, RELEASES) > limit).sum())
    assert binom.sf(beyond - 1, PASTS * RELEASES, 0.01) > 0.001


def test_pods_that_come_and_go_are_measured_against_their_own_time() -> None:
    """One pod of each four is replaced half way while everything grows worse threefold: what is
    learned is still how pods differ, to 8 % over eight pasts."""
    exposure = np.full((WINDOWS, 5), REQUESTS)
    exposure[WINDOWS // 2 :, 3], exposure[: WINDOWS // 2, 4] = 0.0, 0.0
    worse = np.where(np.arange(WINDOWS) < WINDOWS // 2, 1.0, 3.0)[:, np.newaxis]
    found = []
    for seed in range(10, 18):
        draw, blocks = np.random.default_rng(seed), []
        for at in range(STRETCHES):
            effects = draw.gamma(0.45**-2, 0.45**2, 5)
            events = draw.poisson(exposure / REQUESTS * ERRORS_A_WINDOW * worse * effects)
            names = tuple(f"{at}-{pod}" for pod in range(5))
            blocks.append(Block(names, events.astype(float), exposure))
        past = learn_counts("errors", blocks)
        assert past is not None
        found.append(past.spread)
    assert np.mean(found) == pytest.approx(0.45, rel=0.08)


def _stretch(number: int, lost: float, anew: float) -> list[Window]:
    """Raw series of four pods; a lost scrape is NaN, a restart begins both counters at zero."""
    draw = np.random.default_rng(number)
    troubled = np.random.default_rng(number + 1_000_000)
    group = tuple(Pod(f"b{number}-{at}", Arm.BASELINE, -1e9) for at in range(4))
    events, tracks = _counted(draw, 1.0, 4), list[Track]()
    for place, pod in enumerate(group):
        gone = np.append(False, troubled.random(WINDOWS) < lost)
        began = np.append(False, troubled.random(WINDOWS) < anew)
        for track in ratio_tracks(
            "errors", pod.name, events[:, place].tolist(), [REQUESTS] * WINDOWS
        ):
            values = np.array(track.values)
            before = np.maximum.accumulate(np.where(began, np.roll(values, 1), 0.0))
            kept = np.where(gone, np.nan, values - before)
            tracks.append(Track(track.metric, track.part, pod.name, kept.tolist()))
    return windows(group, tracks)


@pytest.mark.parametrize(("lost", "anew"), [(LOST, 0.0), (0.0, 1 / 60), (LOST, 1 / 60)])
def test_raw_series_with_gaps_and_restarts_tell_the_same(lost: float, anew: float) -> None:
    """Through the one door: a restart in a gap takes errors and requests alike, so neither the spread
    nor the rate learned moves."""
    whole, troubled = (
        learn(comparison(ERRORS), (_stretch(at, *trouble) for at in range(40)), 1e9).metrics[0]
        for trouble in ((0.0, 0.0), (lost, anew))
    )
    assert troubled.spread == pytest.approx(whole.spread, rel=0.03)
    assert troubled.rate == pytest.approx(whole.rate, rel=0.02)
