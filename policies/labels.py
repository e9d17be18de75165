"""Which labels a workload must carry, with the meaning Kubernetes gives a selector.

Why: users know matchLabels and matchExpressions; they must mean here what they mean
everywhere else in their cluster.
Never here: metric selectors (selector), reading YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class LabelOperator(Enum):
    """How a requirement looks at one label."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


@dataclass(frozen=True, slots=True)
class LabelRequirement:
    """One condition on one label; `values` count for In and NotIn only."""

    key: str
    operator: LabelOperator
    values: frozenset[str] = frozenset()

    def met_by(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` meet this; an absent label meets NotIn, as in Kubernetes."""
        match self.operator:
            case LabelOperator.IN:
                return labels.get(self.key) in self.values
            case LabelOperator.NOT_IN:
                return labels.get(self.key) not in self.values
            case LabelOperator.EXISTS:
                return self.key in labels
            case LabelOperator.DOES_NOT_EXIST:
                return self.key not in labels


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All conditions together; without any it matches everything."""

    match_labels: Mapping[str, str] = field(default_factory=dict)
    match_expressions: tuple[LabelRequirement, ...] = ()

    @property
    def requirements(self) -> frozenset[LabelRequirement]:
        """Both spellings in one form, so that equal selectors compare equal."""
        equalities = (
            LabelRequirement(key, LabelOperator.IN, frozenset({value}))
            for key, value in self.match_labels.items()
        )
        return frozenset((*equalities, *self.match_expressions))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` meet every condition."""
        return all(requirement.met_by(labels) for requirement in self.requirements)
