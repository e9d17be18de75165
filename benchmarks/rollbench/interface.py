"""What a rule sees and may answer.

Why: every rule, ours and the peers', is driven through this one door, many seeded runs at once, so
that anyone can add a rule or a scenario without touching another.
Never here: how a run is drawn, how answers are scored.

Arrays hold the baseline's pods first, then the candidate's. Series are (..., pods, strata, columns):
ratio = [bad, total] and rate = [count], counters since the pod started; histogram = cumulative
bucket counters, one for each finite edge and one for +Inf; gauge = [value]. Strata are routes, one
where a scenario has none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.question import Direction, Kind

Floats = NDArray[np.float64]
Answers = NDArray[np.int8]


class Answer(IntEnum):
    """What a rule says of one run at one look; ROLLBACK, PROMOTE and INCONCLUSIVE are final."""

    WATCH = 0
    ROLLBACK = 1
    PROMOTE = 2
    INCONCLUSIVE = 3


@dataclass(frozen=True)
class Metric:
    """What is asked of one metric; `tolerance` is the relative harm not worth a rollback
    (0.1 = 10 %), `edges` a histogram's finite upper edges. Of a gauge that is `hourly` harm is growth,
    and the tolerance a part of its level an hour; a rule may look at its level all the same."""

    name: str
    kind: Kind
    worse: Direction
    tolerance: float = 0.0
    quantile: float | None = None
    edges: tuple[float, ...] = ()
    hourly: bool = False


@dataclass(frozen=True)
class Past:
    """Healthy earlier releases of each service, as raw scrapes: name -> (services, releases, looks,
    pods, strata, columns); each release had pods of its own."""

    values: Mapping[str, Floats]


@dataclass(frozen=True)
class Truth:
    """What only an oracle may know: bad events of the baseline a request, how many times as many
    the candidate has, and requests a second and pod."""

    base_rate: float
    ratio: float
    requests_per_second: float


@dataclass(frozen=True)
class Study:
    """All that is known before the first scrape; equally many of the `runs`, one after the other,
    are the next releases of each service of `past`."""

    metrics: tuple[Metric, ...]
    baseline_pods: int
    candidate_pods: int
    interval_seconds: float
    limit_seconds: float
    warm_up_seconds: float
    false_rollback_rate: float
    runs: int
    past: Past | None
    truth: Truth


@dataclass(frozen=True)
class Batch:
    """One scrape of every run, `at_seconds` after the candidate became ready: name -> (runs, pods,
    strata, columns), NaN where the scrape was lost; `restarts` (runs, pods) so far."""

    at_seconds: float
    values: Mapping[str, Floats]
    restarts: Floats


class Watcher(Protocol):
    """One rule at work on the runs of one study."""

    def observe(self, batch: Batch) -> Answers:
        """One Answer code a run; after a final one the run is not asked again."""


class Rule(Protocol):
    """A way to decide."""

    @property
    def name(self) -> str:
        """How tables call it."""

    def begin(self, study: Study) -> Watcher:
        """A fresh watcher."""
