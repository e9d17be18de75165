"""What a service's own past says of how much equally good pods differ.

Why: whether a difference between new and old pods is unusual can only be said by someone who knows
how much pods of this service usually differ, and how its events cluster in time.
Never here: learning it (learn.py), numpy: records that hold it are read by commands that must
start at once.
"""

from dataclasses import dataclass

ASSUMED_SPREAD = 0.45
"""Coefficient of variation that pods of one version are assumed not to exceed."""


@dataclass(frozen=True, slots=True)
class MetricPast:
    """What a metric's past says of equally good pods.

    `pods` is how many different pods were seen; `spread` the coefficient of variation between
    them (gauges: the standard deviation of the logarithm of their levels); `burst` the variance
    of counts over that of independent events, at least 1; `rate` events an exposure (gauges:
    the usual level). `drift` is the standard deviation of the logarithm of its change from one
    stretch as long as the time limit to the next, None where that is not known.
    """

    name: str
    pods: int
    spread: float
    burst: float
    rate: float
    drift: float | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """The pasts of a workload's metrics, from `blocks` stretches of time; `learned_at` and
    `since`, where the first of them begins, are unix seconds."""

    metrics: tuple[MetricPast, ...]
    blocks: int
    learned_at: float
    since: float
