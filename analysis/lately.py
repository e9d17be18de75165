"""What both arms showed in the later half of the time.

Why: harm that has ended is no reason to roll back, and a warm-up that was cut too short shows as
harm that fades; only what still goes on counts.
Never here: tests.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.tally import Totals

FEWEST_WINDOWS = 2
HALF = 0.5
"""An event, so that none is not nothing."""

Floats = NDArray[np.float64]
Pair = tuple[Totals, Totals]


@dataclass(frozen=True, slots=True)
class Lately:
    """The totals of the harmed and the reference arm when the number of windows was last a power
    of two, and when it was one before that: what came since is half to three quarters of all."""

    windows: int
    last: Pair
    before_last: Pair


def begin(*shape: int) -> Lately:
    """No window yet; `shape` ends with the columns."""
    none = Totals(np.zeros(shape), np.zeros(shape), np.zeros((*shape[:-1], 1)))
    return Lately(0, (none, none), (none, none))


def add(lately: Lately, now: Pair) -> Lately:
    """One window more, after which the totals are `now`."""
    windows = lately.windows + 1
    if windows & (windows - 1):
        return Lately(windows, lately.last, lately.before_last)
    return Lately(windows, now, lately.last)


def growth(lately: Lately, now: Pair) -> Floats:
    """How many times as many events both arms together have had a window since then as before:
    (..., columns), 1 where there is no before."""
    before = lately.before_last[0].events + lately.before_last[1].events
    if lately.windows < FEWEST_WINDOWS:
        return np.ones_like(before)
    earlier = (1 << (lately.windows.bit_length() - 1)) // 2
    later = lately.windows - earlier
    after = now[0].events + now[1].events - before
    return np.asarray((after + HALF) / later / ((before + HALF) / earlier))


def since(lately: Lately, now: Pair) -> Pair:
    """What came in the later part of all windows."""
    return now[0] - lately.before_last[0], now[1] - lately.before_last[1]
