"""A moment as people write it: "18:00", "Fri 18:00" or "2026-12-23 18:00".

Why: as much of a date as it takes says how often it comes: every day, every week, once.
Never here: clocks, time zones, what happens at a moment.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTES_A_DAY = 1_440
YEARS = range(2_000, 2_200)
MOMENT_RULE = (
    'a moment is "18:00" (every day), "Fri 18:00" (every week) or "2026-12-23 18:00" (once)'
)
MOMENT_PATTERN = (
    r"^(?:(?:[Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un) +|[0-9]{4}-[0-9]{2}-[0-9]{2} +)?"
    r"(?:[01]?[0-9]|2[0-4]):[0-5][0-9]$"
)
_FORM = re.compile(
    r"(?:(?P<day>[A-Za-z]{3}|[0-9]{4}-[0-9]{2}-[0-9]{2}) +)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-5][0-9])"
)


class Recurrence(Enum):
    """How often a moment comes."""

    DAILY = "every day"
    WEEKLY = "every week"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the clock on the wall: `minute` of the day, from 0; on one `weekday` (0 is Monday) or one
    `day` alone, on every day where both are None."""

    minute: int
    weekday: int | None = None
    day: date | None = None

    @property
    def recurrence(self) -> Recurrence:
        """How often it comes."""
        if self.day is not None:
            return Recurrence.ONCE
        return Recurrence.DAILY if self.weekday is None else Recurrence.WEEKLY

    def on(self, day: date) -> datetime | None:
        """The moment of that day, without its zone, None where that day has none."""
        if self.weekday not in (None, day.weekday()) or self.day not in (None, day):
            return None
        return datetime.combine(day, datetime.min.time()) + timedelta(minutes=self.minute)


def parse_moment(text: str) -> Moment:
    """The moment that `text` means; 24:00 is 00:00 of the next day. Raises ValueError with the rule that
    it breaks."""
    found = _FORM.fullmatch(text)
    minute = 60 * int(found["hour"]) + int(found["minute"]) if found else MINUTES_A_DAY + 1
    if found is None or minute > MINUTES_A_DAY:
        raise ValueError(MOMENT_RULE)
    later, minute = divmod(minute, MINUTES_A_DAY)
    named = found["day"]
    if named is None:
        return Moment(minute)
    if named[0].isalpha():
        return Moment(minute, weekday=(_weekday(named) + later) % len(WEEKDAYS))
    return Moment(minute, day=_day(named) + timedelta(days=later))


def _weekday(text: str) -> int:
    if text.title() not in WEEKDAYS:
        raise ValueError(f"a weekday is one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(text.title())


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("the calendar has no such day") from None
    if day.year not in YEARS:
        raise ValueError(f"a year is one of {YEARS[0]} to {YEARS[-1]}")
    return day
