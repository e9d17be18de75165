"""Many metrics' findings made one verdict.

Why: "what do we say of this release" has one definition, and four answers, never a bool.
Never here: the computing of evidence, or what is done about a verdict.
"""

from dataclasses import dataclass
from enum import Enum

from analysis.question import Question


class Verdict(Enum):
    """The four answers."""

    REGRESSED = "Regressed"
    HEALTHY = "Healthy"
    INCONCLUSIVE = "Inconclusive"
    NO_DATA = "NoData"


@dataclass(frozen=True, slots=True)
class ArmSummary:
    """What one arm showed of one metric so far.

    `value` is in the metric's own unit (a ratio, a rate per pod-second, a quantile, a
    gauge), None where there is none; `events` and `exposure` are the counts behind it
    (bad and total requests; events and pod-seconds; requests over the baseline's quantile
    and all requests; pods and samples); `pods` is how many pods gave data.
    """

    value: float | None
    events: float
    exposure: float
    pods: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One metric's answer with its evidence.

    `effect`, `low` and `high` are on the tolerance's scale: a relative change (0.5 = 50 %
    more) or, for an absolute tolerance, a difference of ratios; positive is more, not worse.
    `low`..`high` is an interval that may be looked at any time; None where nothing can be
    said. `shown` is the smallest harm (a positive number on the same scale) that the data so
    far could have shown. `method` names the test that decided, "" while none has, and `one_in` is
    one in how many versions that are not worse it would say so. `pod_spread` is the coefficient of
    variation that pods of one version were taken to have, None where it was not needed;
    `pods_seen` is how many pods of the past say so, 0 where it is assumed or where `unlike_past`
    says that the pods differ by far more than the past knows. `strata` is within how
    many strata the arms were compared, 0 where that was not asked, and `alone` the share of the
    candidate's requests that had no counterpart in any of them. `edges` is on how many bucket edges
    a histogram was compared, 0 where both arms have the same.
    """

    question: Question
    verdict: Verdict
    effect: float | None
    low: float | None
    high: float | None
    baseline: ArmSummary
    candidate: ArmSummary
    shown: float | None
    method: str
    reason: str
    one_in: float | None = None
    pod_spread: float | None = None
    pods_seen: int = 0
    strata: int = 0
    alone: float = 0.0
    edges: int = 0
    unlike_past: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on a release, with every finding behind it.

    `decided_at` is the end (unix seconds) of the window in which Regressed was first
    reached or Healthy holds, None while undecided.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    decided_at: float | None
    reason: str
