"""Levels that must not grow, and what only looks as if they did.

Why: a leak ends in a crash hours after the rollout, while the level still stands where the old
version's does; a heap that is swept and a cache that fills go up as well.
Never here: troubles of errors.
"""

from dataclasses import replace

from benchmarks.rollbench.drawing import MEMORY, Scenario, Trouble, World

GROWTH = replace(MEMORY, name="growth", tolerance=0.1, hourly=True)

SWEPT_EACH_MINUTES, SWEPT = 4.0, 0.5
HALF_FILLED_MINUTES, EMPTY = 3.0, 0.3


def swept(world: World) -> None:
    """All heaps grow by half and are swept every four minutes, those of pods that began together at
    the same time."""
    runs, _, pods = world.level.shape
    together, alone = world.draw.random((runs, 1, 1)), world.draw.random((runs, 1, pods))
    turns = (world.minutes / SWEPT_EACH_MINUTES)[:, None]
    phase = alone * ~world.new + together * world.new
    world.level *= 1.0 + SWEPT * ((turns + phase) % 1.0)


def filling(world: World) -> None:
    """New pods begin with seven tenths of their level; half of the rest fills every three minutes."""
    left = EMPTY * 0.5 ** (world.minutes / HALF_FILLED_MINUTES)
    world.level[..., world.new] *= 1.0 - left[:, None]


def leaking(an_hour: float) -> Trouble:
    """New pods' level grows by this part of it an hour."""

    def leak(world: World) -> None:
        world.level[..., world.new] *= (1.0 + an_hour * world.minutes / 60.0)[:, None]

    return leak


SCENARIOS = (
    Scenario("steady memory", metrics=(GROWTH,)),
    Scenario("swept memory", trouble=(swept,), metrics=(GROWTH,)),
    Scenario("memory that fills", harm=(filling,), metrics=(GROWTH,), warm_up_seconds=180.0),
    Scenario("leak of 100 % an hour", harmful=True, harm=(leaking(1.0),), metrics=(GROWTH,)),
    Scenario(
        "leak of 200 % an hour, swept",
        harmful=True,
        trouble=(swept,),
        harm=(leaking(2.0),),
        metrics=(GROWTH,),
    ),
)
