"""The textbook's test for two samples, looked at each minute until it says something.

Why: it is what a dashboard with a p-value amounts to.
Never here: any correction; there is none.

One-sided at the promise, on everything since the start: the pooled z-test for two proportions (bad
requests; requests slower than the edge that the baseline's quantile lies under), the z-test for two
Poisson rates (requests), Welch's statistic over scrapes (gauges). Any metric that fires rolls back.
It never promotes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.question import Direction, Kind
from benchmarks.rollbench.arms import BASELINE, CANDIDATE, MIDDLE, Arms
from benchmarks.rollbench.interface import Answer, Answers, Batch, Floats, Metric, Study
from benchmarks.rollbench.likelihood import TwoArms, two_arms

EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class Peeked:
    """The test each minute."""

    name: str

    def begin(self, study: Study) -> "Peeking":
        """Nothing counted yet."""
        return Peeking(study)


class Peeking:
    """All scrapes so far."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._arms = Arms(study)
        self._sums: dict[str, Floats] = {}
        self._squares: dict[str, Floats] = {}
        self._scrapes = 0

    def observe(self, batch: Batch) -> Answers:
        """ROLLBACK where any metric's score is beyond the promise's deviate."""
        gained = self._arms.of(batch)
        seconds = batch.at_seconds - self._study.warm_up_seconds
        answers = np.zeros(self._study.runs, dtype=np.int8)
        if seconds <= 0:
            return answers
        self._keep(gained)
        if seconds % EVERY_SECONDS == 0:
            enough = -float(ndtri(self._study.false_rollback_rate))
            scores = [self._score(metric) for metric in self._study.metrics]
            answers[(np.stack(scores) > enough).any(axis=0)] = Answer.ROLLBACK
        return answers

    def _keep(self, gained: dict[str, Floats]) -> None:
        self._scrapes += 1
        for name, values in gained.items():
            self._sums[name] = self._sums.get(name, 0.0) + values
            self._squares[name] = self._squares.get(name, 0.0) + values**2

    def _score(self, metric: Metric) -> Floats:
        sums = self._sums[metric.name]
        if metric.kind is Kind.GAUGE:
            return _of_levels(metric, sums, self._squares[metric.name], self._scrapes)
        pods = (self._study.baseline_pods, self._study.candidate_pods)
        seconds = self._scrapes * self._study.interval_seconds
        arms = two_arms(metric, sums, pods, seconds)
        if metric.kind is Kind.RATE:
            return _of_rates(arms)
        return _of_shares(arms, _edge(metric, sums))


def _edge(metric: Metric, sums: Floats) -> NDArray[np.intp]:
    """The column (runs,) of the events: of a histogram the edge above the baseline's quantile."""
    if metric.kind is Kind.RATIO:
        return np.zeros(len(sums), dtype=np.intp)
    buckets = sums[:, BASELINE]
    rank = (metric.quantile or MIDDLE) * buckets[:, -1:]
    return np.asarray(np.minimum((buckets < rank).sum(axis=1), len(metric.edges) - 1))


def _of_shares(arms: TwoArms, column: NDArray[np.intp]) -> Floats:
    rows = np.arange(len(column))
    bad, other = arms.events[rows, column], arms.others[rows, column]
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (bad + other) / (arms.exposure + arms.other_exposure)
        variance = pooled * (1.0 - pooled) * (1.0 / arms.exposure + 1.0 / arms.other_exposure)
        score = (bad / arms.exposure - other / arms.other_exposure) / np.sqrt(variance)
    return np.where(np.isfinite(score), score, 0.0)


def _of_rates(arms: TwoArms) -> Floats:
    more, less = arms.events[:, 0] / arms.exposure, arms.others[:, 0] / arms.other_exposure
    variance = more / arms.exposure + less / arms.other_exposure
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, (more - less) / np.sqrt(variance), 0.0)


def _of_levels(metric: Metric, sums: Floats, squares: Floats, scrapes: int) -> Floats:
    mean = sums[..., 0] / scrapes
    variance = np.maximum(squares[..., 0] / scrapes - mean**2, 0.0) / max(scrapes - 1, 1)
    sign = 1.0 if metric.worse is Direction.HIGHER else -1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        score = sign * (mean[:, CANDIDATE] - mean[:, BASELINE]) / np.sqrt(variance.sum(axis=1))
    return np.where(np.isfinite(score), score, 0.0)


RULES = (Peeked("z-test, peeked"),)
