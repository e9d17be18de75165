"""Figures in the words of somebody who was woken at three in the morning.

Why: "5 of every 1,000 requests" is understood by everybody, "0.00472" by nobody at that hour.
Never here: whole sentences, which figures decide.
"""

import math
from collections.abc import Sequence

from analysis.question import Direction, Question, Tolerance

LARGEST_COMMON, MOST_COUNTED = 10**9, 10_000
"""Both sides are told out of one number up to the first, while neither count is above the other."""

ROUNDING = 1e-9

FACTOR_FROM = 1.0
MOST_TOLD = 1e9
SECONDS_UP_TO, MINUTES_UP_TO, HOURS_UP_TO = 120.0, 7_200.0, 172_800.0


def figure(number: float) -> str:
    """Three figures that matter, thousands apart, no exponent where it can be done without."""
    if number == 0 or not math.isfinite(number):
        return "0" if number == 0 else "beyond measure"
    if not 1e-4 <= abs(number) < 1e15:
        return f"{number:.3g}"
    decimals = 2 - math.floor(math.log10(abs(number)))
    text = f"{round(number, decimals):,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def frequencies(first: float, second: float) -> tuple[str, str]:
    """Two shares as natural frequencies, of the same number where the counts stay readable
    (Gigerenzer and Hoffrage 1995: such are understood without training)."""
    rarer = min(share for share in (first, second, 1.0) if share > 0)
    common = 100
    while common * rarer < 1.0 - ROUNDING and common < LARGEST_COMMON:
        common *= 10
    if common * max(first, second) > MOST_COUNTED:
        return _alone(first), _alone(second)
    return _of_every(first, common), _of_every(second, common)


def _of_every(share: float, common: int) -> str:
    return "none" if share <= 0 else f"{share * common:,.0f} of every {common:,}"


def _alone(share: float) -> str:
    if share <= 0 or share >= 0.01:
        return _of_every(share, 100)
    return f"1 of every {float(f'{1.0 / share:.2g}'):,.0f}"


def duration(seconds: float) -> str:
    """A length of time in the largest unit that keeps it above two."""
    for unit, length, up_to in (
        ("second", 1.0, SECONDS_UP_TO),
        ("minute", 60.0, MINUTES_UP_TO),
        ("hour", 3600.0, HOURS_UP_TO),
    ):
        if seconds < up_to:
            return counted(round(seconds / length), unit)
    return counted(round(seconds / 86_400.0), "day")


def counted(number: float, noun: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{number:,.0f} {noun}" + ("" if round(number) == 1 else "s")


def size(amount: float, tolerance: Tolerance) -> str:
    """A harm or a tolerance without its sign: points, percent, or from double on a factor."""
    if tolerance.hourly:
        return f"{figure(100 * amount)} % an hour"
    if tolerance.absolute:
        return f"{figure(100 * amount)} points"
    return f"{figure(100 * amount)} %"


def signed(effect: float, tolerance: Tolerance) -> str:
    """A change with its sign; from double on "3.2 times as much", which reads better."""
    if not (tolerance.absolute or tolerance.hourly) and effect >= FACTOR_FROM:
        return f"{figure(1.0 + effect)} times as much"
    sign = "+" if effect > 0 else "-" if effect < 0 else ""
    return f"{sign}{size(abs(effect), tolerance)}"


def between(question: Question, low: float | None, high: float | None) -> str:
    """The interval as where the truth lies; an end that is not known is left open."""
    tolerance = question.tolerance
    if low is None and high is None:
        return "how large the true change is cannot be said yet"
    if low is None or high is None:
        known, word = (high, "at most") if low is None else (low, "at least")
        return f"the true change is {word} {signed(known or 0.0, tolerance)}"
    return f"the true {_noun(low, high)} lies between {pair(low, high, tolerance)}"


def _noun(low: float, high: float) -> str:
    return "increase" if low >= 0 else "decrease" if high <= 0 else "change"


def pair(low: float, high: float, tolerance: Tolerance) -> str:
    """Both ends of an interval in the same unit, which is said once."""
    if not (tolerance.absolute or tolerance.hourly) and high >= FACTOR_FROM:
        return f"{figure(1.0 + low)} and {figure(1.0 + high)} times what it was"
    unit = "% an hour" if tolerance.hourly else "points" if tolerance.absolute else "%"
    return f"{_bare(low)} and {_bare(high)} {unit}"


def _bare(effect: float) -> str:
    sign = "+" if effect > 0 else "-" if effect < 0 else ""
    return f"{sign}{figure(abs(100 * effect))}"


def tolerated(question: Question) -> str:
    """What the policy lets pass."""
    way = "more" if question.worse is Direction.HIGHER else "less"
    return f"up to {size(question.tolerance.amount, question.tolerance)} {way}"


def odds(one_in: float) -> str:
    """How seldom chance does this, never more seldom than can be believed."""
    return f"{min(one_in, MOST_TOLD):,.0f}"


def ended(words: str) -> str:
    """A sentence with its stop, unless it has one."""
    return words if words.endswith((".", "?", "!")) else f"{words}."


def listed(things: Sequence[str]) -> str:
    """a, b and c."""
    if len(things) < 2:
        return "".join(things)
    return f"{', '.join(things[:-1])} and {things[-1]}"
