"""Rules that gather evidence on each scrape and roll back when there is enough of it.

Why: tests that may be looked at at any time differ in how they weigh a scrape, and in nothing else.
Never here: how a scrape is weighed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.question import Kind
from benchmarks.rollbench.arms import Arms
from benchmarks.rollbench.interface import Answer, Answers, Batch, Floats, Metric, Study
from benchmarks.rollbench.likelihood import TwoArms, two_arms


class Scale(Protocol):
    """Weighs one metric's evidence."""

    def log_e(self, arms: TwoArms) -> Floats:
        """Log of all evidence (runs,) against "not worse", these counts included; its
        exponential is 1 at most in expectation, at any time, if that is true."""


@dataclass(frozen=True)
class Gathering:
    """A rule: a fresh scale for each metric of `kinds`; metrics share the promise in equal parts.
    It never promotes."""

    name: str
    scale: Callable[[Metric], Scale]
    kinds: frozenset[Kind]

    def begin(self, study: Study) -> "Weighing":
        """No evidence yet."""
        return Weighing(self, study)


class Weighing:
    """The scales of all metrics."""

    def __init__(self, rule: Gathering, study: Study) -> None:
        self._study = study
        self._arms = Arms(study)
        self._scales = [
            (metric, rule.scale(metric)) for metric in study.metrics if metric.kind in rule.kinds
        ]

    def observe(self, batch: Batch) -> Answers:
        """ROLLBACK where any metric's evidence has reached metrics / promise."""
        gained, study = self._arms.of(batch), self._study
        found = np.zeros(study.runs, dtype=bool)
        if batch.at_seconds > study.warm_up_seconds:
            enough = np.log(len(study.metrics) / study.false_rollback_rate)
            pods = (study.baseline_pods, study.candidate_pods)
            for metric, scale in self._scales:
                arms = two_arms(metric, gained[metric.name], pods, study.interval_seconds)
                found |= scale.log_e(arms) >= enough
        return np.where(found, Answer.ROLLBACK, Answer.WATCH).astype(np.int8)


def log_mean(logs: Floats) -> Floats:
    """Log of the mean over the last axis; a mean of evidence is evidence, whatever its parts share."""
    return np.asarray(np.logaddexp.reduce(logs, axis=-1) - np.log(logs.shape[-1]))
