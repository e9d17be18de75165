"""One line of a diagnosis.

Why: every check tells the same four things.
Never here: checks.
"""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How well it is; its value is what is printed."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `mend` says what to do about it, "" where nothing is to be done.
    `is_refusal` where a permission is missing."""

    level: Level
    check: str
    told: str
    mend: str = ""
    is_refusal: bool = False


def good(check: str, told: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, check, told)


def doubtful(check: str, told: str, mend: str) -> Finding:
    """It may be well."""
    return Finding(Level.WARN, check, told, mend)


def bad(check: str, told: str, mend: str) -> Finding:
    """It is not well."""
    return Finding(Level.FAIL, check, told, mend)
