"""When it is looked.

Why: how high a score must be depends on how much of the time has passed.
Never here: what is seen.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """When it is looked: `elapsed` in (0, 1] is the part of the time limit that has passed,
    `looks` how many windows the limit has; `wider` multiplies the tolerated harm."""

    elapsed: float
    looks: float
    wider: float = 1.0
