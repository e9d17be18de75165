"""Releases that are worse, each in one way.

Why: a rule that never rolls back makes no mistakes either.
Never here: troubles of releases that are not worse.
"""

from dataclasses import replace

import numpy as np

from analysis.question import Direction, Kind
from benchmarks.rollbench.drawing import (
    LATENCY,
    MEMORY,
    Scenario,
    Trouble,
    World,
)
from benchmarks.rollbench.interface import Metric

REQUESTS = Metric("requests", Kind.RATE, Direction.LOWER, tolerance=0.1)


def _times(ratio: float, from_minute: float = 0.0) -> Trouble:
    def step(world: World) -> None:
        factor = np.where(world.minutes >= from_minute, ratio, 1.0)
        world.rate[..., world.new] *= factor[:, np.newaxis]

    return step


def _leak(world: World) -> None:
    world.level[..., world.new] *= (1.0 + 0.03 * world.minutes)[:, np.newaxis]


def _slower(world: World) -> None:
    world.seconds[..., world.new] *= 1.5


def _one_pod(world: World) -> None:
    world.rate[..., -1] *= 20.0


def _one_route(world: World) -> None:
    pods = len(world.new)
    world.shares = np.full((pods, 5), 0.2)
    world.routes = np.ones((pods, 5))
    world.routes[world.new, -1] = 10.0


def _routes(world: World) -> None:
    pods = len(world.new)
    world.shares, world.routes = np.full((pods, 5), 0.2), np.ones((pods, 5))


def _crash_loop(world: World) -> None:
    """New pods restart each minute and are scraped in time only once in four."""
    looks = world.reset.shape[1]
    world.reset[..., world.new] = (np.arange(looks) % 4 == 0)[:, np.newaxis]
    world.restarts += world.reset
    seen = world.draw.random(world.lost.shape) < 0.25
    world.lost = np.where(world.new, ~seen, world.lost)
    world.rate[..., world.new] *= 4.0


def fewer(world: World) -> None:
    """New pods answer two fifths fewer requests."""
    world.requests[..., world.new] *= 0.6


SCENARIOS = (
    Scenario("errors x1.5", harmful=True, harm=(_times(1.5),), ratio=1.5),
    Scenario("errors x2", harmful=True, harm=(_times(2.0),), ratio=2.0),
    Scenario("errors x4", harmful=True, harm=(_times(4.0),), ratio=4.0),
    Scenario("errors x20", harmful=True, harm=(_times(20.0),), ratio=20.0),
    Scenario("x4 after ten minutes", harmful=True, harm=(_times(4.0, 10.0),), ratio=4.0),
    Scenario("slow leak", harmful=True, harm=(_leak,), metrics=(replace(MEMORY, tolerance=0.1),)),
    Scenario("p99 half again", harmful=True, harm=(_slower,), metrics=(LATENCY,)),
    Scenario("one bad pod", harmful=True, harm=(_one_pod,), ratio=20.0),
    Scenario("one bad route", harmful=True, trouble=(_routes,), harm=(_one_route,), ratio=2.8),
    Scenario("crash loop", harmful=True, harm=(_crash_loop,), ratio=4.0),
    Scenario("40 % fewer requests", harmful=True, harm=(fewer,), metrics=(REQUESTS,)),
)
