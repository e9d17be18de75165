"""All that was learned of one rollout.

Why: evidence is one value that grows by folding; whoever holds it can judge at any time.
Never here: how it grows (accumulate.py), what it says (findings.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.counted import Counted
from analysis.drift import ASSUMED_DRIFT
from analysis.error_budget import Budget
from analysis.gauges import Levels
from analysis.increments import Cursors
from analysis.look import Look, look_at
from analysis.panel import Panel
from analysis.permutation import Rejected
from analysis.pod_model import PodModel
from analysis.question import Comparison, Design, Question
from analysis.samples import Arm, Part
from analysis.slopes import Slopes


@dataclass(frozen=True, slots=True)
class Sighting:
    """Which inputs were ever sampled, when (unix seconds) each arm last was, and why the last
    window showed nothing ("" when the source answered)."""

    sampled: frozenset[tuple[Arm, Part]] = frozenset()
    latest: Mapping[Arm, float] = field(default_factory=dict)
    blind: str = ""


@dataclass(frozen=True, slots=True)
class MetricEvidence:
    """One metric: what was asked, what its samples came to, what is believed of equally good pods,
    and how far the samples are read. `shown` is the smallest harm that would have been Regressed
    when that was last asked: it costs more than a look, so it is asked ever more seldom."""

    question: Question
    body: Counted | Levels | Slopes
    model: PodModel
    cursors: Cursors = field(default_factory=Cursors)
    sighting: Sighting = field(default_factory=Sighting)
    shown: float | None = None


@dataclass(frozen=True, slots=True)
class Fired:
    """The test that decided: of which metric, by which method, when (unix seconds), and one in
    how many it would say so of a release that is not worse."""

    metric: str
    method: str
    at: float
    one_in: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """The state of one comparison; `fired` stays once it is set."""

    comparison: Comparison
    budget: Budget
    folded_until: float
    metrics: tuple[MetricEvidence, ...]
    panel: Panel = field(default_factory=Panel)
    rejected: Rejected = field(default_factory=Rejected)
    fired: Fired | None = None


def look(evidence: Evidence, model: PodModel) -> Look:
    """The look at the end of the last window, at a metric of which so much is known."""
    asked = evidence.comparison
    assumed = ASSUMED_DRIFT if model.drift is None else model.drift
    drift = assumed if asked.design is Design.BEFORE_AFTER else 0.0
    return look_at(asked, evidence.folded_until - asked.started_at, drift)
