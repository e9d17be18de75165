"""A freeze: a person has told rollctl to keep its hands off everything, everywhere.

Why: in an incident people want one thing less that acts, at once, and without taking rollctl down.
Never here: where a freeze is kept, clocks.
"""

from dataclasses import dataclass

from policies.durations import format_duration

LONGEST_SECONDS = 366 * 86_400.0


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

    def told(self, now: float) -> str:
        """The freeze in one sentence."""
        since = f" {spell(now - self.at)} ago" if self.at is not None else ""
        left = f"for {spell(self.until - now)} more" if self.until is not None else ""
        why = f": {self.reason}" if self.reason else ""
        end = left or "until `rollctl thaw`"
        return f"frozen by {self.by}{since}, {end}{why}; nothing is changed"


def spell(seconds: float) -> str:
    """To the minute, as a person would say it; whatever number somebody wrote by hand."""
    bounded = min(max(seconds, 0.0), LONGEST_SECONDS)
    return format_duration(60.0 * round(bounded / 60.0)) if bounded >= 60.0 else "a minute"
