"""Lets a rule that sees one run at a time take part.

Why: a newcomer should not have to think in arrays of runs to be measured.
Never here: anything a plain rule decides.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from benchmarks.rollbench.interface import Answer, Answers, Batch, Past, Study


class PlainWatcher(Protocol):
    """One rule at work on one run."""

    def observe(self, batch: Batch) -> Answer:
        """The answer; arrays are as in Batch, without their first axis (runs)."""


class PlainRule(Protocol):
    """A way to decide about one run."""

    @property
    def name(self) -> str:
        """How tables call it."""

    def begin(self, study: Study) -> PlainWatcher:
        """A fresh watcher; the study has one run, its past one service."""


@dataclass(frozen=True)
class OneByOne:
    """The plain rule as a rule of the bench."""

    rule: PlainRule

    @property
    def name(self) -> str:
        """The plain rule's."""
        return self.rule.name

    def begin(self, study: Study) -> "Each":
        """One watcher a run."""
        return Each(tuple(self.rule.begin(_alone(study, run)) for run in range(study.runs)))


@dataclass(frozen=True)
class Each:
    """The watchers of all runs."""

    watchers: tuple[PlainWatcher, ...]

    def observe(self, batch: Batch) -> Answers:
        """Every watcher's answer."""
        return np.array(
            [watcher.observe(_of(batch, run)) for run, watcher in enumerate(self.watchers)],
            dtype=np.int8,
        )


def one_by_one(rule: PlainRule) -> OneByOne:
    """The rule for RULES."""
    return OneByOne(rule)


def _alone(study: Study, run: int) -> Study:
    past = study.past and Past(
        {
            name: values[_service(study.runs, run, len(values))]
            for name, values in study.past.values.items()
        }
    )
    return replace(study, runs=1, past=past)


def _service(runs: int, run: int, services: int) -> slice:
    at = run * services // runs
    return slice(at, at + 1)


def _of(batch: Batch, run: int) -> Batch:
    values = {name: one[run] for name, one in batch.values.items()}
    return Batch(batch.at_seconds, values, batch.restarts[run])
