"""A freeze: a person has told rollctl to keep its hands off everything, everywhere.

Why: in an incident people want one thing less that acts, at once, and without taking rollctl down.
Never here: where a freeze is kept, clocks.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Freeze:
    """Who ordered it, when (unix seconds, None: unknown) and until when (None: until it is thawed), and
    why."""

    by: str
    at: float | None
    until: float | None = None
    reason: str = ""

    def holds(self, now: float) -> bool:
        """Whether it is still on."""
        return self.until is None or now < self.until

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        end = f"until {_clock(self.until)}" if self.until is not None else "until `rollctl thaw`"
        since = f" since {_clock(self.at)}" if self.at is not None else ""
        return f"frozen by {self.by}{since}, {end}{why}; nothing is changed"


def _clock(at: float) -> str:
    """People may write a freeze by hand, and any number in it."""
    try:
        return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "a time that is none"
