"""Every nuisance that misleads rules has its law here, right both ways: a good release under it is
kept, a bad one under the very same is caught. All by the one door: samples in, a verdict out.

Sources of the list: the statistics of rollouts in the field (docs/rollbench.md has the rates).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import bdtrc

from analysis.accumulate import begin, fold, judge
from analysis.past import MetricPast, Past
from analysis.question import Comparison, Design, Direction, Kind, Question
from analysis.samples import Arm, Part, Pod, Series, Window
from analysis.verdict import Verdict
from tests.analysis.worlds import (
    EDGES,
    ERRORS,
    SCRAPE,
    Track,
    comparison,
    histogram_tracks,
    pods,
    ratio_tracks,
    rising,
    windows,
)

Floats = NDArray[np.float64]

EACH, LOOKS = 5, 40
PROMISE, GOOD, BAD = 0.05, 12, 4
HARM = 8.0
"""So many times as many errors are harm that nobody calls a nuisance."""

ROUTES = ("a", "b")
NEW = np.arange(2 * EACH) >= EACH


@dataclass
class World:
    """What 5+5 pods will show, window by window (windows, pods): requests and the chance that one
    errs; `extra` errors at once, restarts (`reset`), scrapes that are lost, pods that are there."""

    draw: np.random.Generator
    group: tuple[Pod, ...] = field(default_factory=lambda: pods(EACH, EACH))
    asked: Comparison = field(
        default_factory=lambda: comparison(ERRORS, rate=PROMISE, limit=LOOKS * SCRAPE)
    )
    past: Past | None = None

    def __post_init__(self) -> None:
        shape = LOOKS, 2 * EACH
        self.minutes: Floats = np.arange(1.0, LOOKS + 1)[:, np.newaxis] * SCRAPE / 60.0
        self.requests: Floats = np.full(shape, 300.0)
        self.rate: Floats = np.full(shape, 0.01) * self.draw.gamma(50.0, 0.02, 2 * EACH)
        self.extra: Floats = np.zeros(shape)
        self.reset, self.lost = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self.there = np.ones(shape, dtype=bool)
        self.harm: Floats = np.ones(shape)

    def counted(self) -> tuple[Floats, Floats]:
        """Errors and requests of each window and pod."""
        total = self.draw.poisson(self.requests).astype(float)
        share = np.minimum(self.rate * self.harm, 0.9)
        bad = self.draw.binomial(total.astype(int), share) + self.extra
        return np.minimum(bad, total), total


def drifting(draw: np.random.Generator, pods_alone: int) -> Floats:
    """Normal deviates with a memory of five minutes, (windows, pods)."""
    kept, noise = math.exp(-SCRAPE / 300.0), draw.standard_normal((LOOKS, pods_alone))
    for look in range(1, LOOKS):
        noise[look] = kept * noise[look - 1] + math.sqrt(1.0 - kept**2) * noise[look]
    return noise


def warm_up(world: World) -> None:
    """New pods err five times as often at first, e-fold less each minute; three minutes are cut."""
    world.rate[:, NEW] *= 1.0 + 4.0 * np.exp(-world.minutes)
    world.asked = replace(world.asked, warm_up_seconds=180.0)
    world.group = tuple(replace(pod, ready_at=0.0) for pod in world.group)


def shared_shocks(world: World) -> None:
    """All pods' errors drift together, by a factor of two mostly."""
    world.rate *= np.exp(0.7 * drifting(world.draw, 1))


def dependency_outages(world: World) -> None:
    """Twice, for a minute and a half, 30 % of all requests of both versions fail."""
    for start in (2.0, 6.5):
        struck = (world.minutes > start) & (world.minutes < start + 1.5)
        world.rate = np.where(struck, 0.3, world.rate)


def bursts(world: World) -> None:
    """Each pod now and then has about 40 errors at once."""
    struck = world.draw.random(world.extra.shape) < 0.01
    world.extra += struck * world.draw.poisson(40.0, world.extra.shape)


def pods_that_drift(world: World) -> None:
    """Each pod's errors drift by themselves (autocorrelation)."""
    world.rate *= np.exp(0.5 * drifting(world.draw, 2 * EACH))


def one_noisy_pod(world: World) -> None:
    """One pod, mostly a new one, errs four times as often."""
    world.rate[:, world.draw.choice([0, 5, 6, 7])] *= 4.0


def traffic_that_grows(world: World) -> None:
    """Fivefold traffic and threefold errors a request within ten minutes, for all."""
    grown = world.minutes / world.minutes[-1]
    world.requests *= 1.0 + 4.0 * grown
    world.rate *= 1.0 + 2.0 * grown


def restarts(world: World) -> None:
    """Each pod's counters begin anew every few minutes."""
    world.reset = world.draw.random(world.reset.shape) < 0.05


def lost_scrapes(world: World) -> None:
    """One scrape in five fails."""
    world.lost = world.draw.random(world.lost.shape) < 0.2


def hardly_any_traffic(world: World) -> None:
    """A request in five seconds and pod."""
    world.requests /= 100.0


def pods_that_come_and_go(world: World) -> None:
    """An autoscaler adds two pods of each version in mid-analysis and takes two old ones."""
    third = LOOKS // 3
    world.there[:third, [3, 4, 8, 9]] = False
    world.there[2 * third :, [0, 1]] = False
    world.requests[third : 2 * third] *= 1.5


def versions_one_after_the_other(world: World) -> None:
    """The arms never overlap, and between them the errors rise by a third as they do each morning;
    the past knows that they move so much."""
    world.asked = replace(world.asked, design=Design.BEFORE_AFTER)
    world.rate[:, NEW] *= 4.0 / 3.0
    world.past = Past((MetricPast("errors", 60, 0.15, 1.0, 0.01, drift=0.3),), 40, 0.0, -1e6)


Nuisance = Callable[[World], None]
NUISANCES: tuple[Nuisance, ...] = (
    warm_up,
    shared_shocks,
    dependency_outages,
    bursts,
    pods_that_drift,
    one_noisy_pod,
    traffic_that_grows,
    restarts,
    lost_scrapes,
    hardly_any_traffic,
    pods_that_come_and_go,
    versions_one_after_the_other,
)


def _released(nuisance: Nuisance, seed: int, harm: float) -> Verdict:
    world = World(np.random.default_rng(seed))
    nuisance(world)
    world.harm[:, NEW] = harm
    return _judged(world.asked, _sampled(world), world.past)


def _judged(asked: Comparison, many: Sequence[Window], past: Past | None = None) -> Verdict:
    evidence = begin(asked, past)
    for window in many:
        evidence = fold(evidence, window)
    return judge(evidence).verdict


def _sampled(world: World) -> list[Window]:
    """The counters as a source would have scraped them."""
    bad, total = world.counted()
    values = {Part.BAD: _counters(bad, world), Part.TOTAL: _counters(total, world)}
    return [_window(world, values, look) for look in range(LOOKS)]


def _counters(grown: Floats, world: World) -> Floats:
    """Counters (windows + 1, pods) that begin anew where a pod restarted or first appears."""
    found = np.zeros((LOOKS + 1, 2 * EACH))
    for look in range(LOOKS):
        anew = world.reset[look] | ~world.there[look]
        found[look + 1] = np.where(anew, 0.0, found[look]) + grown[look] * world.there[look]
    return found


def _window(world: World, values: dict[Part, Floats], look: int) -> Window:
    rows = [0, 1] if look == 0 else [look + 1]
    there = np.flatnonzero(world.there[look])
    seen = [at for at in there if look == 0 or not world.lost[look, at]]
    series = {
        ("errors", part): tuple(
            Series(
                world.group[at].name,
                part.value,
                tuple(row * SCRAPE for row in rows),
                tuple(float(counter[row, at]) for row in rows),
            )
            for at in seen
        )
        for part, counter in values.items()
    }
    group = tuple(world.group[at] for at in there)
    return Window(look * SCRAPE, (look + 1) * SCRAPE, group, series, {})


def kept(verdicts: Sequence[Verdict]) -> bool:
    """Whether so many rollbacks have a chance of 1 % or more where one in twenty is promised."""
    hits = verdicts.count(Verdict.REGRESSED)
    return hits == 0 or float(bdtrc(hits - 1, len(verdicts), PROMISE)) >= 0.01


@pytest.mark.parametrize("nuisance", NUISANCES, ids=lambda one: one.__name__)
def test_it_is_not_taken_for_harm_and_hides_none(nuisance: Nuisance) -> None:
    """Good releases are kept as promised, bad ones rolled back, under the same nuisance."""
    assert kept([_released(nuisance, seed, 1.0) for seed in range(GOOD)])
    assert {_released(nuisance, seed, HARM) for seed in range(BAD)} == {Verdict.REGRESSED}


def test_all_nuisances_together_keep_the_promise() -> None:
    """Over all of them the rollbacks of good releases are within the promise, too."""
    assert kept([_released(one, seed, 1.0) for one in NUISANCES for seed in range(100, 104)])


def _mixed(seed: int, harm: float, share_of_old: float) -> Verdict:
    """Route b errs eight times as often, and the old pods get less of it than the new ones."""
    draw, tracks = np.random.default_rng(seed), list[Track]()
    for pod in pods(EACH, EACH):
        new = pod.arm is Arm.CANDIDATE
        to_b = 0.6 if new else share_of_old
        for route, share, rate in zip(ROUTES, (1.0 - to_b, to_b), (0.005, 0.04), strict=True):
            total = draw.poisson(300.0 * share, LOOKS)
            bad = draw.binomial(total, rate * (harm if new else 1.0)).astype(float)
            tracks += ratio_tracks(
                "errors", pod.name, bad.tolist(), total.astype(float).tolist(), route
            )
    asked = comparison(replace(ERRORS, strata=("route",)), rate=PROMISE, limit=LOOKS * SCRAPE)
    return _judged(asked, windows(pods(EACH, EACH), tracks))


def test_another_mix_of_endpoints() -> None:
    """Three times the share of the bad route is no harm; eight times the errors are, even behind a
    mix that is as it was."""
    assert kept([_mixed(seed, 1.0, 0.2) for seed in range(GOOD)])
    assert {_mixed(seed, HARM, old) for seed in range(2) for old in (0.2, 0.6)} == {
        Verdict.REGRESSED
    }


RESTARTS = Question("restarts", Kind.RATE, Direction.HIGHER, ERRORS.tolerance)


def _crashing(seed: int, new_pods_crash: float) -> Verdict:
    """Pods that crash take the errors since the last scrape with them: only restarts show it."""
    draw, tracks = np.random.default_rng(seed), list[Track]()
    for pod in pods(EACH, EACH):
        crash = new_pods_crash if pod.arm is Arm.CANDIDATE else 0.02
        crashed = draw.random(LOOKS) < crash
        total = np.where(crashed, 0.0, draw.poisson(300.0, LOOKS)).astype(float)
        bad = draw.binomial(total.astype(int), 0.01).astype(float)
        tracks += ratio_tracks("errors", pod.name, bad.tolist(), total.tolist())
        tracks.append(Track("restarts", Part.COUNT, pod.name, rising(crashed.astype(float))))
    asked = comparison(ERRORS, RESTARTS, rate=PROMISE, limit=LOOKS * SCRAPE)
    return _judged(asked, windows(pods(EACH, EACH), tracks))


def test_survivors_tell_nothing_of_those_that_crashed() -> None:
    """Pods of both versions that crash now and then are as usual; new ones that do it every other
    minute are caught though the errors that were scraped are as few as ever."""
    assert kept([_crashing(seed, 0.02) for seed in range(GOOD)])
    assert {_crashing(seed, 0.4) for seed in range(BAD)} == {Verdict.REGRESSED}


TWENTY = tuple(replace(ERRORS, name=f"errors{number:02d}") for number in range(20))


def _twenty(seed: int, harm: float) -> Verdict:
    """Twenty metrics, of which one is harmed."""
    draw, tracks, looks = np.random.default_rng(seed), list[Track](), 10
    for question in TWENTY:
        for pod in pods(EACH, EACH):
            harmed = pod.arm is Arm.CANDIDATE and question.name == "errors07"
            bad = draw.poisson(3.0 * draw.gamma(50.0, 0.02) * (harm if harmed else 1.0), looks)
            tracks += ratio_tracks(
                question.name, pod.name, bad.astype(float).tolist(), [300.0] * looks
            )
    asked = comparison(*TWENTY, rate=PROMISE, limit=looks * SCRAPE)
    return _judged(asked, windows(pods(EACH, EACH), tracks))


def test_twenty_metrics_share_one_promise() -> None:
    """Twenty chances to be wrong are not twenty times as many wrong rollbacks, and one bad metric
    among nineteen good ones is enough."""
    assert kept([_twenty(seed, 1.0) for seed in range(GOOD // 2)])
    assert {_twenty(seed, HARM) for seed in range(2)} == {Verdict.REGRESSED}


def _in_units(unit: float, slower: float) -> Verdict:
    """Latencies whose edges are told in another unit."""
    draw, tracks = np.random.default_rng(3), list[Track]()
    for pod in pods(EACH, EACH):
        shares = np.array([0.1, 0.2, 0.3, 0.25, 0.1, 0.04, 0.008, 0.002, 0, 0, 0, 0])
        if pod.arm is Arm.CANDIDATE:
            shares[[2, 9]] += [-slower, slower]
        buckets = draw.multinomial(300, shares, LOOKS).astype(float)
        tracks += histogram_tracks("latency", pod.name, buckets)
    scaled = [replace(track, edge=unit * (track.edge or 0.0)) for track in tracks]
    asked = Question("latency", Kind.HISTOGRAM, Direction.HIGHER, ERRORS.tolerance, 0.99)
    return _judged(comparison(asked, rate=PROMISE), windows(pods(EACH, EACH), scaled))


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_another_unit(unit: float) -> None:
    """Seconds or milliseconds: the same verdict, on a good release and on one whose tail hangs."""
    assert EDGES[0] * unit > 0
    assert _in_units(unit, 0.0) is _in_units(1.0, 0.0)
    assert _in_units(unit, 0.0) is not Verdict.REGRESSED
    assert _in_units(unit, 0.03) is Verdict.REGRESSED
