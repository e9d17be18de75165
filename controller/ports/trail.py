"""The port to the trail of looks: what each look at a rollout made of each metric.

Why: how an interval shrank over time shows whether an answer came early, late or never; the
workload itself only has room for the last look.
Never here: anything that a decision depends on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from analysis.verdict import Finding, Judgement, Verdict
from controller.engine.workload import WorkloadKey


@dataclass(frozen=True)
class Step:
    """One metric at one look. `at` is unix seconds; `effect`, `low` and `high` are on the
    tolerance's scale, None where nothing can be said."""

    at: float
    metric: str
    effect: float | None
    low: float | None
    high: float | None
    verdict: Verdict


def steps_of(judgement: Judgement, at: float) -> tuple[Step, ...]:
    """One step a metric; where data are missing the figures of the others say nothing."""
    return tuple(_step(finding, at) for finding in judgement.findings)


def _step(finding: Finding, at: float) -> Step:
    name, verdict = finding.question.name, finding.verdict
    if verdict is Verdict.NO_DATA:
        return Step(at, name, None, None, None, verdict)
    return Step(at, name, finding.effect, finding.low, finding.high, verdict)


class Trail(Protocol):
    """Takes looks; for people only."""

    def keep(self, key: WorkloadKey, rollout: str, steps: Sequence[Step]) -> None:
        """Keeps one look if that is possible. Never waits and never raises: a look that cannot
        be kept is lost, which harms a picture and no decision."""


class NoTrail:
    """The port where no journal is kept."""

    def keep(self, key: WorkloadKey, rollout: str, steps: Sequence[Step]) -> None:
        """Lets it go."""
