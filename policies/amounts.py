"""Shares and tolerances as people write them: 50%, 10%, 0.5pp.

Why: 0.5 could be half or half a percent; the sign behind the number leaves no doubt.
Never here: durations, what an amount is used for.
"""

import re
from decimal import Decimal

from analysis.question import Tolerance

_NUMBER = r"[0-9]{1,6}(?:\.[0-9]{1,6})?"
_AMOUNT = re.compile(rf"({_NUMBER})(%|pp)")
SHARE_PATTERN = rf"^{_NUMBER}%$"
TOLERANCE_PATTERN = rf"^{_NUMBER}(%|pp)$"
SHARE_RULE = "a share is a number with %"
TOLERANCE_RULE = "a tolerance is a number with % (of the baseline) or pp (percentage points)"


def parse_share(text: str) -> float:
    """The share that `text` means: "50%" is 0.5. Raises ValueError."""
    tolerance = parse_tolerance(text)
    if tolerance.absolute:
        raise ValueError(SHARE_RULE)
    return tolerance.amount


def parse_tolerance(text: str) -> Tolerance:
    """The tolerance that `text` means: "10%" is a share, "0.5pp" is absolute. Raises
    ValueError."""
    found = _AMOUNT.fullmatch(text)
    if found is None:
        raise ValueError(TOLERANCE_RULE)
    return Tolerance(float(Decimal(found[1]) / 100), absolute=found[2] == "pp")


def format_share(share: float) -> str:
    """`share` as users write it: 0.5 is "50%"."""
    return f"{_hundredfold(share)}%"


def format_tolerance(tolerance: Tolerance) -> str:
    """`tolerance` as users write it."""
    return f"{_hundredfold(tolerance.amount)}{'pp' if tolerance.absolute else '%'}"


def _hundredfold(amount: float) -> str:
    return f"{(Decimal(repr(amount)) * 100).normalize():f}"
