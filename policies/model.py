"""What one policy asks for, in the project's own words.

Why: everything past this floor works on these plain values; only the reader knows that
they were once YAML.
Never here: YAML, files, defaults (grammar), checks of what a user wrote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Part
from policies.freeze.windows import FreezeWindow
from policies.images.model import ImageRule
from policies.labels import LabelOperator, LabelRequirement, LabelSelector
from policies.selector import Selector

__all__ = [
    "AnalysisRule",
    "HealthyAction",
    "HealthyRule",
    "InconclusiveAction",
    "InconclusiveRule",
    "LabelOperator",
    "LabelRequirement",
    "LabelSelector",
    "Measure",
    "MetricRule",
    "NoDataAction",
    "NoDataRule",
    "Policy",
    "RegressedAction",
    "RegressedRule",
    "RollbackScope",
    "SourcePlace",
    "WorkloadRule",
    "claimants",
    "conflict",
]


class RegressedAction(Enum):
    """What to do with a release that is worse."""

    ROLLBACK = "rollback"
    HOLD = "hold"
    KEEP = "keep"


class RollbackScope(Enum):
    """How much of the pod template a rollback restores."""

    TEMPLATE = "template"
    IMAGE = "image"


class Measure(Enum):
    """What of a gauge is compared."""

    LEVEL = "level"
    SLOPE = "slope"


class HealthyAction(Enum):
    """What to do with a release that was shown not to be worse."""

    PIN = "pin"
    KEEP = "keep"


class InconclusiveAction(Enum):
    """What to do when the limit comes before an answer."""

    KEEP = "keep"
    ROLLBACK = "rollback"
    PIN = "pin"


class NoDataAction(Enum):
    """What to do when nothing was measured. Rolling back is not among these: silence of
    the monitoring says nothing about the release."""

    HOLD = "hold"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where a policy was read: `file` as it was given, `line` from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class WorkloadRule:
    """Which workloads a policy governs; without namespaces, those of all namespaces."""

    namespaces: tuple[str, ...]
    kinds: tuple[str, ...]
    selector: LabelSelector

    def claims(self, kind: str, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether the workload of this kind, namespace and labels is governed."""
        in_reach = not self.namespaces or namespace in self.namespaces
        return in_reach and kind in self.kinds and self.selector.matches(labels)


@dataclass(frozen=True, slots=True)
class AnalysisRule:
    """When and how strictly to compare.

    `hold` is the share of candidate pods, in (0, 1), at which the rollout waits for the
    verdict; None never waits. `false_rollback_rate`, in (0, 0.5], is for a whole rollout.
    `startup_deadline_seconds` is how long a candidate pod may fail to start before that
    counts as evidence.
    """

    warm_up_seconds: float
    interval_seconds: float
    limit_seconds: float
    hold: float | None
    false_rollback_rate: float
    startup_deadline_seconds: float


@dataclass(frozen=True, slots=True)
class MetricRule:
    """One metric: what feeds it, which way harm lies, how much harm is worth a rollback.

    `quantile`, in (0, 1), is set for histograms only; `stratify_by` are the labels within whose
    values the versions are compared.
    """

    name: str
    kind: Kind
    inputs: Mapping[Part, Selector]
    worse: Direction
    tolerance: Tolerance
    quantile: float | None
    stratify_by: tuple[str, ...] = ()

    def question(self) -> Question:
        """What the analysis is asked of this metric."""
        return Question(
            self.name,
            self.kind,
            self.worse,
            self.tolerance,
            self.quantile,
            absent_is_zero=len({selector.metric for selector in self.inputs.values()}) == 1,
            strata=self.stratify_by,
        )


@dataclass(frozen=True, slots=True)
class RegressedRule:
    """What follows Regressed; `quarantine_seconds` is None for no quarantine."""

    action: RegressedAction
    scope: RollbackScope
    quarantine_seconds: float | None


@dataclass(frozen=True, slots=True)
class HealthyRule:
    """What follows Healthy."""

    action: HealthyAction


@dataclass(frozen=True, slots=True)
class InconclusiveRule:
    """What follows Inconclusive, at the limit."""

    action: InconclusiveAction


@dataclass(frozen=True, slots=True)
class NoDataRule:
    """What follows NoData."""

    action: NoDataAction


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy, whole and checked.

    `environment` is what its verdicts are filed under, None where nothing was said; `freeze` are the
    times in which nothing new is rolled out.
    """

    name: str
    source: SourcePlace
    workloads: WorkloadRule
    analysis: AnalysisRule
    metrics: tuple[MetricRule, ...]
    on_regressed: RegressedRule
    on_healthy: HealthyRule
    on_inconclusive: InconclusiveRule
    on_no_data: NoDataRule
    environment: str | None = None
    images: tuple[ImageRule, ...] = ()
    freeze: tuple[FreezeWindow, ...] = ()

    def comparison(self, design: Design, started_at: float) -> Comparison:
        """The whole question of one rollout; `started_at` in unix seconds."""
        return Comparison(
            questions=tuple(metric.question() for metric in self.metrics),
            design=design,
            false_rollback_rate=self.analysis.false_rollback_rate,
            started_at=started_at,
            interval_seconds=self.analysis.interval_seconds,
            limit_seconds=self.analysis.limit_seconds,
            warm_up_seconds=self.analysis.warm_up_seconds,
        )


def claimants(
    policies: Sequence[Policy], kind: str, namespace: str, labels: Mapping[str, str]
) -> tuple[Policy, ...]:
    """Every policy that claims the workload; more than one is a conflict."""
    return tuple(policy for policy in policies if policy.workloads.claims(kind, namespace, labels))


def conflict(claims: Sequence[Policy]) -> tuple[str, ...]:
    """What to mend where a workload is claimed more than once, nothing where it is not."""
    if len(claims) < 2:
        return ()
    names = ", ".join(f"{p.name} ({p.source.file}:{p.source.line})" for p in claims)
    return (f"claimed by {len(claims)} policies, so by none: {names}; narrow all but one",)
