"""How much a metric moves by itself from one stretch of time to the next.

Why: a version that is compared with what another did before is compared with another time of day,
too; only the service's own past says how much that alone can change.
Source: the mean square of the changes' logarithms less what counting adds, enlarged as Student's
quantile is over the normal one. It is taken for normal, as few changes cannot tell its tails.
Never here: versions side by side, where time cancels.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

ASSUMED_DRIFT = math.log(2.0)
"""Standard deviation of the log change that is assumed where no past tells it: to twice or half."""

FEWEST_CHANGES = 6
CAUTIOUS_LEVEL = 0.005
HIDDEN_LEVEL = 0.05
LEAST_DRIFT, MOST_DRIFT = 0.01, 3.0
LAG = 2.0
"""Halves of a stretch lie half as far apart as before and after; a trend moves twice as far."""


@dataclass(frozen=True, slots=True)
class Change:
    """The log change of a metric from one half of a stretch to the other, and its variance by
    counting alone."""

    log_ratio: float
    variance: float


def counted(events: tuple[float, float], exposure: tuple[float, float], burst: float) -> Change:
    """The change of a rate, halves of an event added where there may be none."""
    before, after = (
        math.log((seen + 0.5) / load) for seen, load in zip(events, exposure, strict=True)
    )
    return Change(after - before, burst * sum(1.0 / (seen + 0.5) for seen in events))


def learn(changes: Iterable[Change]) -> float | None:
    """The standard deviation of the log change from before to after, None where too few changes,
    or too few events in them, tell it."""
    known = list(changes)
    if len(known) < FEWEST_CHANGES:
        return None
    counting = float(np.mean([one.variance for one in known]))
    seen = float(np.mean([one.log_ratio**2 for one in known])) - counting
    hidden = float(ndtri(1.0 - HIDDEN_LEVEL)) * counting * math.sqrt(2.0 / len(known))
    if hidden > (ASSUMED_DRIFT / LAG) ** 2:
        return None
    quantile = 1.0 - CAUTIOUS_LEVEL
    enlarged = float(stdtrit(len(known), quantile) / ndtri(quantile))
    found = LAG * enlarged * math.sqrt(max(seen, hidden, 0.0))
    return min(max(found, LEAST_DRIFT), MOST_DRIFT)
