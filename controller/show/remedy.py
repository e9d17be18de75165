"""What would settle a metric that is still open: more time, or more pods.

Why: "inconclusive" is only of use together with what to do about it.
Never here: words; verdicts.

The law. The squared width of an interval is the sum of what counting leaves open, which
shrinks like one over the events, and of how far pods of one version differ, which shrinks like
one over the pods, however long one waits. With pods that differ by a coefficient of variation s
and m events a pod, the parts are as 1 to s^2 m. More pods shrink both parts.

Where an absolute change of something rare is asked about, counting leaves open (sqrt(c k) + c)/n
for k events of n requests: like one over the root of n where events are many, like one over n
where there are none (the "rule of three", which has c = 3).
"""

import math
from dataclasses import dataclass

from analysis.question import LEVELS, Direction, Kind
from analysis.verdict import ArmSummary, Finding

FEWEST_MEASURING = 5
"""So many pods on both sides together measure their spread themselves."""

RARE_EVENTS = 3.0
"""The constant c of the law."""

MOST_EVENTS, WIDEST_SPREAD = 1e18, 100.0
"""Larger ones were not measured."""

LEAST_ROOM = 1e-12
"""A millionth of the width: nobody waits a million million times as long."""

ROUNDING = 1e-9
MOST_PODS = 100
"""More pods a side than this are no advice."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would be enough if the difference stayed as it is now: `seconds` more at this traffic
    (None: no length of time), or so many more `pods` on each side (None: no number in reach).
    `toward_harm` says whether it would then be shown to be worse, or else not to be; to be worse
    must be shown with fewer errors than an interval makes, so there this is the least."""

    seconds: float | None
    pods: int | None
    toward_harm: bool


def spread_of(finding: Finding) -> float | None:
    """The spread of pods that makes the interval wide; None where many pods without a past
    measured it themselves, and a finding does not say what they measured."""
    pods = finding.baseline.pods + finding.candidate.pods
    known = finding.pods_seen > 0 or pods < FEWEST_MEASURING
    return finding.pod_spread if known else None


def remedy(finding: Finding, seconds: float) -> Remedy | None:
    """The remedy after `seconds` of comparing; None where nothing can be said: no interval yet,
    an estimate right on the tolerance, or an interval that is narrow enough already. Where the
    spread of pods is not known the time is that of pods that are alike."""
    pod_spread = spread_of(finding) or 0.0
    left = _share_that_may_stay(finding)
    if left is None or seconds <= 0 or not _meaningful(finding, pod_spread):
        return None
    share, toward_harm = left
    times = _times(finding, pod_spread, share)
    more = None if times is None else seconds * (times - 1.0)
    return Remedy(more, _more_pods(finding, pod_spread, share), toward_harm)


def _meaningful(finding: Finding, pod_spread: float) -> bool:
    """Whether counts are counts: what stands on a workload anybody may have written."""
    arms = (finding.baseline, finding.candidate)
    counts = all(arm.pods > 0 and 0 <= _events(finding, arm) <= MOST_EVENTS for arm in arms)
    return counts and 0 <= pod_spread <= WIDEST_SPREAD


def width_left(finding: Finding, pod_spread: float, times: float, pods: float) -> float:
    """How wide the interval is, against now, after `times` as long with `pods` times as many
    pods, each with as much traffic as now."""
    counting = counting_share(finding, pod_spread)
    drawn = _counting_width(finding, times * pods)
    return math.sqrt(counting * drawn**2 + (1.0 - counting) / pods)


def _counting_width(finding: Finding, times: float) -> float:
    """What counting leaves open of the width after `times` as many requests."""
    root, rare = _roots(finding)
    return (root / math.sqrt(times) + rare / times) / (root + rare)


def _roots(finding: Finding) -> tuple[float, float]:
    """sqrt(k) and sqrt(c) of the law."""
    if not finding.question.tolerance.absolute:
        return 1.0, 0.0
    events = sum(_events(finding, arm) for arm in (finding.baseline, finding.candidate))
    return math.sqrt(events), math.sqrt(RARE_EVENTS)


def _times(finding: Finding, pod_spread: float, share: float) -> float | None:
    """How many times as long it takes until this share of the width is left, None for never."""
    counting = counting_share(finding, pod_spread)
    room = share**2 - (1.0 - counting)
    if room <= LEAST_ROOM:
        return None
    root, rare = _roots(finding)
    wanted = math.sqrt(room / counting) * (root + rare)
    # With u = 1/sqrt(times): rare u^2 + root u = wanted, solved so that rare may be 0.
    u = 2.0 * wanted / (root + math.sqrt(root**2 + 4.0 * rare * wanted))
    return 1.0 / u**2


def _more_pods(finding: Finding, pod_spread: float, share: float) -> int | None:
    """The fewest further pods on each side that leave so much of the width."""
    now = min(finding.baseline.pods, finding.candidate.pods)
    for more in range(1, MOST_PODS + 1 if now else 0):
        if width_left(finding, pod_spread, 1.0, (now + more) / now) <= share + ROUNDING:
            return more
    return None


def _share_that_may_stay(finding: Finding) -> tuple[float, bool] | None:
    """How much of the width may stay for the nearer end to clear the tolerance."""
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
    return gap / reach, toward_harm


def _harms(finding: Finding) -> tuple[float, float | None, float | None]:
    """The effect and its two ends as harm: positive is worse."""
    effect = finding.effect or 0.0
    if finding.question.worse is Direction.HIGHER:
        return effect, finding.low, finding.high
    low, high = finding.low, finding.high
    return -effect, None if high is None else -high, None if low is None else -low


def _scaled(finding: Finding, harm: float) -> float:
    """Harm on the scale on which the interval is about even: logarithms for what is relative."""
    if finding.question.tolerance.absolute or finding.question.tolerance.hourly:
        return harm
    effect = harm if finding.question.worse is Direction.HIGHER else -harm
    if effect <= -1.0:
        return math.inf if finding.question.worse is Direction.LOWER else -math.inf
    logarithm = math.log1p(effect)
    return logarithm if finding.question.worse is Direction.HIGHER else -logarithm


def counting_share(finding: Finding, pod_spread: float) -> float:
    """The part of the squared width that more events take away, in 0..1; a level has none, as a
    pod counts once however often it was sampled."""
    if finding.question.kind in LEVELS:
        return 0.0
    arms = (finding.baseline, finding.candidate)
    pods = sum(arm.pods for arm in arms)
    events = sum(_events(finding, arm) for arm in arms)
    return 1.0 / (1.0 + pod_spread**2 * events / pods) if pods else 1.0


def _events(finding: Finding, arm: ArmSummary) -> float:
    """What was counted: of a share of successes, the failures."""
    question = finding.question
    successes = question.kind is Kind.RATIO and question.worse is Direction.LOWER
    return max(0.0, arm.exposure - arm.events) if successes else arm.events
