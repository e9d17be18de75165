"""Releases that are not worse, each with one trouble that misleads rules.

Why: a false rollback is what users fear most.
Never here: harm.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.rollbench.cell import INTERVAL_SECONDS
from benchmarks.rollbench.drawing import ERRORS, LATENCY, MEMORY, Scenario, World

Floats = NDArray[np.float64]

SLOW_SECONDS = 300.0


def _drifting(world: World, series: tuple[int, ...]) -> Floats:
    """First-order autoregressive normal deviates over looks with a memory of SLOW_SECONDS."""
    kept = np.exp(-INTERVAL_SECONDS / SLOW_SECONDS)
    noise = world.draw.standard_normal(series)
    for look in range(1, series[1]):
        noise[:, look] = kept * noise[:, look - 1] + np.sqrt(1 - kept**2) * noise[:, look]
    return noise


def shared_shocks(world: World) -> None:
    """All pods' error rate drifts together, by a factor of two mostly."""
    runs, looks, _ = world.rate.shape
    world.rate *= np.exp(0.7 * _drifting(world, (runs, looks, 1)))


def outage(world: World) -> None:
    """A dependency of both versions fails for three minutes: 30 % of all requests."""
    start = world.draw.uniform(2.0, world.minutes[-1] - 4.0, (len(world.rate), 1, 1))
    minute = world.minutes[:, np.newaxis]
    world.rate[...] = np.where((minute > start) & (minute < start + 3.0), 0.3, world.rate)


def cold_start(world: World) -> None:
    """New pods err five times as often at first, e-fold less each minute."""
    factor = 1.0 + 4.0 * np.exp(-world.minutes)
    world.rate[..., world.new] *= factor[:, np.newaxis]


def bursts(world: World) -> None:
    """Each pod now and then has about 40 errors in one window."""
    struck = world.draw.random(world.extra.shape) < 0.01
    world.extra += struck * world.draw.poisson(40.0, world.extra.shape)


def autocorrelated(world: World) -> None:
    """Each pod's error rate drifts by itself."""
    world.rate *= np.exp(0.5 * _drifting(world, world.rate.shape) - 0.125)


def noisy_pod(world: World) -> None:
    """One pod, of either version, errs four times as often."""
    runs, _, pods = world.rate.shape
    world.rate[np.arange(runs), :, world.draw.integers(0, pods, runs)] *= 4.0


def route_mix(world: World) -> None:
    """New pods get 30 % of their requests on a route that errs eight times as often, old ones 20 %."""
    slow = np.where(world.new, 0.3, 0.2)
    world.shares = np.column_stack([1.0 - slow, slow])
    world.routes = np.column_stack([np.full(len(slow), 0.5), np.full(len(slow), 4.0)])


def traffic_ramp(world: World) -> None:
    """Traffic grows fivefold and errors a request threefold, for all pods."""
    grown = world.minutes / world.minutes[-1]
    world.requests *= (1.0 + 4.0 * grown)[:, np.newaxis]
    world.rate *= (1.0 + 2.0 * grown)[:, np.newaxis]


def resets_and_gaps(world: World) -> None:
    """Each pod restarts every quarter of an hour or so, and one scrape in ten fails."""
    world.reset = world.draw.random(world.reset.shape) < INTERVAL_SECONDS / 900.0
    world.restarts += world.reset
    world.lost = world.draw.random(world.lost.shape) < 0.1


def diurnal(world: World) -> None:
    """The morning: traffic and errors a request rise along a sine."""
    wave = 1.0 + 0.6 * np.sin(2.0 * np.pi * world.minutes / 120.0)
    world.requests *= wave[:, np.newaxis]
    world.rate *= (wave**2)[:, np.newaxis]


TWENTY = tuple(replace(ERRORS, name=f"errors{number:02d}") for number in range(20))

SCENARIOS = (
    Scenario("clean", about="nothing but chance and pods that differ"),
    Scenario("a quarter tolerated", metrics=(replace(ERRORS, tolerance=0.25),)),
    Scenario("as much again tolerated", metrics=(replace(ERRORS, tolerance=1.0),)),
    Scenario("shared shocks", trouble=(shared_shocks,)),
    Scenario("outage", trouble=(outage,)),
    Scenario("cold start", trouble=(cold_start,), warm_up_seconds=180.0),
    Scenario("bursts", trouble=(bursts,)),
    Scenario("autocorrelated", trouble=(autocorrelated,)),
    Scenario("noisy pod", trouble=(noisy_pod,)),
    Scenario("route mix", trouble=(route_mix,)),
    Scenario("traffic ramp", trouble=(traffic_ramp,)),
    Scenario("resets and gaps", trouble=(resets_and_gaps,)),
    Scenario("diurnal", trouble=(diurnal,)),
    Scenario("twenty metrics", metrics=TWENTY),
    Scenario("two hours", limit_seconds=7200.0),
    Scenario("three kinds", metrics=(ERRORS, LATENCY, MEMORY)),
    Scenario("megabytes", metrics=(MEMORY,), unit=0.01),
)
