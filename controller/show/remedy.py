"""What would settle a metric that is still open: more time, or more pods.

Why: "inconclusive" is only of use together with what to do about it.
Never here: words; verdicts.

The law. The squared width of an interval is the sum of what counting leaves open, which
shrinks like one over the events, and of how far pods of one version differ, which shrinks like
one over the pods, however long one waits. With pods that differ by a coefficient of variation s
and m events a pod, the parts are as 1 to s^2 m. More pods shrink both parts.
"""

import math
from dataclasses import dataclass

from analysis.framing import counts_complement
from analysis.question import Direction, Kind
from analysis.verdict import ArmSummary, Finding

MOST_PODS = 100
"""More pods a side than this are no advice."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would be enough if the difference stayed as it is now: `seconds` more at this traffic
    (None: no length of time), or so many more `pods` on each side (None: no number in reach).
    `toward_harm` says whether it would then be shown to be worse, or else not to be."""

    seconds: float | None
    pods: int | None
    toward_harm: bool


def remedy(finding: Finding, seconds: float, pod_spread: float) -> Remedy | None:
    """The remedy after `seconds` of comparing; None where nothing can be said: no interval yet,
    an estimate right on the tolerance, or an interval that is narrow enough already.

    `pod_spread` is the coefficient of variation of pods of one version; with 0 the time is the
    least that could do.
    """
    left = _share_that_may_stay(finding)
    if left is None or seconds <= 0:
        return None
    share, toward_harm = left
    counting = counting_share(finding, pod_spread)
    room = share - (1.0 - counting)
    more = seconds * (counting / room - 1.0) if room > 0 else None
    pods = min(finding.baseline.pods, finding.candidate.pods)
    wanted = math.ceil(pods / share) - pods
    return Remedy(more, wanted if pods > 0 and wanted <= MOST_PODS else None, toward_harm)


def _share_that_may_stay(finding: Finding) -> tuple[float, bool] | None:
    """How much of the squared width may stay for the nearer end to clear the tolerance."""
    if finding.effect is None:
        return None
    limit = finding.question.tolerance.amount
    harm, gentlest, gravest = _harms(finding)
    place, mark = _scaled(finding, harm), _scaled(finding, limit)
    toward_harm = place > mark
    end = gentlest if toward_harm else gravest
    if end is None:
        return None
    reach = abs(_scaled(finding, end) - place)
    gap = abs(place - mark)
    if not 0 < gap < reach < math.inf:
        return None
    return (gap / reach) ** 2, toward_harm


def _harms(finding: Finding) -> tuple[float, float | None, float | None]:
    """The effect and its two ends as harm: positive is worse."""
    effect = finding.effect or 0.0
    if finding.question.worse is Direction.HIGHER:
        return effect, finding.low, finding.high
    low, high = finding.low, finding.high
    return -effect, None if high is None else -high, None if low is None else -low


def _scaled(finding: Finding, harm: float) -> float:
    """Harm on the scale on which the interval is about even: logarithms for what is relative."""
    if finding.question.tolerance.absolute:
        return harm
    effect = harm if finding.question.worse is Direction.HIGHER else -harm
    if effect <= -1.0:
        return math.inf if finding.question.worse is Direction.LOWER else -math.inf
    logarithm = math.log1p(effect)
    return logarithm if finding.question.worse is Direction.HIGHER else -logarithm


def counting_share(finding: Finding, pod_spread: float) -> float:
    """The part of the squared width that more events take away, in 0..1; a level has none, as a
    pod counts once however often it was sampled."""
    if finding.question.kind is Kind.GAUGE:
        return 0.0
    arms = (finding.baseline, finding.candidate)
    pods = sum(arm.pods for arm in arms)
    events = sum(_events(finding, arm) for arm in arms)
    return 1.0 / (1.0 + pod_spread**2 * events / pods) if pods else 1.0


def _events(finding: Finding, arm: ArmSummary) -> float:
    """What was counted: of a share of successes, the failures."""
    complement = counts_complement(finding.question)
    return max(0.0, arm.exposure - arm.events) if complement else arm.events
