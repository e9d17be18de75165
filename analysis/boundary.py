"""How high a score must rise before it is more than chance, whatever the number of looks.

Why: a score that is looked at a hundred times rises by chance sometime; the boundary is where the
largest of all looks stays with the promised probability. It is found by playing equal releases:
a fixed difference of pods, and counts that grow look by look.
Source: group-sequential tests on the information scale (canonical joint normal distribution;
Jennison & Turnbull 2000), boundaries of Wang & Tsiatis (1987), the constant by Monte Carlo.
Never here: real data, the law of one look (score.py).

While counting dominates, the boundary is flat, so that gross harm is seen at once; where pods
differ much, later looks add little and it is high first, so that early looks spend no error.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEEPNESS, LEAST_WEIGHT = 3.0, 0.6
"""How fast the boundary falls where pods differ, and how high it is at first: 1 / 0.6 of what it
is at the time limit, since waiting longer for gross harm saves hardly any error."""

GROWTH, MOST_GROWN = 1.5, 4.0
"""Until the time limit the information is taken to grow as this power of time, to at most so many
times what steady traffic would bring. Traffic that grows says most late: who expects it to go on
as it began takes the pods' part for too small, lets early looks spend what late ones need, and
errs by up to 70 % more often (events that grow fifteenfold); this way by 30 %."""

UNFORESEEN, UNFORESEEN_GROWING, GROWING = 1.15, 1.3, 1.25
"""What else the played releases leave out makes chance so many times more frequent: drifts that a
past shows only in part, and, the more events have grown (fully where there are lately a quarter
more a window than before), growth beyond GROWTH."""

PLAYED, AT_ONCE = 20_000, 200
SEED = 20_260_102
KEPT = 0.2
"""The part of the played releases whose largest score is kept, the highest."""

LOOKS = (15, 30, 60, 120, 240, 480, 960)
STEP = 1.4
LEAST_POWER, MOST_POWER = -24, 30


@dataclass(frozen=True, slots=True)
class Setting:
    """What the boundary depends on, rounded, each an array (...,): the variance between pods over
    that of counting at the time limit, as a power of STEP, and the number of looks until then."""

    power: NDArray[np.int64]
    looks: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Span:
    """The variance of counting at the first look, as far as can be told, and at the time limit,
    as is foreseen; arrays (...,)."""

    first: Floats
    final: Floats


def steady(within: Floats, elapsed: Floats | float, looks: Floats | float) -> Span:
    """Seen from a look at which the variance is `within`, after the part `elapsed` of the time, if
    traffic goes on as it began."""
    final = np.asarray(within * elapsed)
    return Span(final * looks, final)


def growing(within: Floats, elapsed: Floats | float, looks: Floats | float) -> Span:
    """The same if traffic grows: who acts is not to be surprised by it."""
    whole = steady(within, elapsed, looks)
    grown = np.minimum(np.power(elapsed, 1.0 - GROWTH), MOST_GROWN)
    return Span(whole.first, np.asarray(whole.final / grown))


def setting(final: Floats, between: Floats, looks: Floats | float) -> Setting:
    """The nearest settings that boundaries are remembered for: the variance of counting at the
    time limit, that between pods, and the number of looks until then."""
    ratio = np.clip(between / final, STEP**LEAST_POWER, STEP**MOST_POWER)
    power = np.round(np.log(ratio) / math.log(STEP)).astype(np.int64)
    at = np.minimum(np.searchsorted(LOOKS, np.asarray(looks) - 0.5), len(LOOKS) - 1)
    return Setting(power, np.broadcast_to(np.asarray(LOOKS)[at], power.shape))


def unforeseen(growth: Floats) -> Floats:
    """How many times more frequent chance is taken to be, where events have grown so many times."""
    grown = np.clip((growth - 1.0) / (GROWING - 1.0), 0.0, 1.0)
    return np.asarray(UNFORESEEN + (UNFORESEEN_GROWING - UNFORESEEN) * grown)


def lookable(looks: float, events: Floats, elapsed: float) -> Floats:
    """How many looks can differ until the time limit: no more than events will be seen."""
    return np.asarray(np.minimum(looks, np.maximum(events / elapsed, LOOKS[0])), dtype=np.float64)


def weight(within: Floats, between: Floats, whole: Span) -> Floats:
    """What a score counts at this look: 1 at the time limit, less before where pods differ.

    The information of a look is 1 / (within + between), `within` falling over the `whole` time.
    """
    final = whole.final
    information = (final + between) / (within + between)
    first = (final + between) / (whole.first + between)
    certain = between / (final + between)
    rise = STEEPNESS * certain**4 * np.log(information) / np.minimum(np.log(first), -1e-9)
    return np.asarray(np.maximum(np.exp(-rise), LEAST_WEIGHT), dtype=np.float64)


def boundary(where: Setting, level: float) -> Floats:
    """The weighted score that equal releases exceed at any look with chance `level`."""
    rank = max(int(level * (1 + PLAYED)) - 1, 0)
    return _each(where, lambda largest, _: np.asarray(largest[rank]))


def chance(where: Setting, height: Floats) -> Floats:
    """How often an equal release reaches `height` at any look; 1 where that is not rare.

    (1 + as high) / (1 + played) is exact for a played comparison, never 0.
    """

    def rare(largest: Floats, rows: NDArray[np.bool_]) -> Floats:
        as_high = np.searchsorted(-largest, -height[rows], side="right")
        return np.where(as_high < len(largest), (1.0 + as_high) / (1.0 + PLAYED), 1.0)

    return _each(where, rare)


def _each(where: Setting, ask: Callable[[Floats, NDArray[np.bool_]], Floats]) -> Floats:
    """The answers of each setting, put where the setting stands."""
    found = np.ones(where.power.shape)
    for power, looks in set(zip(where.power.flat, where.looks.flat, strict=True)):
        rows = (where.power == power) & (where.looks == looks)
        found[rows] = ask(_largest(int(power), int(looks)), rows)
    return found


@lru_cache(maxsize=1024)
def _largest(power: int, looks: int) -> Floats:
    """The largest weighted score of the played releases, highest first."""
    draw = np.random.default_rng(SEED)
    tops = [_played(draw, STEP**power, looks, AT_ONCE) for _ in range(PLAYED // AT_ONCE)]
    return np.sort(np.concatenate(tops))[::-1][: int(KEPT * PLAYED)]


def _played(draw: np.random.Generator, certain: float, looks: int, releases: int) -> Floats:
    """Equal releases, counting's variance being 1 at the time limit, the pods' `certain`."""
    look = np.arange(1.0, looks + 1.0)
    counting = np.cumsum(draw.standard_normal((releases, looks)), axis=1)
    pods = math.sqrt(certain) * draw.standard_normal((releases, 1))
    within, between = looks / look, np.full(1, certain)
    found = (pods + counting * math.sqrt(looks) / look) / np.sqrt(within + between)
    weighted = found * weight(within, between, Span(np.full(1, float(looks)), np.ones(1)))
    return np.asarray(weighted.max(axis=1), dtype=np.float64)
