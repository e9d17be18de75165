"""Checks against a fixed threshold, counted until there are too many.

Why: most people's rule is of this kind; the products differ in window, limit and what silence means.
Never here: a product's numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from analysis.question import Kind
from benchmarks.rollbench.arms import CANDIDATE, Arms, shown
from benchmarks.rollbench.interface import Answer, Answers, Batch, Floats, Metric, Study

Fails = Callable[[Floats], NDArray[np.bool_]]


class Reader(Protocol):
    """What a query reads."""

    def of(self, batch: Batch) -> dict[str, Floats]:
        """Name -> (runs, arms, columns)."""


class LastMinute:
    """Increments of the last minute, as `rate(...[1m])`; a gauge is summed over it, and not used."""

    def __init__(self, study: Study) -> None:
        self._arms = Arms(study)
        self._kept = round(60.0 / study.interval_seconds)
        self._recent: list[dict[str, Floats]] = []

    def of(self, batch: Batch) -> dict[str, Floats]:
        """Name -> (runs, arms, columns) over the last minute."""
        self._recent = [*self._recent, self._arms.of(batch)][-self._kept :]
        return {name: np.sum([one[name] for one in self._recent], axis=0) for name in batch.values}


@dataclass(frozen=True)
class Checks:
    """A rule. Every `every_seconds` the candidate's figure of each metric of a kind in `fails` is
    checked; `rollback_at` failed checks roll back, `promote_at` passed ones promote, and so does
    the end of the time. Checks are counted for each metric, or (`together`) for all at once."""

    name: str
    reader: Callable[[Study], Reader]
    fails: dict[Kind, Fails]
    every_seconds: float
    rollback_at: int
    promote_at: int
    together: bool

    def begin(self, study: Study) -> "Checking":
        """The checks of all runs."""
        return Checking(self, study)


class Checking:
    """Failed and passed checks so far, (counters, runs)."""

    def __init__(self, rule: Checks, study: Study) -> None:
        self._rule, self._study = rule, study
        self._reader = rule.reader(study)
        self._asked = [metric for metric in study.metrics if metric.kind in rule.fails]
        counters = 1 if rule.together else len(self._asked)
        self._failed = np.zeros((counters, study.runs))
        self._passed = np.zeros((counters, study.runs))

    def observe(self, batch: Batch) -> Answers:
        """The checks that are due, and the answer they add up to."""
        found = self._reader.of(batch)
        seconds = batch.at_seconds - self._study.warm_up_seconds
        if self._asked and seconds > 0 and seconds % self._rule.every_seconds == 0:
            apart = np.stack([self._fails(metric, found[metric.name]) for metric in self._asked])
            bad = np.any(apart, axis=0, keepdims=True) if self._rule.together else apart
            self._failed += bad
            self._passed += ~bad
        return self._answers(batch.at_seconds >= self._study.limit_seconds)

    def _fails(self, metric: Metric, gained: Floats) -> NDArray[np.bool_]:
        figure = shown(metric, gained, (1, 1), self._study.interval_seconds)
        return self._rule.fails[metric.kind](figure[:, CANDIDATE])

    def _answers(self, last: NDArray[np.bool_] | bool) -> Answers:
        bad = (self._failed >= self._rule.rollback_at).any(axis=0)
        good = (self._passed >= self._rule.promote_at).all(axis=0) & bool(self._asked)
        said = np.where(good | last, Answer.PROMOTE, Answer.WATCH)
        return np.where(bad, Answer.ROLLBACK, said).astype(np.int8)


def above(most: float) -> Fails:
    """Fails above `most`; silence passes."""
    return lambda figure: np.asarray(figure > most)


def not_within(most: float) -> Fails:
    """Fails unless at `most`; silence fails."""
    return lambda figure: ~np.asarray(figure <= most)
