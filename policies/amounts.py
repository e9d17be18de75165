"""Shares and tolerances as people write them: 50%, 10%, 0.5pp, 5%/h.

Why: 0.5 could be half or half a percent; the sign behind the number leaves no doubt.
Never here: durations, what an amount is used for.
"""

import re
from decimal import Decimal

from analysis.question import Tolerance

_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"
_AMOUNT = re.compile(rf"({_NUMBER})(%|pp|%/h)")
SHARE_PATTERN = rf"^{_NUMBER}%$"
TOLERANCE_PATTERN = rf"^{_NUMBER}(%|pp|%/h)$"
SHARE_RULE = "a share is a number with %"
TOLERANCE_RULE = (
    "a tolerance is a number with % (of the baseline), pp (percentage points) or %/h (of the level, "
    "an hour)"
)


def parse_share(text: str) -> float:
    """The share that `text` means: "50%" is 0.5. Raises ValueError."""
    tolerance = parse_tolerance(text)
    if tolerance.absolute or tolerance.hourly:
        raise ValueError(SHARE_RULE)
    return tolerance.amount


def parse_tolerance(text: str) -> Tolerance:
    """The tolerance that `text` means: "10%" is a share, "0.5pp" is absolute, "5%/h" hourly.
    Raises ValueError."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError(TOLERANCE_RULE)
    amount = float(Decimal(found[1]) / 100)
    return Tolerance(amount, absolute=found[2] == "pp", hourly=found[2] == "%/h")


def format_share(share: float) -> str:
    """`share` as users write it: 0.5 is "50%"."""
    return f"{_hundredfold(share)}%"


def format_tolerance(tolerance: Tolerance) -> str:
    """`tolerance` as users write it."""
    return f"{_hundredfold(tolerance.amount)}{unit_of(tolerance)}"


def unit_of(tolerance: Tolerance) -> str:
    """What stands behind the number."""
    return "%/h" if tolerance.hourly else "pp" if tolerance.absolute else "%"


def _hundredfold(amount: float) -> str:
    return f"{(Decimal(repr(amount)) * 100).normalize():f}"
