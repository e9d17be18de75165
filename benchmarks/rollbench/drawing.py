"""How the runs of a cell are drawn.

Why: all scenarios share pods that differ, Poisson traffic and counters; each adds its own trouble.
Never here: a scenario's own numbers, rules, scores.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from analysis.question import Direction, Kind
from benchmarks.rollbench.cell import INTERVAL_SECONDS, Cell
from benchmarks.rollbench.interface import Metric

Floats = NDArray[np.float64]

ERRORS = Metric("errors", Kind.RATIO, Direction.HIGHER)
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
LATENCY = Metric("latency", Kind.HISTOGRAM, Direction.HIGHER, quantile=0.99, edges=EDGES)
MEMORY = Metric("memory", Kind.GAUGE, Direction.HIGHER)
MEDIAN_SECONDS, SPREAD_OF_LATENCY = 0.05, 0.8


@dataclass
class World:
    """What a scenario may change before counts are drawn; arrays are (runs, looks, pods) unless said
    otherwise, `new` (pods,) marks the candidate's pods.

    `requests` is the mean a window; `rate` the chance of a bad request; `seconds` the median latency;
    `level` the gauge; `shares` (pods, strata) how requests split over routes and `routes`
    (pods, strata) how many times `rate` each has; `extra` bad events on top; `lost` the scrapes
    that fail and `reset` those before which the pod restarted.
    """

    draw: np.random.Generator
    new: NDArray[np.bool_]
    minutes: Floats
    requests: Floats
    rate: Floats
    seconds: Floats
    level: Floats
    shares: Floats
    routes: Floats
    extra: Floats
    lost: NDArray[np.bool_]
    reset: NDArray[np.bool_]
    restarts: Floats


Trouble = Callable[[World], None]


@dataclass(frozen=True)
class Scenario:
    """`trouble` strikes releases of the past too, `harm` only the release under test; `ratio` is how
    many times the candidate's bad requests are, 1 for a release that is not worse."""

    name: str
    harmful: bool = False
    trouble: tuple[Trouble, ...] = ()
    harm: tuple[Trouble, ...] = ()
    ratio: float = 1.0
    metrics: tuple[Metric, ...] = (ERRORS,)
    limit_seconds: float = 1800.0
    warm_up_seconds: float = 0.0
    unit: float = 1.0
    about: str = ""


@dataclass(frozen=True)
class Drawn:
    """Raw scrapes: name -> (runs, looks + 1, pods, strata, columns), restarts (runs, looks + 1, pods);
    `bad` (runs, looks) the candidate's bad requests in each window."""

    values: Mapping[str, Floats]
    restarts: Floats
    bad: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def drawn(
    scenario: Scenario, cell: Cell, runs: int, draw: np.random.Generator, harmed: bool
) -> Drawn:
    """`runs` releases, the one under test or (not `harmed`) earlier ones."""
    world = _world(scenario, cell, runs, draw)
    for trouble in scenario.trouble + (scenario.harm if harmed else ()):
        trouble(world)
    values, bad = {}, np.zeros(world.requests.shape[:2])
    for metric in scenario.metrics:
        values[metric.name], worse = _SERIES[metric.kind](world, metric)
        bad += worse[..., world.new].sum(axis=-1)
        values[metric.name] *= scenario.unit if metric.kind is Kind.GAUGE else 1.0
    raw = {
        metric.name: _troubled(world, values[metric.name], metric.kind)
        for metric in scenario.metrics
    }
    return Drawn(raw, _begun(world), bad)


def _world(scenario: Scenario, cell: Cell, runs: int, draw: np.random.Generator) -> World:
    looks = round(scenario.limit_seconds / INTERVAL_SECONDS)
    pods = cell.baseline_pods + cell.candidate_pods
    shape = (runs, looks, pods)
    none = np.zeros(shape)

    def effects() -> Floats:
        if cell.spread <= 0:
            return np.ones((runs, 1, pods))
        return draw.gamma(cell.spread**-2, cell.spread**2, (runs, 1, pods))

    return World(
        draw,
        np.arange(pods) >= cell.baseline_pods,
        np.linspace(0.5, looks - 0.5, looks) * INTERVAL_SECONDS / 60.0,
        np.full(shape, cell.requests_per_second * INTERVAL_SECONDS),
        cell.base_rate * effects() + none,
        MEDIAN_SECONDS * effects() + none,
        1e8 * effects() + none,
        np.ones((pods, 1)),
        np.ones((pods, 1)),
        none.copy(),
        none > 0,
        none > 0,
        np.zeros((runs, looks, pods)),
    )


def _requests(world: World) -> Floats:
    """Requests (runs, looks, pods, strata)."""
    return world.draw.poisson(world.requests[..., np.newaxis] * world.shares).astype(float)


def _ratio(world: World, _: Metric) -> tuple[Floats, Floats]:
    total = _requests(world)
    mean = total * np.minimum(world.rate[..., np.newaxis] * world.routes, 1.0)
    bad = world.draw.poisson(mean).astype(float)
    bad[..., 0] += world.extra
    bad = np.minimum(bad, total + world.extra[..., np.newaxis])
    total = np.maximum(total, bad)
    return np.stack([bad, total], axis=-1), bad.sum(axis=-1)


def _rate(world: World, _: Metric) -> tuple[Floats, Floats]:
    return _requests(world)[..., np.newaxis], np.zeros(world.requests.shape)


def _histogram(world: World, metric: Metric) -> tuple[Floats, Floats]:
    total = world.draw.poisson(world.requests)
    deviates = np.log(np.array(metric.edges) / world.seconds[..., np.newaxis]) / SPREAD_OF_LATENCY
    faster = np.concatenate(
        [np.zeros((*total.shape, 1)), ndtr(deviates), np.ones((*total.shape, 1))], -1
    )
    buckets = world.draw.multinomial(total, np.diff(faster, axis=-1))
    return buckets.cumsum(axis=-1)[..., np.newaxis, :].astype(float), np.zeros(total.shape)


def _gauge(world: World, _: Metric) -> tuple[Floats, Floats]:
    noise = np.exp(0.05 * world.draw.standard_normal(world.level.shape))
    return (world.level * noise)[..., np.newaxis, np.newaxis], np.zeros(world.level.shape)


_SERIES = {
    Kind.RATIO: _ratio,
    Kind.RATE: _rate,
    Kind.HISTOGRAM: _histogram,
    Kind.GAUGE: _gauge,
}


def _troubled(world: World, series: Floats, kind: Kind) -> Floats:
    """Counters from increments (gauges as they are), with restarts and lost scrapes."""
    if kind is Kind.GAUGE:
        raw = np.concatenate([series[:, :1], series], axis=1)
    else:
        counted = np.cumsum(series, axis=1)
        if world.reset.any():
            before = np.where(world.reset[..., np.newaxis, np.newaxis], counted - series, 0.0)
            counted = counted - np.maximum.accumulate(before, axis=1)
        raw = np.concatenate([np.zeros_like(counted[:, :1]), counted], axis=1)
    lost = np.concatenate([np.zeros_like(world.lost[:, :1]), world.lost], axis=1)
    return np.where(lost[..., np.newaxis, np.newaxis], np.nan, raw)


def _begun(world: World) -> Floats:
    restarts = np.cumsum(world.restarts, axis=1)
    return np.concatenate([np.zeros_like(restarts[:, :1]), restarts], axis=1)
