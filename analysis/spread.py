"""How far apart two groups of equally good pods may lie by chance.

Why: pods of one version differ, and a test that treats every request as independent takes
that difference for a regression. Without a history of the service the spread is assumed.
Source: gamma pod effects of shape k = 1/CV^2; the share of a group of n1 pods beside n0 is
then Beta(n1 k, n0 k).
Never here: counts of events.
"""

from collections.abc import Mapping

from scipy.special import betaincinv

ASSUMED_POD_SPREAD = 0.45
"""Coefficient of variation that pods of one version are assumed not to exceed."""

Composition = frozenset[str]


def margin(harmed_pods: float, reference_pods: float, error: float) -> float:
    """The ratio of two groups' means exceeded with chance `error` although no pod is worse.

    The numbers of pods may be fractions: the effective number of unequally loaded pods.
    """
    shape = 1.0 / ASSUMED_POD_SPREAD**2
    share0 = float(betaincinv(reference_pods * shape, harmed_pods * shape, error))
    return (1.0 - share0) / share0 * reference_pods / harmed_pods


def error_of(order: int) -> float:
    """Share of the spread's error for the order-th (1, 2, ...) distinct set of pods.

    Each set of pods is a new draw of the spread, so each gets its own share: 1/2, 1/6, 1/12...
    which add up to one however often pods come and go.
    """
    return 1.0 / (order * (order + 1.0))


def remember(
    seen: Mapping[Composition, int], pods: Composition
) -> tuple[Mapping[Composition, int], int]:
    """The order in which this set of pods was first met, and the sets met so far."""
    if pods in seen:
        return seen, seen[pods]
    order = len(seen) + 1
    return {**seen, pods: order}, order
