"""A rollout that was seen later than now: this machine's clock was set back, or another's ran ahead.

Why: nothing is decided until the clock has caught up, and a person who is not told why waits for hours.
Never here: acts; reading clocks.
"""

from controller.engine.phases import in_flight
from controller.engine.workload import Workload
from policies.durations import format_duration

UNREMARKABLE_SECONDS = 10.0
"""Machines that keep their clocks together differ by less."""


def clock_behind(workload: Workload, now: float) -> tuple[str, ...]:
    """What to do about it, in a sentence; nothing where the clock is sound."""
    rollout = workload.record.rollout
    if rollout is None or not in_flight(rollout):
        return ()
    behind = rollout.started_at - now
    if behind < UNREMARKABLE_SECONDS:
        return ()
    late = format_duration(float(round(behind)))
    told = f"the clock of rollctl's machine is {late} behind the moment this rollout was seen"
    return (f"{told}: set it right; until then nothing is compared",)
