"""What a rule sees of one release, and what it may answer.

Why: a rule that could see the label, the fault or where a recording comes from would be scored on
what it knows rather than on what it finds.
Never here: labels, faults, sources, file formats, scores.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Answer(Enum):
    """The four answers; only ROLLBACK acts."""

    ROLLBACK = "Rollback"
    PROMOTE = "Promote"
    INCONCLUSIVE = "Inconclusive"
    NO_DATA = "NoData"


class Sort(Enum):
    """What sort of number a series is."""

    COUNTER_RATE = "counter-rate"
    GAUGE = "gauge"
    LATENCY_QUANTILE = "latency-quantile"
    LATENCY_MEAN = "latency-mean"
    ERROR_RATIO = "error-ratio"


class Harm(Enum):
    """Which way harm lies."""

    HIGHER = "higher_is_worse"
    LOWER = "lower_is_worse"
    EITHER = "either"


@dataclass(frozen=True)
class Stretch:
    """One arm's samples, `times` (unix seconds, ascending) as long as `values` (in the series' own
    unit; latencies in seconds, error ratios in 0..1), without gaps: what was not recorded is not
    there."""

    times: Floats
    values: Floats


@dataclass(frozen=True)
class Recorded:
    """One metric of both versions, each sample over all pods of its arm.

    `pods` counts those of the old and of the new version, None where that was not recorded.
    `day_before` is the same pair of clock windows a day earlier, when both were the old version.
    """

    metric: str
    sort: Sort
    harm: Harm
    interval_seconds: float
    pods: tuple[int, int] | None
    baseline: Stretch
    candidate: Stretch
    day_before: tuple[Stretch, Stretch] | None = None

    @property
    def side_by_side(self) -> bool:
        """Whether both arms served at the same time, so that what strikes both cancels: most samples
        of the new version have one of the old version within an interval."""
        old, new = self.baseline.times, self.candidate.times
        if not old.size or not new.size:
            return False
        apart = np.abs(np.subtract.outer(new, old)).min(axis=1)
        return bool(np.mean(apart <= self.interval_seconds) > 0.5)


@dataclass(frozen=True)
class Release:
    """All that was recorded of one release: none at all where the new version showed nothing."""

    series: tuple[Recorded, ...]


class Rule(Protocol):
    """A way to decide."""

    @property
    def name(self) -> str:
        """How tables and `--rules` call it."""

    def decide(self, release: Release) -> Answer:
        """One answer, after the whole recording."""
