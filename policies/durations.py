"""Durations as people write them: 60s, 5m, 1h30m, 7d.

Why: a bare number hides its unit, and that mistake is silent.
Never here: other quantities, clocks.
"""

import re

_MILLISECONDS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile("".join(rf"(?:([0-9]{{1,9}}){unit})?" for unit in _MILLISECONDS))
DURATION_PATTERN = r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"
DURATION_RULE = "a duration is whole numbers with units, largest first (d, h, m, s, ms)"


def parse_duration(text: str) -> float:
    """The seconds that `text` means. Raises ValueError."""
    found = _DURATION.fullmatch(text)
    if found is None or not text:
        raise ValueError(DURATION_RULE)
    parts = zip(found.groups(), _MILLISECONDS.values(), strict=True)
    return sum(int(number) * unit for number, unit in parts if number) / 1_000


def format_duration(seconds: float) -> str:
    """`seconds`, zero or more, as users write them, to the millisecond."""
    rest, words = round(seconds * 1_000), ""
    for unit, size in _MILLISECONDS.items():
        number, rest = divmod(rest, size)
        words += f"{number}{unit}" if number else ""
    return words or "0s"
