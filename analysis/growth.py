"""How fast a level grows, and whether it goes on growing.

Why: a leak is seen by its slope long before its level differs; but a heap that is swept now and then
goes up and down, and a cache that fills goes up and stops, and neither is a leak.
Never here: pods' sides, tolerances, verdicts.

A stretch of time is cut into four parts. Of each the least level counts: what is swept comes back
to the same least level, what leaks does not. The slope is the median of the slopes between all
parts (Theil 1950, Sen 1968).

Arrays may have leading axes (many pods, many rollouts), as in tally.py.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PARTS = 4

STILL = 0.6
"""Growth whose last part is less than this of its first is a warm-up's, and comes to an end."""
EVERYWHERE = 0.25
"""Each part must grow by this of the whole slope: a saw's tooth falls in one of them."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth an hour in the level's unit (...,), NaN where it cannot be told: `lasting` is 0 where it
    does not go on; `later` leaves out the first part, and is a plain mean, so that bounds of it
    are right."""

    lasting: Floats
    later: Floats


def growth(levels: Floats, hours_each: float) -> Growth:
    """The growth of levels (..., moments), `hours_each` apart, infinite where not seen; at least
    PARTS moments."""
    starts = np.linspace(0.0, levels.shape[-1], PARTS + 1).round().astype(int)
    least = np.minimum.reduceat(levels, starts[:-1], axis=-1)
    known = np.asarray(np.isfinite(least).all(axis=-1))
    least = np.where(known[..., np.newaxis], least, 0.0)
    hours = starts[:-1] * hours_each
    slopes = [
        (least[..., b] - least[..., a]) / (hours[b] - hours[a])
        for a, b in combinations(range(PARTS), 2)
    ]
    whole = np.asarray(np.median(np.stack(slopes, axis=-1), axis=-1))
    steps = np.diff(least, axis=-1) / np.diff(hours)
    first, last = steps[..., 0], steps[..., -1]
    even = np.asarray(steps.min(axis=-1) >= EVERYWHERE * whole)
    steady = (last >= STILL * first) & even | (whole <= 0)
    told = (np.where(steady, whole, 0.0), (least[..., -1] - least[..., 1]) / (hours[-1] - hours[1]))
    return Growth(*(np.where(known, one, np.nan) for one in told))
