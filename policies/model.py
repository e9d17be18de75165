"""What a policy says, once read and checked.

Why: past this floor nobody sees YAML, units or defaults.
Never here: reading files, or what a rollout has come to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Part
from policies.selector import Selector


class RegressedAction(Enum):
    """What is done with a candidate that has regressed."""

    ROLLBACK = "rollback"
    HOLD = "hold"
    KEEP = "keep"


class RollbackScope(Enum):
    """How much of the version before comes back."""

    TEMPLATE = "template"
    IMAGE = "image"


class HealthyAction(Enum):
    """What is done with a candidate that was found Healthy."""

    PIN = "pin"
    KEEP = "keep"


class InconclusiveAction(Enum):
    """What is done at the limit without a verdict."""

    KEEP = "keep"
    ROLLBACK = "rollback"
    PIN = "pin"


class NoDataAction(Enum):
    """What is done at the limit without data; rolling back is not among it."""

    HOLD = "hold"
    KEEP = "keep"


class LabelOperator(Enum):
    """Kubernetes' four conditions on a label."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True)
class LabelCondition:
    """One condition on one label."""

    key: str
    operator: LabelOperator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether the labels meet the condition, as Kubernetes has it."""
        if self.operator is LabelOperator.EXISTS:
            return self.key in labels
        if self.operator is LabelOperator.DOES_NOT_EXIST:
            return self.key not in labels
        if self.operator is LabelOperator.IN:
            return labels.get(self.key) in self.values
        return self.key not in labels or labels[self.key] not in self.values


@dataclass(frozen=True, slots=True)
class WorkloadRule:
    """Which workloads a policy governs; no namespaces means all."""

    namespaces: tuple[str, ...]
    kinds: tuple[str, ...]
    conditions: tuple[LabelCondition, ...]

    def claims(self, kind: str, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether this workload is governed."""
        return (
            kind in self.kinds
            and (not self.namespaces or namespace in self.namespaces)
            and all(condition.matches(labels) for condition in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class AnalysisRule:
    """How to compare. `hold` is the share of candidate pods (0..1] at which a rollout waits
    for its verdict, None for never; `startup_deadline_seconds` is how long a candidate pod
    may fail to start before that is evidence."""

    warm_up_seconds: float
    interval_seconds: float
    limit_seconds: float
    hold: float | None
    false_rollback_rate: float
    startup_deadline_seconds: float


@dataclass(frozen=True, slots=True)
class MetricRule:
    """One metric: what to read for each of its parts, and what would be worse."""

    name: str
    kind: Kind
    inputs: Mapping[Part, Selector]
    worse: Direction
    tolerance: Tolerance
    quantile: float | None = None

    def question(self) -> Question:
        """The question that analysis is asked."""
        return Question(self.name, self.kind, self.worse, self.tolerance, self.quantile)


@dataclass(frozen=True, slots=True)
class RegressedRule:
    """`quarantine_seconds` is how long a bad digest must not run again, None for no such
    rule."""

    action: RegressedAction
    scope: RollbackScope
    quarantine_seconds: float | None


@dataclass(frozen=True, slots=True)
class HealthyRule:
    """What Healthy leads to."""

    action: HealthyAction


@dataclass(frozen=True, slots=True)
class InconclusiveRule:
    """What the limit leads to without a verdict."""

    action: InconclusiveAction


@dataclass(frozen=True, slots=True)
class NoDataRule:
    """What the limit leads to without data."""

    action: NoDataAction


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy; `file` and `line` (from 1) are where it was written."""

    name: str
    file: str
    line: int
    workloads: WorkloadRule
    analysis: AnalysisRule
    metrics: tuple[MetricRule, ...]
    on_regressed: RegressedRule
    on_healthy: HealthyRule
    on_inconclusive: InconclusiveRule
    on_no_data: NoDataRule

    def comparison(self, design: Design, started_at: float) -> Comparison:
        """What analysis is asked for a rollout that began at `started_at`."""
        rule = self.analysis
        return Comparison(
            questions=tuple(metric.question() for metric in self.metrics),
            design=design,
            false_rollback_rate=rule.false_rollback_rate,
            started_at=started_at,
            interval_seconds=rule.interval_seconds,
            limit_seconds=rule.limit_seconds,
            warm_up_seconds=rule.warm_up_seconds,
        )


def claimants(
    policies: Iterable[Policy], kind: str, namespace: str, labels: Mapping[str, str]
) -> tuple[Policy, ...]:
    """Every policy that claims this workload; more than one is a conflict."""
    return tuple(p for p in policies if p.workloads.claims(kind, namespace, labels))
