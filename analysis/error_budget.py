"""How the one promised error is shared out.

Why: the promise "a release that is not worse is rolled back at most so often" is the sum of
all shares below; they stand in one place so that the sum can be seen.
Never here: data.

    with a past       each metric an equal part, for the score test
    without a past    score test 1/5, each metric that has one an equal part of it; permutation 4/5

A counted metric has a score test always, a level only with a past of its own.
"""

from collections.abc import Collection
from dataclasses import dataclass

from analysis.question import LEVELS, Comparison

SCORE_SHARE = 0.2
"""The score test's part while it rests on an assumption; the permutation needs none."""

BOUND_ERROR = 0.05
"""How often one side of a reported interval, or a Healthy, may be wrong, a metric."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Error rates: `score` for each metric that has a score test, `permutation` for all together
    (0 where there is none)."""

    score: float
    permutation: float


def share(comparison: Comparison, learned: Collection[str]) -> Budget:
    """Split the comparison's false_rollback_rate; the shares add up to it at most. `learned` are the
    metrics with a past."""
    promised, names = comparison.false_rollback_rate, {one.name for one in comparison.questions}
    if names <= set(learned):
        return Budget(promised / max(len(names), 1), 0.0)
    counted = {one.name for one in comparison.questions if one.kind not in LEVELS}
    scored = len(counted | (names & set(learned)))
    return Budget(promised * SCORE_SHARE / max(scored, 1), promised * (1.0 - SCORE_SHARE))
