"""Raw counters to what happened between two scrapes.

Why: resets and lost scrapes are part of the input, and every rule needs the same care with them.
Never here: any rule.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Differences:
    """Differences scrape by scrape. A counter that fell began again at zero; a gap is differenced
    across when the next sample arrives; the columns of one series are read or lost together."""

    def __init__(self) -> None:
        self._last: Floats | None = None

    def of(self, values: Floats) -> Floats:
        """The increments since each series was last read (..., columns); zero where this scrape, or
        any before it, is missing."""
        seen = ~np.isnan(values).any(axis=-1, keepdims=True)
        if self._last is None:
            self._last = np.where(seen, values, np.nan)
            return np.zeros_like(values)
        begun = (values < self._last).any(axis=-1, keepdims=True)
        gained = np.where(begun, values, values - self._last)
        usable = seen & ~np.isnan(self._last)
        self._last = np.where(seen, values, self._last)
        return np.where(usable, gained, 0.0)
