"""When a common threshold rule would have acted on the very samples that rollctl saw.

Why: "faster than a threshold" is only worth saying with the same recording on both sides.
Never here: rollctl's own verdict.

A recording ends where rollctl ended the bad release; past it the last measured ratio is
assumed to go on, which favours the rule.
"""

from collections.abc import Callable
from dataclasses import dataclass

RATIO_SECONDS = 60.0
LONGEST_SECONDS = 1800.0

RatioAt = Callable[[float, float], float | None]
"""The bad share in (start, end], seconds since the release, None without requests."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Acts when the bad share of the last minute, looked at every `every_seconds`, has been
    above `above` for `for_seconds`; of the whole service, or of the candidate only."""

    text: str
    whole_service: bool
    above: float
    every_seconds: float
    for_seconds: float


RULES = (
    Rule("canary check once a minute, over 1 % fails, one check is enough", False, 0.01, 60, 0),
    Rule("canary check once a minute, over 1 % fails, five checks", False, 0.01, 60, 240),
    Rule("alert: over 5 % of the candidate's answers fail for 5 minutes", False, 0.05, 15, 300),
    Rule("alert: over 5 % of the service's answers fail for 5 minutes", True, 0.05, 15, 300),
)


def acts_at(rule: Rule, ratio: RatioAt, recorded_seconds: float) -> float | None:
    """Seconds after the release at which the rule would have acted, None for never."""
    above_since: float | None = None
    looks = int(LONGEST_SECONDS / rule.every_seconds)
    for at in (rule.every_seconds * number for number in range(1, looks + 1)):
        share = ratio(max(0.0, _known(at, recorded_seconds) - RATIO_SECONDS), at)
        if share is None or share <= rule.above:
            above_since = None
            continue
        above_since = at if above_since is None else above_since
        if at - above_since >= rule.for_seconds:
            return at
    return None


def _known(at: float, recorded_seconds: float) -> float:
    return min(at, recorded_seconds)
