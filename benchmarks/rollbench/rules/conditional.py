"""The conditional e-process: a sequential test that is exact if pods do not differ.

Why: it is the textbook's answer to peeking, and shows what peeking alone is not to blame for.
Never here: pods.

Source: Lindon and Malek 2022, arXiv 2011.03567; formula F1 with its grid of alternatives. Looked at
on each scrape; E of a histogram is the mean over its edges; metrics share the promise in equal
parts. Gauges are not counts and are not tested. It never promotes.
"""

from dataclasses import dataclass

import numpy as np

from analysis.question import Kind
from benchmarks.rollbench.arms import Arms
from benchmarks.rollbench.interface import Answer, Answers, Batch, Floats, Metric, Study
from benchmarks.rollbench.likelihood import log_likelihood, tolerated_ratio, two_arms

ALTERNATIVES = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
WEIGHTS = (0.1, 0.2, 0.3, 0.2, 0.1, 0.1)


@dataclass(frozen=True)
class Conditional:
    """The test on all scrapes."""

    name: str

    def begin(self, study: Study) -> "Testing":
        """No evidence yet."""
        return Testing(study)


class Testing:
    """Log likelihood ratios so far, (runs, columns, alternatives) of each metric."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._arms = Arms(study)
        self._asked = [metric for metric in study.metrics if metric.kind is not Kind.GAUGE]
        self._logs: dict[str, Floats | float] = {metric.name: 0.0 for metric in self._asked}

    def observe(self, batch: Batch) -> Answers:
        """ROLLBACK where any metric's E has reached metrics / promise."""
        gained = self._arms.of(batch)
        if batch.at_seconds <= self._study.warm_up_seconds:
            return np.zeros(self._study.runs, dtype=np.int8)
        enough = np.log(len(self._study.metrics) / self._study.false_rollback_rate)
        found = np.zeros(self._study.runs, dtype=bool)
        for metric in self._asked:
            found |= self._log_e(metric, gained[metric.name]) >= enough
        return np.where(found, Answer.ROLLBACK, Answer.WATCH).astype(np.int8)

    def _log_e(self, metric: Metric, gained: Floats) -> Floats:
        pods = (self._study.baseline_pods, self._study.candidate_pods)
        arms = two_arms(metric, gained, pods, self._study.interval_seconds)
        null = tolerated_ratio(metric)
        fresh = [log_likelihood(arms, times * null, null) for times in ALTERNATIVES]
        logs = self._logs[metric.name] + np.stack(fresh, axis=-1)
        self._logs[metric.name] = logs
        mixed = np.logaddexp.reduce(logs + np.log(WEIGHTS), axis=-1)
        return np.asarray(np.logaddexp.reduce(mixed, axis=-1) - np.log(mixed.shape[-1]))


RULES = (Conditional("iid sequential test"),)
