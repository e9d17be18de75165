"""Our own engine on recordings: each release as windows of pods, asked with one fixed policy.

Why: what is shipped is what must be scored, through the same three calls that the service makes.
Never here: statistics; a policy for single sources or cases.

A recording says how an arm did, not how each pod did, so an arm is one pod to the engine, and how
much equal pods differ is learned from how much the baseline's own stretches do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.accumulate import begin, fold, judge
from analysis.learn import learn
from analysis.past import Past
from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part, Pod, Series, SeriesByInput, Window
from analysis.verdict import Verdict
from benchmarks.realworld.interface import Answer, Floats, Harm, Recorded, Release, Sort, Stretch
from benchmarks.realworld.peers import comparable

FALSE_ROLLBACK_RATE = 0.05
WARM_UP_SECONDS = 180.0
STRETCH_SAMPLES = 1
FEWEST_STRETCHES = 7
"""Fewer say nothing that the engine would rely on."""

ERROR_BUDGET = 0.01
"""Errors are asked about on top of this share, so that none and hardly any are alike, and twice as
much is a percentage point more where there were none."""

DOUBLED = Tolerance(1.0)
MEMORY = Tolerance(0.2)
EITHER_WAY = Tolerance(0.05)
"""Of a number of which nobody said which way harm lies: it should stay as it is."""

ANSWERS = {
    Verdict.REGRESSED: Answer.ROLLBACK,
    Verdict.HEALTHY: Answer.PROMOTE,
    Verdict.INCONCLUSIVE: Answer.INCONCLUSIVE,
    Verdict.NO_DATA: Answer.NO_DATA,
}
DIRECTIONS = {
    Harm.HIGHER: (Direction.HIGHER,),
    Harm.LOWER: (Direction.LOWER,),
    Harm.EITHER: (Direction.HIGHER, Direction.LOWER),
}


@dataclass(frozen=True)
class Asked:
    """One question with the values that it is asked about: one row a window, NaN for none."""

    question: Question
    baseline: Floats
    candidate: Floats
    pasts: tuple[Floats, ...]


@dataclass(frozen=True)
class Rollctl:
    """The engine with the default policy of this module."""

    name: str = "rollctl"

    def decide(self, release: Release) -> Answer:
        """All windows folded, then the verdict."""
        compared = [one for one in release.series if comparable(one)]
        if not compared:
            return Answer.NO_DATA
        start = min(one.candidate.times[0] for one in compared)
        asked = [one for at, series in enumerate(compared) for one in questions(at, series, start)]
        comparison = compare(compared, asked)
        evidence = begin(comparison, past_of(comparison, asked))
        for window in windows(comparison, asked):
            evidence = fold(evidence, window)
        return ANSWERS[judge(evidence).verdict]


def tolerance(series: Recorded) -> Tolerance:
    """What is granted to a recorded series."""
    return EITHER_WAY if series.harm is Harm.EITHER else granted(series.metric, series.sort)


def granted(metric: str, sort: Sort) -> Tolerance:
    """What somebody on call would not get up for."""
    return MEMORY if sort is Sort.GAUGE and "memory" in metric else DOUBLED


def questions(place: int, series: Recorded, start: float) -> Iterator[Asked]:
    """A question for each way that harm may lie; the first window begins at `start`."""
    old, new = rows(series, start)
    pasts = tuple(levels(series, past) for past in known_past(series))
    for worse in DIRECTIONS[series.harm]:
        name = f"{place} {series.metric} {worse.value}"
        question = Question(name, Kind.GAUGE, worse, tolerance(series))
        yield Asked(question, levels(series, old), levels(series, new), pasts)


def known_past(series: Recorded) -> tuple[Floats, ...]:
    """The old version's own samples, and those of the day before. Side by side with a single old
    pod they say nothing of how much equal pods differ, so nothing is known."""
    if series.side_by_side and series.pods is not None and series.pods[0] < 2:
        return ()
    before = series.day_before or ()
    day = (np.concatenate([stretch.values for stretch in before]),) if before else ()
    return (series.baseline.values, *day)


def levels(series: Recorded, values: Floats) -> Floats:
    """Values as the engine is asked about them."""
    return values + ERROR_BUDGET if series.sort is Sort.ERROR_RATIO else values


def rows(series: Recorded, start: float) -> tuple[Floats, Floats]:
    """Both arms window by window: each sample in its own where they shared time, else the older
    ones spread evenly over the newer ones' windows (their medians)."""
    old, new = series.baseline, series.candidate
    if series.side_by_side:
        step = series.interval_seconds
        return placed(old, start, step), placed(new, start, step)
    parts = np.array_split(old.values, new.values.size)
    return np.array([np.median(part) if part.size else np.nan for part in parts]), new.values


def placed(samples: Stretch, start: float, step: float) -> Floats:
    """One value a window, the last of those that fall into it, NaN where none does."""
    at = np.floor((samples.times - start) / step).astype(int)
    found = np.full(max(int(at.max()) + 1, 1), np.nan)
    found[at[at >= 0]] = samples.values[at >= 0]
    return found


def compare(compared: Sequence[Recorded], asked: Sequence[Asked]) -> Comparison:
    """The policy: a pod is warm after three minutes, one wrong rollback in twenty."""
    together = all(series.side_by_side for series in compared)
    interval = max(series.interval_seconds for series in compared)
    longest = max(one.candidate.size for one in asked)
    return Comparison(
        questions=tuple(one.question for one in asked),
        design=Design.SIDE_BY_SIDE if together else Design.BEFORE_AFTER,
        false_rollback_rate=FALSE_ROLLBACK_RATE,
        started_at=0.0,
        interval_seconds=interval,
        limit_seconds=interval * longest,
        warm_up_seconds=WARM_UP_SECONDS if together and longest * interval > 600.0 else 0.0,
    )


def windows(comparison: Comparison, asked: Sequence[Asked]) -> Iterator[Window]:
    """One window an interval, an arm a pod."""
    pods = (Pod("old", Arm.BASELINE, -1e6), Pod("new", Arm.CANDIDATE, 0.0))
    for at in range(max(one.candidate.size for one in asked)):
        shown = {
            one.question.name: (("old", one.baseline), ("new", one.candidate)) for one in asked
        }
        yield _window(comparison, at, pods, shown)


def past_of(comparison: Comparison, asked: Sequence[Asked]) -> Past:
    """What the baseline's stretches say: each is a pod, all of one stretch of time at once. They are
    of different times, so their spread holds what time alone changes, and no drift is added."""
    blocks = []
    for block in range(2):
        shown = {
            one.question.name: stretches(one.pasts[block])
            for one in asked
            if block < len(one.pasts)
        }
        names = sorted({name for many in shown.values() for name, _ in many})
        pods = tuple(Pod(name, Arm.BASELINE, -1e6) for name in names)
        blocks.append([_window(comparison, at, pods, shown) for at in range(STRETCH_SAMPLES)])
    past = learn(comparison, blocks, 0.0)
    return replace(past, metrics=tuple(replace(one, drift=0.0) for one in past.metrics))


def stretches(values: Floats) -> tuple[tuple[str, Floats], ...]:
    """Consecutive pieces of equal length, named by their place; none where there are too few."""
    many = values.size // STRETCH_SAMPLES
    if many < FEWEST_STRETCHES:
        return ()
    pieces = values[values.size - many * STRETCH_SAMPLES :].reshape(many, STRETCH_SAMPLES)
    return tuple((f"stretch {place}", piece) for place, piece in enumerate(pieces))


def _window(
    comparison: Comparison,
    at: int,
    pods: tuple[Pod, ...],
    shown: Mapping[str, tuple[tuple[str, Floats], ...]],
) -> Window:
    """The `at`-th value of each pod of each metric."""
    start = at * comparison.interval_seconds
    end = start + comparison.interval_seconds
    series: SeriesByInput = {
        (name, Part.VALUE): tuple(
            Series(pod, "", (end,), (float(values[at]),))
            for pod, values in many
            if at < values.size and np.isfinite(values[at])
        )
        for name, many in shown.items()
    }
    return Window(start, end, pods, series, {})


ROLLCTL = Rollctl()
