"""When a freeze window is open, and until when.

Why: clocks are put forward and back, windows touch and overlap; who asks whether now is frozen should not have
to know of either.
Never here: the clock, what is held back.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from functools import lru_cache

from policies.freeze.moments import WEEKDAYS, Moment, Recurrence

MOST_IN_A_ROW = 40
"""Of windows that touch so often, no gap is waited for."""
_WEEK = range(8)
SOME_TIME = 1_700_000_000.0


class Allowance(Enum):
    """What rollctl still does by itself in a window."""

    ROLLBACKS = "rollbacks"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class FreezeWindow:
    """From one moment to the next such other one, by the clocks of `zone`."""

    begin: Moment
    end: Moment
    zone: tzinfo
    zone_name: str
    allows: Allowance
    reason: str = ""

    def spans(self, at: float) -> Iterator[tuple[float, float]]:
        """Begin and end, unix seconds, of every window that may be open at that time."""
        for day in self._days(datetime.fromtimestamp(at, self.zone).date()):
            begin = self.begin.on(day)
            if begin is not None:
                yield self._earliest(begin), self._latest(self._end_after(begin))

    def _days(self, today: date) -> Iterator[date]:
        """Where it may have begun; also tomorrow, whose midnight the clocks may skip."""
        if self.begin.day is not None:
            yield self.begin.day
            return
        for back in (-1, *_WEEK):
            yield today - timedelta(days=back)

    def _end_after(self, begin: datetime) -> datetime:
        """The next end; of two dates, the one that was written."""
        if self.end.day is not None:
            return self.end.on(self.end.day) or begin
        days = (begin.date() + timedelta(days=step) for step in _WEEK)
        ends = (self.end.on(day) for day in days)
        return next(end for end in ends if end is not None and end > begin)

    def _earliest(self, wall: datetime) -> float:
        """Of a time that the clocks show twice, the first; of one that they skip, before the gap."""
        return min(wall.replace(tzinfo=self.zone, fold=fold).timestamp() for fold in (0, 1))

    def _latest(self, wall: datetime) -> float:
        """Of a time that the clocks show twice, the second; of one that they skip, after the gap."""
        return max(wall.replace(tzinfo=self.zone, fold=fold).timestamp() for fold in (0, 1))


@dataclass(frozen=True, slots=True)
class Frozen:
    """Windows that are open. `until` (unix seconds) is when the last of those that touch ends, None where
    they leave no time; `wall` is that time as clocks show it there."""

    allows: Allowance
    until: float | None
    wall: str
    reason: str

    def told(self, policy: str) -> str:
        """In one sentence, for a person."""
        why = f": {self.reason}" if self.reason else ""
        return f"frozen by policy {policy} until {self.wall}{why}; {_HELD_BACK[self.allows]}"


_HELD_BACK = {
    Allowance.ROLLBACKS: "nothing new is rolled out or let go, what is worse is rolled back",
    Allowance.NOTHING: "nothing is changed, what is worse is not rolled back either",
}


@lru_cache(maxsize=256)
def frozen_at(windows: tuple[FreezeWindow, ...], at: float) -> tuple[Frozen, ...]:
    """What is frozen at that time, the strictest first; nothing where no window is open. Kept, since all
    workloads of a policy are looked at in the same moment."""
    strict = [window for window in windows if window.allows is Allowance.NOTHING]
    found = (
        _frozen(Allowance.NOTHING, strict, at),
        _frozen(Allowance.ROLLBACKS, windows, at),
    )
    told = [one for one in found if one is not None]
    same = len(told) > 1 and told[0].until == told[1].until
    return tuple(told[:1] if same else told)


def _frozen(allows: Allowance, windows: Sequence[FreezeWindow], at: float) -> Frozen | None:
    opened = [window for window in windows if _end(window, at) is not None]
    if not opened:
        return None
    until, last = at, opened[0]
    for _ in range(MOST_IN_A_ROW):
        ends = [(end, window) for window in windows if (end := _end(window, until)) is not None]
        if not ends:
            return Frozen(allows, until, _wall(until, last), _reasons(opened))
        until, last = max(ends, key=lambda one: one[0])
    return Frozen(allows, None, "its file is changed (its windows leave no time)", _reasons(opened))


def _end(window: FreezeWindow, at: float) -> float | None:
    """When the window that is open at that time ends, None where none is."""
    return max((end for begin, end in window.spans(at) if begin <= at < end), default=None)


def _reasons(windows: Sequence[FreezeWindow]) -> str:
    return ", ".join(dict.fromkeys(window.reason for window in windows if window.reason))


def _wall(at: float, window: FreezeWindow) -> str:
    local = datetime.fromtimestamp(at, window.zone)
    day = f"{WEEKDAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"
    return f"{day} {window.zone_name}"


def leave_no_time(windows: tuple[FreezeWindow, ...]) -> bool:
    """Whether those that come again, together, leave no time at all."""
    again = tuple(one for one in windows if one.begin.recurrence is not Recurrence.ONCE)
    return any(one.until is None for one in frozen_at(again, SOME_TIME))
