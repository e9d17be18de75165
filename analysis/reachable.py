"""The smallest harm that the data so far could have shown.

Why: "Inconclusive" helps only who learns what it rules out.
Never here: verdicts.
"""

import numpy as np

from analysis.conditional import log_evidence, log_factors
from analysis.counts import Array, CountEvidence
from analysis.error_budget import ErrorBudget
from analysis.question import Comparison, Direction, Kind
from analysis.samples import Arm
from analysis.spread import margin

HARMS: Array = np.expm1(np.geomspace(0.02, 8.0, 60))


def smallest_shown(
    evidence: CountEvidence, budget: ErrorBudget, comparison: Comparison
) -> float | None:
    """The smallest harm, on the tolerance's scale and positive, whose expected counts would
    have crossed the fast path's threshold by now; None when none would."""
    question, tally = evidence.question, evidence.tally
    old, new = tally.arm(Arm.BASELINE), tally.arm(Arm.CANDIDATE)
    if question.kind is Kind.HISTOGRAM or not old.any() or not new.any():
        return None
    exposures = [float(tally.exposure[rows].sum()) for rows in (old, new)]
    rate = (float(tally.events[old, 0].sum()) + 0.5) / exposures[0]
    harms = HARMS if not question.tolerance.absolute else HARMS * rate
    logs = _expected_logs(evidence, budget, harms, rate, exposures, int(old.sum()), int(new.sum()))
    found = np.flatnonzero(logs >= -np.log(budget.conditional))
    return float(harms[found[0]]) if found.size else None


def _expected_logs(
    evidence: CountEvidence, budget: ErrorBudget, harms: Array, rate: float,
    exposures: list[float], old_pods: int, new_pods: int,
) -> Array:
    tolerance, lower = evidence.question.tolerance, evidence.question.worse is Direction.LOWER
    spread = margin(max(1, new_pods), max(1, old_pods), budget.spread / 2)
    harmed_rate = rate + harms if tolerance.absolute else rate * (1 + harms)
    ratio = 1.0 if tolerance.absolute else 1 + tolerance.amount
    offset = tolerance.amount if tolerance.absolute else 0.0
    side, other = (exposures[0], exposures[1]) if lower else (exposures[1], exposures[0])
    full = np.ones_like(harms)
    logs = log_factors(
        harmed_rate * side, full * side, rate * other * full, full * other,
        full * spread * ratio, full * spread * offset,
    )
    return log_evidence(logs)
