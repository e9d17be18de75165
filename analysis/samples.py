"""What one pod showed in one window, as raw samples.

Why: everything after this works on samples that any source can give.
Never here: fetching, statistics, or a source's own format.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Arm(Enum):
    """Which side of the comparison a pod is on."""

    BASELINE = "baseline"
    CANDIDATE = "candidate"


class Part(Enum):
    """Which input of a metric a series feeds."""

    BAD = "bad"
    TOTAL = "total"
    COUNT = "count"
    BUCKETS = "buckets"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod of one arm; `ready_at` (unix seconds) is where its warm-up begins."""

    name: str
    arm: Arm
    ready_at: float


@dataclass(frozen=True, slots=True)
class Series:
    """Raw samples of one series of one pod, as the source stored them.

    `key` tells the series of one pod apart (its other labels, in any fixed spelling);
    `upper_edge` is the bucket's `le` in the metric's unit (infinity for the last one)
    and None for what is not a bucket. `times` are unix seconds, ascending, as long as
    `values`; a value may be NaN. `stratum` is what the series is compared within (the values of
    the labels that the policy stratifies by, in any fixed spelling), "" where nothing is asked.
    """

    pod: str
    key: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    upper_edge: float | None = None
    stratum: str = ""


SeriesByInput = Mapping[tuple[str, Part], tuple[Series, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """All that was sampled in the half-open time (start, end], unix seconds.

    `series` is keyed by metric name and part. A metric that the source could not
    answer for is absent from it and named in `blind`, with the reason: that is a gap,
    not a zero.
    """

    start: float
    end: float
    pods: tuple[Pod, ...]
    series: SeriesByInput
    blind: Mapping[str, str]
