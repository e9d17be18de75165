"""What is asked of each metric, and of the comparison as a whole.

Why: the question is fixed before the first sample is seen; an answer is only worth
its promised error if the question did not move.
Never here: samples, answers, or how the user spelled the question in YAML.
"""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What sort of number a metric is, and so which statistics apply."""

    RATIO = "ratio"
    RATE = "rate"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"
    COST = "cost"
    SLOPE = "slope"


LEVELS = frozenset({Kind.GAUGE, Kind.COST, Kind.SLOPE})
"""Kinds that say one number a pod and window, not counts of events."""


class Direction(Enum):
    """Which way harm lies."""

    HIGHER = "higher"
    LOWER = "lower"


class Design(Enum):
    """How the two arms share time.

    SIDE_BY_SIDE arms serve the same traffic at once, so what strikes both cancels.
    BEFORE_AFTER arms never overlap (baseline samples are shifted onto the candidate's
    clock), so the time of day does not cancel and less may be claimed.
    """

    SIDE_BY_SIDE = "side-by-side"
    BEFORE_AFTER = "before-after"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The harm not worth a rollback: a share of the baseline's value (0.1 = 10 %), or,
    when `absolute`, a difference of two ratios (0.005 = half a percentage point); when it is
    `hourly`, a difference of two slopes, as shares of the level an hour (0.05 = 5 % an hour)."""

    amount: float
    absolute: bool = False
    hourly: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """Is this metric of the candidate worse than the baseline's by more than `tolerance`?

    `quantile` is set for histograms only, in (0, 1). `absent_is_zero` says of a ratio that
    bad events without any series are none, as when bad and total are one metric told apart
    by a label; otherwise a bad series that never shows is missing data. `strata` names the labels
    within whose values both arms are compared, so that a changed mix is no harm.
    """

    name: str
    kind: Kind
    worse: Direction
    tolerance: Tolerance
    quantile: float | None = None
    absent_is_zero: bool = True
    strata: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All questions of one rollout and the error they share.

    `false_rollback_rate` is the chance, over all metrics and all looks together, that a
    release that is not worse is called Regressed. Times are seconds; `started_at` (unix
    seconds) is where the windows of `interval_seconds` begin.
    """

    questions: tuple[Question, ...]
    design: Design
    false_rollback_rate: float
    started_at: float
    interval_seconds: float
    limit_seconds: float
    warm_up_seconds: float
