"""The alert that everybody writes first: over one percent of errors, three times.

Why: it looks good where one percent happens to lie well above what is usual, and only there.
Never here: products.

The share of bad requests of the last minute is looked at each minute; the third time above the
threshold rolls back, consecutive or not. Silence is no alert. Other metrics are not looked at.
"""

from analysis.question import Kind
from benchmarks.rollbench.checks import Checks, LastMinute, above

BAD_SHARE, TIMES = 0.01, 3
NEVER = 10**9

RULES = (
    Checks(
        "over 1 %, three checks",
        LastMinute,
        {Kind.RATIO: above(BAD_SHARE)},
        60.0,
        TIMES,
        NEVER,
        together=False,
    ),
)
