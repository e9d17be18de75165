"""Pods that get unequal shares of the traffic, for good.

Why: a load balancer is no more exact than that (zones, long connections), and who watches
throughput must not take it for harm.
Never here: troubles of errors.
"""

from benchmarks.rollbench.drawing import Scenario, World
from benchmarks.rollbench.scenarios.bad import REQUESTS, fewer

SPREAD = 0.3


def uneven(world: World) -> None:
    """Each pod's traffic is scaled by a gamma factor of mean one, SPREAD its coefficient of
    variation."""
    runs, _, pods = world.requests.shape
    world.requests *= world.draw.gamma(SPREAD**-2, SPREAD**2, (runs, 1, pods))


SCENARIOS = (
    Scenario("uneven requests", trouble=(uneven,), metrics=(REQUESTS,)),
    Scenario(
        "40 % fewer of uneven requests",
        harmful=True,
        trouble=(uneven,),
        harm=(fewer,),
        metrics=(REQUESTS,),
    ),
)
