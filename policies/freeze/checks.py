"""Rules between the keys of one freeze window.

Why: each moment can be right alone, and the two still make no window.
Never here: rules of one value (shapes), doubts (lint).
"""

from datetime import timedelta

from policies.freeze import grammar
from policies.freeze.moments import Moment, Recurrence
from policies.tables import Row

LONGEST = timedelta(days=366)


def check_freeze(windows: tuple[Row, ...]) -> None:
    """Notes every broken rule."""
    for window in windows:
        begin, end = window.get(grammar.BEGIN), window.get(grammar.END)
        if begin is not None and end is not None:
            _check_moments(window, begin, end)


def _check_moments(window: Row, begin: Moment, end: Moment) -> None:
    if begin.recurrence is not end.recurrence:
        what = f"from comes {begin.recurrence.value} and to {end.recurrence.value}"
        rule = "both are written alike, as times, with a weekday, or with a date"
        window.note(grammar.END, what, rule, f"write to as from: {_alike(begin)}")
    elif begin == end:
        what, rule = "a window that ends as it begins", "it is nothing, or all the time"
        instead = "write a later to, or remove the window; `rollctl freeze` freezes until you thaw"
        window.note(grammar.END, what, rule, instead)
    elif begin.recurrence is Recurrence.ONCE:
        _check_dates(window, begin, end)


def _check_dates(window: Row, begin: Moment, end: Moment) -> None:
    length = _length(begin, end)
    if length < timedelta():
        window.note(grammar.END, "to is before from", "a window ends after it began", "swap them")
    elif length > LONGEST:
        what, rule = f"a window of {length.days} days", f"at most {LONGEST.days}"
        window.note(grammar.END, what, rule, "write an earlier to; is the year right?")


def _length(begin: Moment, end: Moment) -> timedelta:
    first, last = (one.on(one.day) if one.day else None for one in (begin, end))
    return last - first if first and last else timedelta()


def _alike(begin: Moment) -> str:
    examples = {
        Recurrence.DAILY: '"08:00"',
        Recurrence.WEEKLY: '"Mon 08:00"',
        Recurrence.ONCE: '"2027-01-02 08:00"',
    }
    return examples[begin.recurrence]
