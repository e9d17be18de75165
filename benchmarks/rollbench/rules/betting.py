"""Betting on the candidate's share of each scrape's errors.

Why: a burst of forty errors is one piece of evidence here, and forty to every likelihood of counts.
Never here: pods.

Source: Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting" (2024),
formula F4: capital is multiplied by 1 + bet (share - mean), mean the share that a release not
worse has on average; a scrape without errors is no bet. The bet is their approximate growth-optimal
one, from scrapes before, at most half of what would risk everything. Capital of a histogram is
the mean over its edges; metrics share the promise in equal parts. Gauges are not tested.
"""

import numpy as np

from benchmarks.rollbench.evidence import Gathering, log_mean
from benchmarks.rollbench.interface import Floats, Metric
from benchmarks.rollbench.likelihood import TwoArms, tolerated_ratio
from benchmarks.rollbench.rules.conditional import COUNTS

BOLDEST = 0.5
LARGEST_VARIANCE = 0.25
"""Of a share; what is believed before the first scrape."""


class Betting:
    """Capital and what was seen so far, (runs, columns)."""

    def __init__(self, metric: Metric) -> None:
        self._null = tolerated_ratio(metric)
        self._log: Floats | float = 0.0
        self._bets: Floats | float = 1.0
        self._excess: Floats | float = 0.0
        self._squares: Floats | float = LARGEST_VARIANCE

    def log_e(self, arms: TwoArms) -> Floats:
        """The mean of the columns' capital."""
        errors = arms.events + arms.others
        weight = self._null * arms.exposure[:, np.newaxis]
        whole = weight + arms.other_exposure[:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean, share = weight / whole, arms.events / errors
        played = (errors > 0) & (mean > 0) & (mean < 1)
        mean, share = np.where(played, mean, 0.5), np.where(played, share, 0.0)
        gain = np.where(played, np.log1p(self._bet(mean) * (share - mean)), 0.0)
        self._log = self._log + gain
        self._learn(np.where(played, share - mean, 0.0), played.astype(float))
        return log_mean(np.asarray(self._log))

    def _bet(self, mean: Floats) -> Floats:
        """From earlier scrapes only, else the product would not be fair."""
        ahead = self._excess / self._bets
        variance = np.maximum(self._squares / self._bets - ahead**2, 1e-6)
        return np.clip(ahead / (variance + ahead**2), 0.0, BOLDEST / mean)

    def _learn(self, excess: Floats, played: Floats) -> None:
        self._bets = self._bets + played
        self._excess = self._excess + excess
        self._squares = self._squares + excess**2


RULES = (Gathering("betting on shares", Betting, COUNTS),)
