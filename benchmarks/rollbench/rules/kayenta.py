"""Kayenta's NetflixACAJudge, asked each minute as people do who want to roll back soon.

Why: it is the best known judge of canaries.
Never here: the test itself (mann_whitney.py), anything Kayenta does not do.

Source: spinnaker/kayenta, NetflixACAJudge.scala, MannWhitneyClassifier.scala, IQRDetector.scala,
WeightedSumScorer.scala. Confidence 0.98, tolerance 0.25 of the Hodges-Lehmann estimate, allowed
effect 1.0, values without data removed, outliers beyond three interquartile ranges (and the
1st and 99th percentile) removed, one group, no critical metric. A score under 75 ends the canary at
once, at the end it must reach 95, as Spinnaker's examples have it. Each arm is one series of
four points a minute, over all its pods, the warm-up left out ("delay before analysis").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.question import Direction
from benchmarks.rollbench.arms import BASELINE, CANDIDATE, Arms, shown
from benchmarks.rollbench.interface import Answer, Answers, Batch, Floats, Metric, Study
from benchmarks.rollbench.mann_whitney import (
    TOLERANCE,
    Samples,
    estimate,
    lower_limit,
    normal_score,
)

CONFIDENCE, SHARE_OF_ESTIMATE = 0.98, 0.25
SCORE_DEVIATE = 2.3263478740408408
FIRST_SECONDS, EVERY_SECONDS = 300.0, 60.0
MARGINAL, PASS, EVERYTHING = 75.0, 95.0, 100.0
NO_DATA_SHARE = 0.5
OUTLIER_RANGES = 3.0
FEWEST_FOR_OUTLIERS = 99
"""Below this the 1st and 99th percentile are the extremes, so that nothing lies beyond them."""

PASSED, FAILED, NO_DATA = 0, 1, 2


@dataclass(frozen=True)
class Kayenta:
    """The judge with its defaults."""

    name: str

    def begin(self, study: Study) -> "Judging":
        """The judge at work on all runs."""
        return Judging(study)


class Judging:
    """Each arm's series so far."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._arms = Arms(study)
        self._series: dict[str, list[Floats]] = {metric.name: [] for metric in study.metrics}
        self._open = np.ones(study.runs, dtype=bool)

    def observe(self, batch: Batch) -> Answers:
        """A score each minute from the fifth."""
        gained = self._arms.of(batch)
        seconds = batch.at_seconds - self._study.warm_up_seconds
        answers = np.full(self._study.runs, Answer.WATCH, dtype=np.int8)
        if seconds <= 0:
            return answers
        self._keep(gained)
        if seconds >= FIRST_SECONDS and seconds % EVERY_SECONDS == 0:
            answers[self._open] = self._answers(batch.at_seconds >= self._study.limit_seconds)
            self._open &= answers == Answer.WATCH
        return answers

    def _keep(self, gained: dict[str, Floats]) -> None:
        pods = (self._study.baseline_pods, self._study.candidate_pods)
        for metric in self._study.metrics:
            values = shown(metric, gained[metric.name], pods, self._study.interval_seconds)
            self._series[metric.name].append(values)

    def _answers(self, last: NDArray[np.bool_] | bool) -> Answers:
        score = scores(np.stack([self._judged(metric) for metric in self._study.metrics]))
        if last:
            return np.where(score >= PASS, Answer.PROMOTE, Answer.ROLLBACK).astype(np.int8)
        return np.where(score >= MARGINAL, Answer.WATCH, Answer.ROLLBACK).astype(np.int8)

    def _judged(self, metric: Metric) -> NDArray[np.int8]:
        series = np.stack(self._series[metric.name], axis=-1)[self._open]
        return judged(series[:, CANDIDATE], series[:, BASELINE], metric.worse)


def scores(classes: NDArray[np.int8]) -> Floats:
    """The score (runs,) of classes (metrics, runs): the share that passed, of those with data."""
    passed, failed = (classes == PASSED).sum(axis=0), (classes == FAILED).sum(axis=0)
    share = EVERYTHING * passed / np.maximum(passed + failed, 1)
    silent = (classes == NO_DATA).mean(axis=0) >= NO_DATA_SHARE
    return np.where(silent, 0.0, share)


def judged(candidate: Floats, baseline: Floats, worse: Direction) -> NDArray[np.int8]:
    """PASSED, FAILED or NO_DATA (runs,) of the series of both arms (runs, points)."""
    samples = Samples(without_outliers(candidate), without_outliers(baseline))
    found = np.full(len(candidate), PASSED, dtype=np.int8)
    silent = np.isnan(samples.candidate).all(axis=1) | np.isnan(samples.baseline).all(axis=1)
    found[silent] = NO_DATA
    rows = np.flatnonzero(~silent)
    sign = 1.0 if worse is Direction.HIGHER else -1.0
    heard = samples.of(rows)
    found[rows[_high(Samples(sign * heard.candidate, sign * heard.baseline))]] = FAILED
    return found


def _high(samples: Samples) -> NDArray[np.bool_]:
    """Where the interval's lower end is above the tolerance; Low is the mirror image.

    A solver that is right to TOLERANCE finds no positive end where the score at minus TOLERANCE is
    already too small, unless the arms do not overlap (then their gap is the least it says), nor a
    verdict where the means point the other way.
    """
    constant = _constant(samples.candidate) & _constant(samples.baseline)
    mean, other = np.nanmean(samples.candidate, axis=1), np.nanmean(samples.baseline, axis=1)
    greater = (mean >= other) | (other == 0)
    high = constant & (mean > other)
    left = np.full(len(mean), -TOLERANCE)
    apart = np.nanmin(samples.candidate, axis=1) > np.nanmax(samples.baseline, axis=1)
    likely = apart | (normal_score(left, samples) > SCORE_DEVIATE)
    rows = np.flatnonzero(greater & ~constant & likely)
    low = lower_limit(samples.of(rows), CONFIDENCE)
    rows, low = rows[low > 0], low[low > 0]
    high[rows] = low > SHARE_OF_ESTIMATE * np.abs(estimate(samples.of(rows)))
    return np.asarray(high)


def _constant(values: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.nanmin(values, axis=1) == np.nanmax(values, axis=1))


def without_outliers(values: Floats) -> Floats:
    """NaN for what lies beyond both three interquartile ranges and the 1st or 99th percentile."""
    if values.shape[1] < FEWEST_FOR_OUTLIERS:
        return values
    ascending = np.sort(values, axis=1)
    least, lower, upper, most = (_percentile(ascending, at) for at in (1, 25, 75, 99))
    reach = OUTLIER_RANGES * (upper - lower)
    beyond = values > np.maximum(most, upper + reach)[:, np.newaxis]
    beyond |= values < np.minimum(least, lower - reach)[:, np.newaxis]
    return np.where(beyond, np.nan, values)


def _percentile(ascending: Floats, percent: float) -> Floats:
    """Of sorted rows with NaN last, at position percent of (values + 1), as Commons Math has it."""
    size = (~np.isnan(ascending)).sum(axis=1)
    place = np.clip(percent / 100.0 * (size + 1.0), 1.0, np.maximum(size, 1)) - 1.0
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, np.maximum(size - 1, 0))
    rows = np.arange(len(ascending))
    low, high = ascending[rows, below], ascending[rows, above]
    return np.asarray(low + (place - below) * (high - low))


RULES = (Kayenta("Kayenta, each minute"),)
