"""rollctl's own rule: the engine's statistics on all runs at once.

Why: what is measured here must be what decides live, so the same functions of analysis are called;
only the bookkeeping of names and series is left out.
Never here: a statistic of its own.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from analysis import (
    caution,
    gauges,
    lately,
    learn_counts,
    learn_levels,
    learn_slopes,
    panel,
    permutation,
    slopes,
    tally,
)
from analysis.corroboration import corroborated
from analysis.counted import Counted, granted
from analysis.error_budget import Budget, share
from analysis.framing import candidate_is_harmed, signed
from analysis.growth import growth
from analysis.harm import Shown, harmless, rarity, tolerated_null
from analysis.learn_counts import Block
from analysis.levels import beyond, lasting, rarity_of_levels
from analysis.look import Look, look_at
from analysis.panel import Panel
from analysis.past import MetricPast, Past
from analysis.permutation import Rejected, Scores
from analysis.pod_model import Belief, model_of
from analysis.pod_scores import scores_of
from analysis.question import Comparison, Design, Kind, Question, Tolerance
from analysis.samples import Arm
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
WORTH_ASKING = 0.01
"""What is not rarer decides nothing, whatever single pods say."""


@dataclass(frozen=True)
class Rollctl:
    """With a past, or (`forgetful`) as on the first day."""

    name: str
    forgetful: bool = False
    begun: "list[Engine]" = field(default_factory=list, compare=False)

    def begin(self, study: Study) -> "Watching":
        """The engine at work on all runs; promises on the same runs share one engine."""
        if not (self.begun and self.begun[-1].study.past is study.past):
            self.begun[:] = [Engine(study, None if self.forgetful else learned(study))]
        return Watching(self.begun[-1], study.false_rollback_rate)


def question_of(metric: Metric) -> Question:
    """The engine's question for a metric of the bench."""
    kind = Kind.SLOPE if metric.hourly else metric.kind
    tolerance = Tolerance(metric.tolerance, hourly=metric.hourly)
    return Question(metric.name, kind, metric.worse, tolerance, metric.quantile)


def asked_of(study: Study) -> Comparison:
    """The engine's comparison."""
    return Comparison(
        tuple(question_of(metric) for metric in study.metrics),
        Design.SIDE_BY_SIDE,
        study.false_rollback_rate,
        0.0,
        study.interval_seconds,
        study.limit_seconds,
        study.warm_up_seconds,
    )


def learned(study: Study) -> dict[str, Belief] | None:
    """What each metric's pasts say, read as `rollctl calibrate` would; None where one says too
    little."""
    if study.past is None:
        return None
    found = {metric.name: _belief(metric, study) for metric in study.metrics}
    known = {name: belief for name, belief in found.items() if belief is not None}
    return known if len(known) == len(found) else None


def _belief(metric: Metric, study: Study) -> Belief | None:
    """One row a run; columns are believed alike."""
    raw = study.past.values[metric.name] if study.past else np.zeros(0)
    pasts = [
        _levels(metric, one, study) if metric.kind is Kind.GAUGE else _counts(metric, one, study)
        for one in raw
    ]
    models = [model_of(Past((past,), 1, 0.0, 0.0), metric.name) for past in pasts if past]
    if len(models) < len(pasts):
        return None
    rows = np.array([[model.spread, model.burst, model.pods] for model in models])
    spread, burst, pods = np.repeat(rows, -(-study.runs // len(rows)), axis=0)[: study.runs].T
    return Belief(spread, burst, pods)


def _levels(metric: Metric, raw: Floats, study: Study) -> MetricPast | None:
    blocks = [
        {f"{at}-{pod}": levels[~np.isnan(levels)].tolist() for pod, levels in enumerate(release.T)}
        for at, release in enumerate(raw[..., 0, 0])
    ]
    if metric.hourly:
        return learn_slopes.learn(question_of(metric), slopes.plan_of(asked_of(study)), blocks)
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
            tuple(f"{at}-{pod}" for pod in range(events.shape[2])),
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
    """One promise at work."""

    def __init__(self, engine: "Engine", promise: float) -> None:
        self.engine = engine
        asked = replace(engine.asked, false_rollback_rate=promise)
        learned = [question.name for question in asked.questions] if engine.learned else []
        self.budget = share(asked, learned)
        self.permuted = Permuted(engine.study, self.budget)

    def observe(self, batch: Batch) -> Answers:
        """ROLLBACK where any metric's harm is rarer than its share of the promise, or where the
        candidate's pods stand out."""
        good = np.where(self.engine.harmless(batch), Answer.PROMOTE, Answer.WATCH)
        bad = self.engine.rarest(batch) <= self.budget.score
        bad = bad | self.permuted.look(self.engine, batch.at_seconds)
        return np.where(bad, Answer.ROLLBACK, good).astype(np.int8)


class Permuted:
    """The permutation of pods, one promise's."""

    def __init__(self, study: Study, budget: Budget) -> None:
        self.study, self.level = study, budget.permutation
        self.panel, self.rejected = Panel(), Rejected()
        self.pods = {
            f"{pod:03d}": Arm.BASELINE if pod < study.baseline_pods else Arm.CANDIDATE
            for pod in range(study.baseline_pods + study.candidate_pods)
        }

    def look(self, engine: "Engine", at_seconds: float) -> NDArray[np.bool_]:
        """Which runs' candidates stand out; asked after the engine saw the batch."""
        none = np.zeros(self.study.runs, dtype=np.bool_)
        if self.level <= 0 or at_seconds <= self.study.warm_up_seconds:
            return none
        self.panel = panel.meet(self.panel, self.pods, self.pods, self.level)
        if not self.panel.fixed:
            return none
        scores = engine.scores()
        if all(np.isnan(one.values).all() for one in scores):
            return none
        standard = permutation.standardised(scores)
        until = permutation.spent_by(engine.asked)
        spent = permutation.spent(at_seconds / self.study.limit_seconds, until)
        old = self.study.baseline_pods
        self.rejected = permutation.look(self.rejected, standard, old, self.level, spent)
        return self.rejected.fired


class Engine:
    """The engine's state of all runs."""

    def __init__(self, study: Study, known: dict[str, Belief] | None) -> None:
        self.study = study
        self.asked = asked_of(study)
        self.learned = known is not None
        self._seen: tuple[Batch | None, Floats] = (None, np.ones(study.runs))
        self._metrics = [
            _kept(metric)(study, metric, known[metric.name] if known else None)
            for metric in study.metrics
        ]

    def rarest(self, batch: Batch) -> Floats:
        """How often equal releases show as much as the worst metric of each run."""
        if self._seen[0] is not batch:
            self._seen = batch, self._looked(batch)
        return self._seen[1]

    def harmless(self, batch: Batch) -> NDArray[np.bool_]:
        """Which runs are Healthy; asked after `rarest`. Where nothing is tolerated, or without a past
        of every metric, none is."""
        tolerant = all(metric.tolerance > 0 for metric in self.study.metrics)
        if not tolerant or not self.learned or batch.at_seconds <= self.study.warm_up_seconds:
            return np.zeros(self.study.runs, dtype=np.bool_)
        self.rarest(batch)
        look = look_at(self.asked, batch.at_seconds)
        found = [metric.harmless(look) for metric in self._metrics]
        return np.asarray(np.all(found, axis=0), dtype=np.bool_)

    def scores(self) -> list[Scores]:
        """Every metric's scores of the pods so far."""
        return [scores for metric in self._metrics for scores in metric.scores()]

    def _looked(self, batch: Batch) -> Floats:
        if batch.at_seconds <= self.study.warm_up_seconds:
            for metric in self._metrics:
                metric.warm(batch)
            return np.ones(self.study.runs)
        look = look_at(self.asked, batch.at_seconds)
        found = [metric.rarity(batch, look) for metric in self._metrics]
        return np.asarray(np.min(found, axis=0), dtype=np.float64)


class _Counts:
    def __init__(self, study: Study, metric: Metric, known: Belief | None) -> None:
        self._study, self._metric, self._question = study, metric, question_of(metric)
        self._known = known and Belief(
            known.spread[:, None], known.burst[:, None], known.pods[:, None]
        )
        self._differences = Differences()
        pods, columns = study.baseline_pods + study.candidate_pods, max(len(metric.edges), 1)
        new = np.arange(pods) >= study.baseline_pods
        self._harmed = new == candidate_is_harmed(self._question)
        none = np.zeros((study.runs, pods, columns))
        self._sums = Sums(none[..., 0], none, none, none)
        self._caution = caution.begin(study.runs, columns)
        self._lately = lately.begin(study.runs, columns)

    def warm(self, batch: Batch) -> None:
        self._differences.of(batch.values[self._metric.name])

    def rarity(self, batch: Batch, look: Look) -> Floats:
        gains = self._differences.of(batch.values[self._metric.name])
        events, exposure = events_of(self._metric, gains, self._study.interval_seconds)
        window = self._window(events, exposure)
        self._sums = self._sums + window
        pair = totals(window, self._harmed), totals(window, ~self._harmed)
        self._caution = caution.add(self._caution, *pair)
        now = totals(self._sums, self._harmed), totals(self._sums, ~self._harmed)
        self._lately = lately.add(self._lately, now)
        rare = rarity(self._shown(), self._question, self._known, look)
        found = rare.min(axis=-1)
        if self._known is None:
            for run in np.flatnonzero(found <= WORTH_ASKING):
                if not self._corroborated(int(run), int(rare[run].argmin())):
                    found[run] = 1.0
        return np.asarray(found, dtype=np.float64)

    def harmless(self, look: Look) -> NDArray[np.bool_]:
        """Which runs show that harm beyond the tolerance is ruled out."""
        if self._known is None:
            return np.zeros(self._study.runs, dtype=np.bool_)
        return harmless(self._shown(), self._question, self._known, look)

    def scores(self) -> tuple[Scores, ...]:
        """The pods' observed/expected scores."""
        rows = np.arange(len(self._harmed))
        return scores_of(
            self._sums, np.array(self._metric.edges), self._harmed, self._question, rows
        )

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
    def __init__(self, study: Study, metric: Metric, known: Belief | None) -> None:
        self._question, self._known = question_of(metric), known
        pods = study.baseline_pods + study.candidate_pods
        self._candidate = np.arange(pods) >= study.baseline_pods
        self._seen: list[Floats] = []
        self._beyond = np.zeros(study.runs)

    def warm(self, batch: Batch) -> None:
        """Nothing is kept of a level's warm-up."""

    def harmless(self, _: Look) -> NDArray[np.bool_]:
        """Levels are promoted by the interval, which the bench does not ask."""
        return np.zeros(len(self._beyond), dtype=np.bool_)

    def rarity(self, batch: Batch, look: Look) -> Floats:
        fresh = batch.values[self._question.name][..., 0, 0]
        self._seen.append(fresh)
        new = self._candidate
        self._beyond = self._beyond + (beyond(fresh[:, ~new], fresh[:, new], self._question) > 0)
        if self._known is None:
            return np.ones(len(fresh))
        medians = self._medians()
        groups = medians[:, ~self._candidate], medians[:, self._candidate]
        rare = rarity_of_levels(groups, self._question, self._known, len(self._seen), look)
        return np.where(lasting(self._beyond, len(self._seen)), rare, 1.0)

    def scores(self) -> tuple[Scores, ...]:
        """The pods' levels."""
        return (gauges.scores_of(self._medians(), self._candidate, self._question),)

    def _medians(self) -> Floats:
        return np.asarray(np.nanmedian(np.stack(self._seen), axis=0), dtype=np.float64)


class _Slope:
    def __init__(self, study: Study, metric: Metric, known: Belief | None) -> None:
        self._question, self._known = question_of(metric), known
        self._plan = slopes.plan_of(asked_of(study))
        pods = study.baseline_pods + study.candidate_pods
        self._candidate = np.arange(pods) >= study.baseline_pods
        self._seen: list[Floats] = []
        self._lasting = np.full((study.runs, pods), np.nan)
        self._rare = np.ones(study.runs)

    def warm(self, batch: Batch) -> None:
        """Nothing is kept of a level's warm-up."""

    def harmless(self, _: Look) -> NDArray[np.bool_]:
        """As of levels."""
        return np.zeros(len(self._rare), dtype=np.bool_)

    def rarity(self, batch: Batch, _: Look) -> Floats:
        level = signed(self._question, 1.0) * batch.values[self._question.name][..., 0, 0]
        self._seen.append(level)
        if len(self._seen) in self._plan.due:
            self._told(np.stack(self._seen, axis=-1))
        return self._rare

    def _told(self, levels: Floats) -> None:
        scale = np.nanmean(np.abs(levels), axis=(1, 2), keepdims=True)
        levels = np.where(np.isnan(levels), np.inf, levels / scale)
        self._lasting = growth(levels, self._plan.hours).lasting
        if self._known is not None:
            new = self._candidate
            old = self._lasting[:, ~new]
            rare = slopes.rarity(old, self._lasting[:, new], self._question, self._known)
            self._rare = np.nan_to_num(rare, nan=1.0)

    def scores(self) -> tuple[Scores, ...]:
        """The pods' growths."""
        return (slopes.scores_of(self._lasting, self._candidate, self._question),)


def _kept(metric: Metric) -> type[_Counts | _Gauge | _Slope]:
    if metric.kind is not Kind.GAUGE:
        return _Counts
    return _Slope if metric.hourly else _Gauge


RULES = (Rollctl("rollctl"), Rollctl("rollctl without a past", forgetful=True))
