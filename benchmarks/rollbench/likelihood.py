"""What two arms' counts say of their ratio, whatever the rate they share.

Why: given the sum of both arms' events, the candidate's share of it depends on the ratio alone, so
shared shocks cancel (Lindon and Malek 2022, arXiv 2011.03567).
Never here: looks, thresholds.
"""

from dataclasses import dataclass

import numpy as np

from analysis.question import Direction, Kind
from benchmarks.rollbench.arms import BASELINE, CANDIDATE
from benchmarks.rollbench.interface import Floats, Metric


@dataclass(frozen=True)
class TwoArms:
    """Events (runs, columns) and exposure (runs,) of the arm on which harm shows as more events,
    and of the other arm."""

    events: Floats
    others: Floats
    exposure: Floats
    other_exposure: Floats


def two_arms(metric: Metric, gained: Floats, pods: tuple[int, int], seconds: float) -> TwoArms:
    """Of the increments (runs, arms, columns) of a metric that counts. Events are bad requests,
    requests slower than each edge, or (of a rate) requests, with pod seconds as the exposure."""
    if metric.kind is Kind.RATIO:
        events, exposure = gained[..., :1], gained[..., 1]
    elif metric.kind is Kind.HISTOGRAM:
        events, exposure = gained[..., -1:] - gained[..., :-1], gained[..., -1]
    else:
        events, exposure = gained, np.array(pods) * seconds + np.zeros(gained.shape[:2])
    harmed = CANDIDATE if metric.worse is Direction.HIGHER else BASELINE
    other = BASELINE if harmed == CANDIDATE else CANDIDATE
    return TwoArms(events[:, harmed], events[:, other], exposure[:, harmed], exposure[:, other])


def log_likelihood(arms: TwoArms, ratio: float, null: float) -> Floats:
    """Log of the conditional likelihood of `ratio` over that of `null` (runs, columns), both of
    the harmed arm's rate over the other's; 0 where nothing was exposed."""
    weight, other = arms.exposure[:, np.newaxis], arms.other_exposure[:, np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        shared = np.log((null * weight + other) / (ratio * weight + other))
        found = arms.events * (np.log(ratio / null) + shared) + arms.others * shared
    return np.where((weight > 0) & (other > 0), found, 0.0)


def tolerated_ratio(metric: Metric) -> float:
    """The harmed arm's rate over the other's that is not yet worse."""
    if metric.worse is Direction.HIGHER:
        return 1.0 + metric.tolerance
    return 1.0 / (1.0 - metric.tolerance)
