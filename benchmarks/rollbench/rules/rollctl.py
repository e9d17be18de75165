"""rollctl's own rule: the engine's statistics on all runs at once.

Why: what is measured here must be what decides live, so the same functions of analysis are called;
only the bookkeeping of names and series is left out.
Never here: a statistic of its own.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis import caution, lately, learn_counts, learn_levels, tally
from analysis.corroboration import corroborated
from analysis.counted import Counted, granted
from analysis.error_budget import share
from analysis.framing import candidate_is_harmed
from analysis.harm import Shown, rarity, tolerated_null
from analysis.learn_counts import Block
from analysis.levels import rarity_of_levels
from analysis.look import Look
from analysis.past import MetricPast, Past
from analysis.pod_model import PodModel, model_of
from analysis.question import Comparison, Design, Kind, Question, Tolerance
from analysis.tally import Sums, Tally, totals
from benchmarks.rollbench.counters import Differences
from benchmarks.rollbench.interface import (
    Answer,
    Answers,
    Batch,
    Floats,
    Metric,
    Study,
)

MIDDLE = 0.5


@dataclass(frozen=True)
class Rollctl:
    """With a past, or (`forgetful`) as on the first day."""

    name: str
    forgetful: bool = False

    def begin(self, study: Study) -> "Watching":
        """The engine at work on all runs."""
        return Watching(study, None if self.forgetful else learned(study))


def question_of(metric: Metric) -> Question:
    """The engine's question for a metric of the bench."""
    return Question(
        metric.name, metric.kind, metric.worse, Tolerance(metric.tolerance), metric.quantile
    )


def learned(study: Study) -> Past | None:
    """What the study's past says, read as `rollctl calibrate` would."""
    if study.past is None:
        return None
    found = []
    for metric in study.metrics:
        raw = study.past.values[metric.name]
        past = _levels(metric, raw) if metric.kind is Kind.GAUGE else _counts(metric, raw, study)
        found += [past] if past else []
    return Past(tuple(found), len(raw), 0.0, 0.0)


def _levels(metric: Metric, raw: Floats) -> MetricPast | None:
    blocks = [
        {f"{at}-{pod}": levels[~np.isnan(levels)].tolist() for pod, levels in enumerate(release.T)}
        for at, release in enumerate(raw[..., 0, 0])
    ]
    return learn_levels.learn(metric.name, blocks)


def _counts(metric: Metric, raw: Floats, study: Study) -> MetricPast | None:
    """One block a release and stratum; of a histogram the two edges around the quantile."""
    differences = Differences()
    gains = np.stack([differences.of(raw[:, look]) for look in range(raw.shape[1])], axis=1)[:, 1:]
    events, exposure = events_of(metric, gains, study.interval_seconds)
    columns = range(events.shape[-1])
    if metric.kind is Kind.HISTOGRAM:
        survival = events.sum(axis=(0, 1, 2, 3)) / exposure.sum()
        past = min(int((survival > 1.0 - (metric.quantile or MIDDLE)).sum()), len(survival) - 1)
        columns = range(max(past - 1, 0), past + 1)
    found = [_column(metric.name, events[..., column], exposure) for column in columns]
    return max((one for one in found if one), key=lambda one: one.spread, default=None)


def _column(name: str, events: Floats, exposure: Floats) -> MetricPast | None:
    blocks = [
        Block(
            tuple(f"{at}-{pod}-{stratum}" for pod in range(events.shape[2])),
            events[at, :, :, stratum],
            exposure[at, :, :, stratum],
        )
        for at in range(len(events))
        for stratum in range(events.shape[3])
    ]
    return learn_counts.learn(name, blocks)


def events_of(metric: Metric, gains: Floats, seconds: float) -> tuple[Floats, Floats]:
    """Events (..., columns) and exposure (...) of increments (..., columns)."""
    if metric.kind is Kind.RATIO:
        return gains[..., :1], gains[..., 1]
    if metric.kind is Kind.RATE:
        return gains, np.where(gains[..., 0] > 0, seconds, 0.0)
    return gains[..., -1:] - gains[..., :-1], gains[..., -1]


class Watching:
    """The engine's state of all runs."""

    def __init__(self, study: Study, past: Past | None) -> None:
        self._study = study
        questions = tuple(question_of(metric) for metric in study.metrics)
        asked = Comparison(
            questions,
            Design.SIDE_BY_SIDE,
            study.false_rollback_rate,
            0.0,
            study.interval_seconds,
            study.limit_seconds,
            study.warm_up_seconds,
        )
        models = [model_of(past, question.name) for question in questions]
        self._level = share(asked, all(model.learned for model in models)).score
        self._metrics = [
            _Gauge(study, question, model)
            if question.kind is Kind.GAUGE
            else _Counts(study, metric, question, model)
            for metric, question, model in zip(study.metrics, questions, models, strict=True)
        ]

    def observe(self, batch: Batch) -> Answers:
        """ROLLBACK where any metric's harm is rarer than its share of the promise."""
        study = self._study
        if batch.at_seconds <= study.warm_up_seconds:
            for metric in self._metrics:
                metric.warm(batch)
            return np.zeros(study.runs, dtype=np.int8)
        look = Look(
            batch.at_seconds / study.limit_seconds, study.limit_seconds / study.interval_seconds
        )
        found = [metric.convicts(batch, look, self._level) for metric in self._metrics]
        return np.where(np.any(found, axis=0), Answer.ROLLBACK, Answer.WATCH).astype(np.int8)


class _Counts:
    def __init__(self, study: Study, metric: Metric, question: Question, model: PodModel) -> None:
        self._study, self._metric, self._question, self._model = study, metric, question, model
        self._differences = Differences()
        pods, columns = study.baseline_pods + study.candidate_pods, max(len(metric.edges), 1)
        new = np.arange(pods) >= study.baseline_pods
        self._harmed = new == candidate_is_harmed(question)
        none = np.zeros((study.runs, pods, columns))
        self._sums = Sums(none[..., 0], none, none, none)
        self._caution = caution.begin(study.runs, columns)
        self._lately = lately.begin(study.runs, columns)

    def warm(self, batch: Batch) -> None:
        self._differences.of(batch.values[self._metric.name])

    def convicts(self, batch: Batch, look: Look, level: float) -> NDArray[np.bool_]:
        gains = self._differences.of(batch.values[self._metric.name])
        events, exposure = events_of(self._metric, gains, self._study.interval_seconds)
        window = self._window(events, exposure)
        self._sums = self._sums + window
        pair = totals(window, self._harmed), totals(window, ~self._harmed)
        self._caution = caution.add(self._caution, *pair)
        now = totals(self._sums, self._harmed), totals(self._sums, ~self._harmed)
        self._lately = lately.add(self._lately, now)
        rare = rarity(self._shown(), self._question, self._model, look)
        fired = rare.min(axis=-1) <= level
        if not self._model.learned:
            for run in np.flatnonzero(fired):
                fired[run] = self._corroborated(int(run), int(rare[run].argmin()))
        return np.asarray(fired, dtype=np.bool_)

    def _shown(self) -> Shown:
        return Shown(
            self._sums, self._caution, self._lately, self._harmed, np.array(self._metric.edges)
        )

    def _window(self, events: Floats, exposure: Floats) -> Sums:
        """Routes are compared each with itself, then added."""
        null = granted(self._question)
        parts = [
            tally.window(events[:, :, stratum], exposure[:, :, stratum], self._harmed, null)
            for stratum in range(events.shape[2])
        ]
        return sum(parts[1:], parts[0])

    def _corroborated(self, run: int, column: int) -> bool:
        sums = self._sums
        one = Sums(sums.exposure[run], sums.events[run], sums.expected[run], sums.own[run])
        candidate = self._harmed == candidate_is_harmed(self._question)
        names = tuple(str(pod) for pod in range(len(candidate)))
        columns = self._caution.excess.shape[-1]
        counted = Counted(
            self._metric.edges,
            Tally(names, candidate, one),
            caution.begin(columns),
            lately.begin(columns),
            1,
        )
        null = tolerated_null(replace(self._shown(), sums=one), self._question)
        return corroborated(counted, self._question, null, column)


class _Gauge:
    def __init__(self, study: Study, question: Question, model: PodModel) -> None:
        self._question, self._model = question, model
        pods = study.baseline_pods + study.candidate_pods
        self._candidate = np.arange(pods) >= study.baseline_pods
        self._seen: list[Floats] = []

    def warm(self, batch: Batch) -> None:
        pass

    def convicts(self, batch: Batch, look: Look, level: float) -> NDArray[np.bool_]:
        self._seen.append(batch.values[self._question.name][..., 0, 0])
        medians = np.nanmedian(np.stack(self._seen), axis=0)
        rare = rarity_of_levels(
            medians[:, ~self._candidate],
            medians[:, self._candidate],
            self._question,
            self._model,
            len(self._seen),
            look,
        )
        return np.asarray(rare <= level, dtype=np.bool_)


RULES = (Rollctl("rollctl"), Rollctl("rollctl, first day", forgetful=True))
