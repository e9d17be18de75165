"""When it is looked.

Why: how high a score must be depends on how much of the time has passed.
Never here: what is seen.
"""

from dataclasses import dataclass

from analysis.question import Comparison

WARM_AFTER, WARMING_CAUTION = 4.0, 1.25
"""Until so many warm-ups have passed, a cut that was too short would still show: harm must be a
quarter larger than it may be later."""


@dataclass(frozen=True, slots=True)
class Look:
    """When it is looked: `elapsed` in (0, 1] is the part that has passed of the time limit after the
    warm-up, `looks` how many windows that time has; `wider` multiplies the tolerated harm; `drift`
    is how far time alone moves the metric, as the standard deviation of a logarithm, 0 where both
    arms share their time."""

    elapsed: float
    looks: float
    wider: float = 1.0
    drift: float = 0.0


def look_at(asked: Comparison, seconds: float, drift: float = 0.0) -> Look:
    """The look `seconds` after the comparison began."""
    warm_up = asked.warm_up_seconds
    whole = max(asked.limit_seconds - warm_up, asked.interval_seconds)
    elapsed = (seconds - warm_up) / whole
    return Look(
        min(max(elapsed, asked.interval_seconds / whole), 1.0),
        whole / asked.interval_seconds,
        WARMING_CAUTION if seconds < WARM_AFTER * warm_up else 1.0,
        drift,
    )
