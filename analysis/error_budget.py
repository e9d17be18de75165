"""How the one promised error is shared out.

Why: the promise "a release that is not worse is rolled back at most so often" is the sum of
all shares below; they stand in one place so that the sum can be seen.
Never here: data.

    false_rollback_rate = fast path (1/5) + permutation (4/5)
    fast path           = per counted metric, half to the evidence and half to the chance that
                          the pods of one version differ more than the margin allows
"""

from dataclasses import dataclass

from analysis.question import Comparison, Kind

FAST_PATH_SHARE = 0.2
SPREAD_SHARE_OF_FAST_PATH = 0.5

BOUND_ERROR = 0.05
"""How often one side of a reported interval, or a Healthy, may be wrong, a metric."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Error rates: `evidence` and `spread` for each counted metric, `permutation` for all."""

    evidence: float
    spread: float
    permutation: float


def share(comparison: Comparison) -> Budget:
    """Split the comparison's false_rollback_rate; the shares add up to it."""
    counted = sum(question.kind is not Kind.GAUGE for question in comparison.questions)
    fast = comparison.false_rollback_rate * FAST_PATH_SHARE / max(counted, 1)
    return Budget(
        evidence=fast * (1.0 - SPREAD_SHARE_OF_FAST_PATH),
        spread=fast * SPREAD_SHARE_OF_FAST_PATH,
        permutation=comparison.false_rollback_rate * (1.0 - FAST_PATH_SHARE),
    )
