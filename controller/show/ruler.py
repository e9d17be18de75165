"""Axes of a picture: which stretch they show, where their marks stand, and what these say.

Why: an axis whose marks are round numbers is read without thinking.
Never here: drawing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.question import Tolerance
from controller.show.words import figure

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
SHORT_SECONDS = 180.0
WIDEST_TOLERANCES = 60.0
"""No axis reaches further than this, in tolerances: else a first look on two requests would
press everything after it into one line."""

LEAST, MOST = 1e-6, 1e6
"""Tolerances beyond these are drawn as these."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """Maps values from `low` to `high` onto places from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float

    def place(self, value: float) -> float:
        """The place of a value; one beyond an end stands a little past it."""
        share = (value - self.low) / (self.high - self.low)
        return self.begin + min(max(share, -0.05), 1.05) * (self.end - self.begin)


def marks(low: float, high: float, about: int) -> list[float]:
    """Round values within low..high, about so many."""
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in STEPS if power * factor >= raw * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def stretch(
    tolerance: float, settled: Iterable[float], all_values: Iterable[float]
) -> tuple[float, float]:
    """The values an axis must show: no change, the tolerance, the `settled` ends whole, and of
    all others as much as is not far beyond these. `tolerance` is signed."""
    tolerance = math.copysign(min(max(abs(tolerance), LEAST), MOST), tolerance)
    shown = [0.0, tolerance, *settled]
    reach = max(abs(value) for value in shown)
    widest = max(min(2.0 * reach, WIDEST_TOLERANCES * abs(tolerance)), 1.3 * abs(tolerance))
    shown = [min(max(value, -widest), widest) for value in (*shown, *all_values)]
    low, high = min(shown), max(shown)
    margin = 0.08 * (high - low)
    return low - margin, high + margin


def effect_mark(value: float) -> str:
    """What stands at a mark of the effect's axis, without its unit."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{figure(abs(100 * value))}"


def effect_unit(tolerance: Tolerance) -> str:
    """The unit of the effect's axis."""
    if tolerance.hourly:
        return "change of growth, % an hour"
    return "change, points" if tolerance.absolute else "change, %"


def time_unit(seconds: float) -> tuple[str, float]:
    """The unit in which a stretch of time is told, and its length in seconds."""
    return ("seconds", 1.0) if seconds < SHORT_SECONDS else ("minutes", 60.0)
