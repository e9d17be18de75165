"""What harm a comparison would act on, with what is known of a service's pods.

Why: how far pods differ is a figure for few; "less than twice the errors goes unseen with three
pods a side" is one for all. It is the engine's own answer, to ideal releases: pods that differ
in nothing but the harm, plenty of traffic, all the time that the policy gives.
Never here: samples of a real service, formulas of the engine.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from analysis.accumulate import begin, fold
from analysis.evidence import Evidence
from analysis.past import Past
from analysis.question import Comparison, Design, Direction, Kind
from analysis.samples import Arm, Part, Pod, Series, Window
from policies.model import MetricRule, Policy

PODS = 3
"""So many pods a side."""
WINDOWS = 10
"""Into so many the policy's limit is cut: more change the answer little."""
EVENTS = 1_000_000.0
"""So many events a pod and window: chance in counting plays no part any more."""
USUAL_RATE = 0.01
LARGEST_HARM = 20.0
HALVINGS = 8
BUCKETS_A_DOUBLING, DOUBLINGS = 4, 6

Growth = tuple[float | None, float]


def smallest_harm(policy: Policy, metric: MetricRule, past: Past | None) -> float | None:
    """The smallest harm of this metric that would be called Regressed with PODS new pods beside
    as many old ones, on the scale of its tolerance; None where none would, up to LARGEST_HARM."""
    comparison = replace(
        policy.comparison(Design.SIDE_BY_SIDE, 0.0),
        interval_seconds=policy.analysis.limit_seconds / WINDOWS,
        warm_up_seconds=0.0,
    )
    rate = _rate(metric, past)

    def seen(harm: float) -> bool:
        return _folded(comparison, past, _windows(comparison, metric, rate, harm)).fired is not None

    low, high = metric.tolerance.amount, _largest(metric, rate)
    return _between(low, high, seen) if high > low and seen(high) else None


def _between(low: float, high: float, seen: Callable[[float], bool]) -> float:
    """The end of what is not seen, found by halving the distance of the logarithms."""
    for _ in range(HALVINGS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def _rate(metric: MetricRule, past: Past | None) -> float:
    known = past.metrics if past is not None else ()
    return next((one.rate for one in known if one.name == metric.name), USUAL_RATE)


def _largest(metric: MetricRule, rate: float) -> float:
    """The harm that there can be: a rate cannot fall by more than all, a share not exceed one."""
    if metric.worse is Direction.LOWER:
        return 0.99 * (rate if metric.tolerance.absolute else 1.0)
    if metric.kind is Kind.RATIO:
        room = max(0.0, 1.0 - rate)
        return room if metric.tolerance.absolute else min(LARGEST_HARM, room / rate)
    return LARGEST_HARM


def _folded(comparison: Comparison, past: Past | None, windows: Iterator[Window]) -> Evidence:
    evidence = begin(comparison, past)
    for window in windows:
        evidence = fold(evidence, window)
    return evidence


def _windows(
    comparison: Comparison, metric: MetricRule, rate: float, harm: float
) -> Iterator[Window]:
    """An ideal rollout: no sample of any other metric, and the candidate's harmed by so much."""
    pods = tuple(
        Pod(f"{arm.value}-{number}", arm, -math.inf) for arm in Arm for number in range(PODS)
    )
    length = comparison.interval_seconds
    growths = {
        (part, pod): tuple(_growths(metric, part, rate, _factor(metric, rate, harm, pod)))
        for part in metric.inputs
        for pod in pods
    }

    def values(pod: Pod, growth: float, counts: Sequence[int]) -> tuple[float, ...]:
        if metric.kind is not Kind.SLOPE:
            return tuple(count * growth for count in counts)
        hourly = _hourly(metric, harm, pod) * length / 3600.0
        return tuple(1.0 + hourly * count for count in counts)

    for number in range(WINDOWS):
        counts = (number, number + 1) if number == 0 else (number + 1,)
        times = tuple(count * length for count in counts)
        series: dict[tuple[str, Part], tuple[Series, ...]] = {
            (metric.name, part): tuple(
                Series(pod.name, "", times, values(pod, growth, counts), edge)
                for pod in pods
                for edge, growth in growths[part, pod]
            )
            for part in metric.inputs
        }
        yield Window(number * length, (number + 1) * length, pods, series, {})


def _hourly(metric: MetricRule, harm: float, pod: Pod) -> float:
    """By how much of its level a pod's gauge grows an hour."""
    if pod.arm is Arm.BASELINE:
        return 0.0
    return harm if metric.worse is Direction.HIGHER else -harm


def _factor(metric: MetricRule, rate: float, harm: float, pod: Pod) -> float:
    """By what a pod's events, or the edges of its histogram, are multiplied."""
    if pod.arm is Arm.BASELINE:
        return 1.0
    relative = harm / rate if metric.tolerance.absolute else harm
    return 1.0 - relative if metric.worse is Direction.LOWER else 1.0 + relative


def _growths(metric: MetricRule, part: Part, rate: float, factor: float) -> Iterator[Growth]:
    """What a pod counts in a window, by bucket where there are buckets."""
    if part is Part.TOTAL:
        yield None, EVENTS / rate
    elif part is not Part.BUCKETS:
        yield None, EVENTS * factor
    else:
        yield from _buckets(1.0 - (metric.quantile or 0.0), factor)


def _buckets(slower: float, factor: float) -> Iterator[Growth]:
    """A long-tailed histogram whose quantile is `factor`."""
    requests = EVENTS / slower
    for step in range(-DOUBLINGS * BUCKETS_A_DOUBLING, DOUBLINGS * BUCKETS_A_DOUBLING + 1):
        edge = 2.0 ** (step / BUCKETS_A_DOUBLING)
        yield edge, requests * (1.0 - slower / (slower + (1.0 - slower) * edge / factor))
    yield math.inf, requests
