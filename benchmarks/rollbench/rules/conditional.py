"""The conditional e-process: a sequential test that is exact if pods do not differ.

Why: it is the textbook's answer to peeking, and shows what peeking alone is not to blame for.
Never here: pods.

Source: Lindon and Malek 2022, arXiv 2011.03567; formula F1 with its grid of alternatives. Looked at
on each scrape; E of a histogram is the mean over its edges; metrics share the promise in equal
parts. Gauges are not counts and are not tested. It never promotes.
"""

import numpy as np

from analysis.question import Kind
from benchmarks.rollbench.evidence import Gathering, log_mean
from benchmarks.rollbench.interface import Floats, Metric
from benchmarks.rollbench.likelihood import TwoArms, log_likelihood, tolerated_ratio

ALTERNATIVES = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
WEIGHTS = (0.1, 0.2, 0.3, 0.2, 0.1, 0.1)


class Mixture:
    """Log likelihood ratios so far, (runs, columns, alternatives)."""

    def __init__(self, metric: Metric) -> None:
        self._null = tolerated_ratio(metric)
        self._logs: Floats | float = 0.0

    def log_e(self, arms: TwoArms) -> Floats:
        """The weighted mean over alternatives, then the mean over columns."""
        fresh = [log_likelihood(arms, times * self._null, self._null) for times in ALTERNATIVES]
        logs = self._logs + np.stack(fresh, axis=-1)
        self._logs = logs
        return log_mean(np.logaddexp.reduce(logs + np.log(WEIGHTS), axis=-1))


COUNTS = frozenset({Kind.RATIO, Kind.RATE, Kind.HISTOGRAM})

RULES = (Gathering("iid sequential test", Mixture, COUNTS),)
