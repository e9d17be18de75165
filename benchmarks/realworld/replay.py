"""Whole releases replayed pod by pod through our own engine, with the past of the same service.

Why: the engine's unit is the pod. Where a recording still has the pods, nothing need be learned
from one arm's stretches: other runs of the service say how much its pods differ.
Never here: statistics, files, a policy of its own (rollctl.py has it).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analysis.accumulate import begin, fold, judge
from analysis.learn import learn
from analysis.question import Comparison, Design, Direction, Kind, Question
from analysis.samples import Arm, Part, Pod, Series, Window
from benchmarks.realworld.corpus import Truth
from benchmarks.realworld.interface import Answer, Sort, Stretch
from benchmarks.realworld.rollctl import (
    ANSWERS,
    ERROR_BUDGET,
    FALSE_ROLLBACK_RATE,
    WARM_UP_SECONDS,
    granted,
)

STEP_SECONDS = 60.0
LONG_READY = -1e12


@dataclass(frozen=True)
class Observed:
    """One metric of one pod: its samples, and whether the pod runs the new version."""

    pod: str
    new: bool
    metric: str
    sort: Sort
    samples: Stretch


@dataclass(frozen=True)
class Replay:
    """One release: both versions' pods in `window` (unix seconds), and for each other run of the
    service its pods before a rollout."""

    window: tuple[float, float]
    observed: tuple[Observed, ...]
    past: tuple[tuple[Observed, ...], ...]
    truth: Truth


def decide(replay: Replay) -> Answer:
    """Every window folded, then the verdict."""
    start, end = replay.window
    comparison = compare(replay.observed, start, end)
    if not comparison.questions:
        return Answer.NO_DATA
    blocks = (list(windows(block, *span(block))) for block in replay.past if block)
    evidence = begin(comparison, learn(comparison, blocks, start))
    for window in windows(replay.observed, start, end):
        evidence = fold(evidence, window)
    return ANSWERS[judge(evidence).verdict]


def compare(observed: Sequence[Observed], start: float, end: float) -> Comparison:
    """A question for each metric that the old version showed in half of the minutes or more; what
    hardly anybody calls is no measure of a release, and what the new version does not show is."""
    minutes: dict[tuple[str, Sort], set[float]] = defaultdict(set)
    for one in observed:
        if not one.new:
            minutes[one.metric, one.sort].update((one.samples.times // STEP_SECONDS).tolist())
    fewest = (end - start) / STEP_SECONDS / 2.0
    asked = sorted(
        (one for one, seen in minutes.items() if len(seen) >= fewest), key=lambda one: one[0]
    )
    return Comparison(
        questions=tuple(
            Question(metric, Kind.GAUGE, Direction.HIGHER, granted(metric, sort))
            for metric, sort in asked
        ),
        design=Design.SIDE_BY_SIDE,
        false_rollback_rate=FALSE_ROLLBACK_RATE,
        started_at=start,
        interval_seconds=STEP_SECONDS,
        limit_seconds=max(end - start, STEP_SECONDS),
        warm_up_seconds=WARM_UP_SECONDS,
    )


def span(block: Iterable[Observed]) -> tuple[float, float]:
    """From just before the first sample to the last."""
    times = [float(time) for one in block for time in one.samples.times]
    return min(times) - STEP_SECONDS, max(times)


def windows(observed: Sequence[Observed], start: float, end: float) -> Iterator[Window]:
    """One window a minute; a sample belongs to the window that ends with it or after it."""
    pods = {one.pod: _pod(one, observed) for one in observed}
    begin_at = start
    while begin_at < end:
        until = begin_at + STEP_SECONDS
        series: dict[tuple[str, Part], tuple[Series, ...]] = {}
        for one in observed:
            inside = (one.samples.times > begin_at) & (one.samples.times <= until)
            if inside.any():
                key = (one.metric, Part.VALUE)
                series[key] = (*series.get(key, ()), _series(one, inside.nonzero()[0].tolist()))
        yield Window(begin_at, until, tuple(pods.values()), series, {})
        begin_at = until


def _pod(one: Observed, observed: Sequence[Observed]) -> Pod:
    if not one.new:
        return Pod(one.pod, Arm.BASELINE, LONG_READY)
    seen = min(float(o.samples.times.min()) for o in observed if o.pod == one.pod)
    return Pod(one.pod, Arm.CANDIDATE, seen)


def _series(one: Observed, places: Sequence[int]) -> Series:
    raised = ERROR_BUDGET if one.sort is Sort.ERROR_RATIO else 0.0
    return Series(
        one.pod,
        "",
        tuple(float(one.samples.times[place]) for place in places),
        tuple(float(one.samples.values[place]) + raised for place in places),
    )
