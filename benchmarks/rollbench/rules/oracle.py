"""The sequential probability ratio test that knows the harm: the delay to measure others by.

Why: nobody who keeps the promise can be much faster, where pods do not differ.
Never here: anything a real rule could do; it reads the study's truth.

Source: Wald 1945, on the conditional likelihood of the two arms' counts (Lindon and Malek 2022), on
the same grid of looks. Only ratios, whose harm the study's truth tells; where the release is not
worse it tests against twice as many. It takes requests as independent, so that where pods differ
its delay is a measure and its errors are none. It never promotes.
"""

from dataclasses import dataclass

import numpy as np

from analysis.question import Kind
from benchmarks.rollbench.arms import Arms
from benchmarks.rollbench.interface import Answer, Answers, Batch, Floats, Study
from benchmarks.rollbench.likelihood import log_likelihood, tolerated_ratio, two_arms

SUPPOSED_RATIO = 2.0


@dataclass(frozen=True)
class Oracle:
    """Told the ratio."""

    name: str

    def begin(self, study: Study) -> "Knowing":
        """No evidence yet."""
        return Knowing(study)


class Knowing:
    """The log likelihood ratio so far, (runs,) of each ratio metric."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._arms = Arms(study)
        self._ratio = study.truth.ratio if study.truth.ratio > 1.0 else SUPPOSED_RATIO
        self._asked = [metric for metric in study.metrics if metric.kind is Kind.RATIO]
        self._log: Floats = np.zeros((len(self._asked), study.runs))

    def observe(self, batch: Batch) -> Answers:
        """ROLLBACK where any metric's likelihood ratio has reached metrics / promise."""
        gained = self._arms.of(batch)
        study = self._study
        if batch.at_seconds > study.warm_up_seconds:
            for at, metric in enumerate(self._asked):
                pods = (study.baseline_pods, study.candidate_pods)
                arms = two_arms(metric, gained[metric.name], pods, study.interval_seconds)
                self._log[at] += log_likelihood(arms, self._ratio, tolerated_ratio(metric))[:, 0]
        enough = np.log(len(study.metrics) / study.false_rollback_rate)
        found = (self._log >= enough).any(axis=0)
        return np.where(found, Answer.ROLLBACK, Answer.WATCH).astype(np.int8)


RULES = (Oracle("oracle SPRT"),)
