"""Why a build is not rolled out now, one reason each.

Why: a person must see every reason at once, and a machine must tell them apart.
Never here: when a reason applies.
"""

from dataclasses import dataclass
from enum import Enum
from math import inf


class Cause(Enum):
    """What sort of reason it is."""

    MANUAL = "Manual"
    PINNED = "Pinned"
    PAUSED = "Paused"
    FROZEN = "Frozen"
    JUDGING = "Judging"
    NOTHING_COUNTS = "NothingCounts"
    NOT_NEWER = "NotNewer"
    UNKNOWN = "Unknown"
    QUARANTINED = "Quarantined"
    TURNED_AWAY = "TurnedAway"
    CI_MISSING = "CiMissing"
    CI_FAILED = "CiFailed"
    NOT_VERIFIED = "NotVerified"
    TOO_YOUNG = "TooYoung"


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason in one sentence; `until` is when it falls by itself, in unix seconds,
    infinite where it does not."""

    cause: Cause
    sentence: str
    until: float = inf

    def __str__(self) -> str:
        return self.sentence
