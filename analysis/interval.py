"""An effect with its bounds.

Why: counted metrics and levels answer "how large is the change" with the same three numbers.
Never here: how they are computed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Interval:
    """An effect with its two bounds, on the tolerance's scale; infinite where unknown."""

    effect: float
    low: float
    high: float
