"""The evidence of one metric that must not grow: one slope a pod.

Why: a leak ends in a crash long after the rollout, while the level is still equal.
Never here: how a slope is told from a saw's teeth (growth.py), levels (gauges.py), verdicts.

A pod that restarted begins anew: its level then joins where it stood before, so the fall is no
shrinking and the growth on both sides of it counts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from analysis.error_budget import BOUND_ERROR
from analysis.framing import signed, tolerated
from analysis.growth import PARTS, growth
from analysis.increments import Reading
from analysis.interval import Interval
from analysis.permutation import Scores
from analysis.pod_model import Belief, PodModel, belief_of
from analysis.question import Comparison, Question
from analysis.samples import Arm

Floats = NDArray[np.float64]

FEWEST_WINDOWS = 2 * PARTS
"""A slope of fewer is not told."""
FIRST_LOOK, LOOKS = 0.5, 5
"""Slopes are looked at so often, evenly from the first look's part of the time limit after the
warm-up to its end: before, whatever still warms up grows like a leak."""
MOST_CELLS = 64

TOLERATED_SCORE = 0.1
"""What the tolerated growth counts as a pod's score, so that pods that grow alike within half of
it do not stand out (permutation.LEAST_VARIANCE)."""
LEAST_TOLERANCE = 0.001
LEAST_CHANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Plan:
    """When it is looked: `due` are the windows, counted from the first with both arms, at which slopes
    are told, each window `hours` long."""

    due: tuple[int, ...]
    hours: float


@dataclass(frozen=True, slots=True)
class Track:
    """One pod. `cells` are the least levels of as many windows each, harm upwards, joined at
    restarts by adding `shift`; `last` is the level last seen, `mean` the absolute level's over
    `seen` windows, `ready_at` unix seconds."""

    arm: Arm
    ready_at: float
    cells: tuple[float, ...] = ()
    shift: float = 0.0
    last: float = math.nan
    mean: float = 0.0
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A pod's growth an hour as a share of the pods' mean level, harm upwards
    (growth.Growth)."""

    arm: Arm
    lasting: float
    later: float


@dataclass(frozen=True, slots=True)
class Slopes:
    """The pods' levels since the window `since`, the first with both arms, in cells of `width`
    windows; `told` and `interval` are those of the last of the `looks` so far."""

    plan: Plan
    tracks: Mapping[str, Track] = field(default_factory=dict)
    since: int | None = None
    width: int = 1
    windows: int = 0
    looks: int = 0
    told: Mapping[str, Told] = field(default_factory=dict)
    interval: Interval | None = None


def begin(asked: Comparison) -> Slopes:
    """Nothing seen yet."""
    return Slopes(plan_of(asked))


def plan_of(asked: Comparison) -> Plan:
    """The looks of a comparison; without a first after FEWEST_WINDOWS there is none."""
    whole = (asked.limit_seconds - asked.warm_up_seconds) / asked.interval_seconds
    parts = (FIRST_LOOK + (1.0 - FIRST_LOOK) * look / (LOOKS - 1) for look in range(LOOKS))
    due = sorted({max(math.ceil(part * whole), FEWEST_WINDOWS) for part in parts})
    return Plan(tuple(due), asked.interval_seconds / 3600.0)


def add(
    slopes: Slopes, question: Question, model: PodModel, readings: Sequence[Reading], window: int
) -> Slopes:
    """The slopes with one window more, the `window`-th of the comparison."""
    fresh = [reading for reading in readings if reading.values]
    both = len({reading.pod.arm for reading in fresh}) == len(Arm)
    if slopes.since is None:
        if not both:
            return slopes
        slopes = replace(slopes, since=window)
    slopes = _roomy(slopes, window)
    place = (window - (slopes.since or 0)) // slopes.width
    tracks = dict(slopes.tracks)
    for reading in fresh:
        pod = reading.pod
        before = tracks.get(pod.name, Track(pod.arm, pod.ready_at))
        level = signed(question, median(reading.values))
        tracks[pod.name] = _grown(before, pod.ready_at, level, place)
    grown = replace(slopes, tracks=tracks, windows=slopes.windows + both)
    return _looked(grown, question, model, window - (slopes.since or 0) + 1)


def _grown(track: Track, ready_at: float, level: float, place: int) -> Track:
    again = ready_at > track.ready_at and track.seen > 0
    shift = track.last + track.shift - level if again else track.shift
    cells = [*track.cells, *[math.inf] * (place + 1 - len(track.cells))]
    cells[place] = min(cells[place], level + shift)
    seen = track.seen + 1
    mean = track.mean + (abs(level) - track.mean) / seen
    return Track(track.arm, ready_at, tuple(cells), shift, level, mean, seen)


def _roomy(slopes: Slopes, window: int) -> Slopes:
    """Cells twice as wide where they would become too many, so that memory is bounded."""
    while (window - (slopes.since or 0)) // slopes.width >= MOST_CELLS:
        halved = {
            pod: replace(track, cells=tuple(map(min, zip(*_paired(track.cells), strict=True))))
            for pod, track in slopes.tracks.items()
        }
        slopes = replace(slopes, tracks=halved, width=2 * slopes.width)
    return slopes


def _paired(cells: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    even = (*cells, math.inf) if len(cells) % 2 else cells
    return even[::2], even[1::2]


def _looked(slopes: Slopes, question: Question, model: PodModel, stretch: int) -> Slopes:
    """One look, if one is due after `stretch` windows."""
    due = sum(windows <= stretch for windows in slopes.plan.due)
    if due <= slopes.looks:
        return slopes
    level = fmean(track.mean for track in slopes.tracks.values())
    told = {pod: _told(slopes, track, level) for pod, track in slopes.tracks.items()}
    grown = replace(slopes, looks=due, told=told)
    return replace(grown, interval=_interval(grown, question, belief_of(model)))


def _told(slopes: Slopes, track: Track, level: float) -> Told:
    """NaN for a pod that was not seen for as long as the first look takes, or whose level is zero."""
    seen = [at for at, cell in enumerate(track.cells) if math.isfinite(cell)]
    cells = np.array(track.cells[seen[0] :])
    if len(cells) * slopes.width < slopes.plan.due[0] or level <= 0:
        return Told(track.arm, math.nan, math.nan)
    found = growth(cells / level, slopes.width * slopes.plan.hours)
    return Told(track.arm, float(found.lasting), float(found.later))


def of_arm(slopes: Slopes, arm: Arm) -> Floats:
    """By what the pods of one arm grow, harm upwards, in the order of their names."""
    told = (slopes.told[pod] for pod in sorted(slopes.told))
    return np.array([one.later for one in told if one.arm is arm and not math.isnan(one.later)])


def _interval(slopes: Slopes, question: Question, known: Belief | None) -> Interval | None:
    """The difference of the arms' mean growth, each bound wrong in BOUND_ERROR of all looks; by the
    spread of the past's pods, or Student's of those seen."""
    groups = [of_arm(slopes, arm) for arm in Arm]
    sizes = [len(group) for group in groups]
    if min(sizes) < (1 if known else 2):
        return None
    if known is None:
        degrees = float(sum(sizes) - len(Arm))
        spread = math.sqrt(sum(float(group.var()) * len(group) for group in groups) / degrees)
    else:
        degrees, spread = float(known.pods) - 1.0, float(known.spread)
    error = math.sqrt(sum(1.0 / size for size in sizes)) * spread
    half = float(stdtrit(degrees, 1.0 - BOUND_ERROR / LOOKS)) * error
    middle = signed(question, float(groups[1].mean() - groups[0].mean()))
    return Interval(middle, middle - half, middle + half)


def one_in(slopes: Slopes, question: Question, model: PodModel, level: float) -> float | None:
    """One in how many equal releases ever grows so much faster; None while that is not rarer than
    `level`."""
    known = belief_of(model)
    groups = [
        np.array([one.lasting for one in slopes.told.values() if one.arm is arm]) for arm in Arm
    ]
    old, new = (group[~np.isnan(group)] for group in groups)
    if known is None or not old.size or not new.size:
        return None
    rare = float(rarity(old, new, question, known))
    return 1.0 / rare if rare <= level else None


def rarity(old: Floats, new: Floats, question: Question, known: Belief) -> Floats:
    """How often equal releases ever grow so much faster, by the spread of the past's pods (Student's
    law, all looks together): (...,) from the lasting growths (..., pods) of both sides."""
    error = known.spread * math.sqrt(1.0 / old.shape[-1] + 1.0 / new.shape[-1])
    deviate = (new.mean(axis=-1) - old.mean(axis=-1) - tolerated(question)) / error
    rare = LOOKS * stdtr(known.pods - 1.0, -deviate)
    return np.asarray(np.clip(rare, LEAST_CHANCE, 1.0), dtype=np.float64)


def scores(slopes: Slopes, question: Question, panel: Sequence[str]) -> Scores:
    """Each pod's lasting growth as `scores_of` has it; NaN for a pod of which none is told."""
    unknown = Told(Arm.BASELINE, math.nan, math.nan)
    told = [slopes.told.get(pod, unknown) for pod in panel]
    candidate = np.array([one.arm is Arm.CANDIDATE for one in told])
    return scores_of(np.array([one.lasting for one in told]), candidate, question)


def scores_of(lasting: Floats, candidate: NDArray[np.bool_], question: Question) -> Scores:
    """The lasting growths (..., pods), the tolerated growth taken off the candidate's pods, in parts
    of the tolerance."""
    granted = tolerated(question)
    part = TOLERATED_SCORE / max(granted, LEAST_TOLERANCE)
    return Scores(
        (lasting - np.where(candidate, granted, 0.0)) * part, np.zeros(lasting.shape[:-1])
    )


def waits_seconds(slopes: Slopes) -> float:
    """How much longer it takes until slopes are first told, 0 when they are."""
    left = slopes.plan.due[0] - slopes.windows if slopes.looks == 0 else 0
    return max(left, 0) * slopes.plan.hours * 3600.0
