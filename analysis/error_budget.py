"""How the one promised error is shared out.

Why: the promise "a release that is not worse is rolled back at most so often" is the sum of
all shares below; they stand in one place so that the sum can be seen.
Never here: data.

    with a past       each metric an equal part, for the score test
    without a past    score test 1/5, each counted metric an equal part of it; permutation 4/5
"""

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


def share(comparison: Comparison, learned: bool) -> Budget:
    """Split the comparison's false_rollback_rate; the shares add up to it at most."""
    promised = comparison.false_rollback_rate
    if learned:
        return Budget(promised / max(len(comparison.questions), 1), 0.0)
    counted = sum(question.kind not in LEVELS for question in comparison.questions)
    return Budget(promised * SCORE_SHARE / max(counted, 1), promised * (1.0 - SCORE_SHARE))
