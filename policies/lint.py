"""Warnings: what a policy may say, and probably should not.

Why: a policy without a mistake can still promise little, or nothing.
Never here: mistakes (shapes, checks, clashes), what this cluster's traffic can show.
"""

from collections.abc import Callable, Iterator

from analysis.question import Kind
from analysis.samples import Part
from policies.clashes import claim_of
from policies.durations import format_duration
from policies.freeze.lint import doubts as doubts_of_freeze
from policies.images.lint import doubts as doubts_of_images
from policies.load import Loaded
from policies.model import MetricRule, Policy
from policies.problems import Problem
from policies.selector import Selector

USUAL_SCRAPE_SECONDS = 15.0
FEWEST_WINDOWS, SLOPE_WINDOWS = 4, 16

Finding = tuple[str, str, str, str]


def lint(loaded: Loaded) -> tuple[Problem, ...]:
    """Every warning about the policies, sorted by place; their problems are not repeated."""
    return tuple(
        sorted(
            claim_of(policy, loaded.places[policy.source]).problem(*finding)
            for policy in loaded.policies
            for rule in _RULES
            for finding in rule(policy)
        )
    )


def _hold_off(policy: Policy) -> Iterator[Finding]:
    if policy.analysis.hold is None:
        yield (
            "spec.analysis.hold",
            "without a hold, before is compared with after",
            "then falseRollbackRate holds only while the traffic is steady",
            "write hold: 50%",
        )


def _short_interval(policy: Policy) -> Iterator[Finding]:
    interval = policy.analysis.interval_seconds
    if interval < USUAL_SCRAPE_SECONDS:
        yield (
            "spec.analysis.interval",
            f"windows of {format_duration(interval)}",
            f"few sources are scraped faster than every {format_duration(USUAL_SCRAPE_SECONDS)}",
            "write your scrape interval or more: a window without a sample shows nothing",
        )


def _short_limit(policy: Policy) -> Iterator[Finding]:
    analysis = policy.analysis
    left = analysis.limit_seconds - analysis.warm_up_seconds
    if left < FEWEST_WINDOWS * analysis.interval_seconds:
        yield (
            "spec.analysis.limit",
            f"after the warmup, the limit leaves {format_duration(left)} to compare",
            f"fewer than {FEWEST_WINDOWS} windows hardly show anything",
            "write a longer limit, or a shorter warmup or interval",
        )


def _slope_without_time(policy: Policy) -> Iterator[Finding]:
    analysis = policy.analysis
    windows = (analysis.limit_seconds - analysis.warm_up_seconds) / analysis.interval_seconds
    sloping = [metric.name for metric in policy.metrics if metric.kind is Kind.SLOPE]
    if sloping and windows < SLOPE_WINDOWS:
        yield (
            "spec.analysis.limit",
            f"{sloping[0]}: after the warmup, the limit leaves {windows:.0f} windows for a slope",
            f"a slope is first told after half of the time, and not from fewer than {SLOPE_WINDOWS}",
            "write a longer limit, or a shorter interval",
        )


def _claims_everything(policy: Policy) -> Iterator[Finding]:
    rule = policy.workloads
    if not rule.namespaces and not rule.selector.requirements:
        yield (
            "spec.workloads",
            "it governs every Deployment of every namespace",
            "system workloads are among them",
            "write namespaces or a selector",
        )


def _rolls_back_unproven(policy: Policy) -> Iterator[Finding]:
    if policy.on_inconclusive.action.value == "rollback":
        yield (
            "spec.onInconclusive.action",
            "a release is rolled back for lack of an answer",
            "falseRollbackRate does not cover these rollbacks",
            "write keep, or a longer limit",
        )


def _metrics(policy: Policy) -> Iterator[Finding]:
    for index, metric in enumerate(policy.metrics):
        for key, what, rule, instead in _of_metric(metric):
            yield (f"spec.metrics[{index}].{key}", f"{metric.name}: {what}", rule, instead)


def _of_metric(metric: MetricRule) -> Iterator[Finding]:
    yield from _no_tolerance(metric)
    match metric.kind:
        case Kind.GAUGE | Kind.SLOPE:
            yield from _counter_as_gauge(metric.inputs[Part.VALUE])
        case Kind.HISTOGRAM:
            yield from _no_buckets(metric.inputs[Part.BUCKETS])
        case Kind.RATE:
            yield from _no_counter("rate", metric.inputs[Part.COUNT])
        case Kind.RATIO:
            yield from _ratio(metric.inputs[Part.BAD], metric.inputs[Part.TOTAL])
        case Kind.COST:
            yield from _no_counter("cost.of", metric.inputs[Part.COUNT])
            yield from _no_counter("cost.per", metric.inputs[Part.TOTAL])


def _no_tolerance(metric: MetricRule) -> Iterator[Finding]:
    if metric.tolerance.amount == 0:
        yield (
            "tolerance",
            "a tolerance of zero",
            "the smallest harm is then worth a rollback, and Healthy can hardly ever be shown",
            "write the harm that you can live with, for instance 10%",
        )


def _counter_as_gauge(selector: Selector) -> Iterator[Finding]:
    if selector.metric.endswith(("_total", "_bucket", "_count", "_sum")):
        rule = "a gauge goes up and down, and this name is a counter's, which only grows"
        yield "gauge", f"{selector.metric} as a gauge", rule, "write rate:, ratio: or histogram:"


def _no_buckets(selector: Selector) -> Iterator[Finding]:
    if not selector.metric.endswith("_bucket"):
        rule = "a classic histogram's series end in _bucket"
        base = selector.metric.removesuffix("_sum").removesuffix("_count")
        yield "histogram", f"{selector.metric} has no buckets", rule, f"write {base}_bucket"
    if any(matcher.label == "le" for matcher in selector.matchers):
        rule = "a quantile needs all buckets"
        yield "histogram", "some buckets are left out", rule, "remove the matcher on le"


def _no_counter(key: str, selector: Selector) -> Iterator[Finding]:
    if not selector.metric.endswith(("_total", "_count", "_sum", "_bucket")):
        rule = "counters are usually called *_total"
        yield key, f"{selector.metric} as a counter", rule, "check that it only ever grows"


def _ratio(bad: Selector, total: Selector) -> Iterator[Finding]:
    if str(bad) == str(total):
        rule = "the share is always 100%"
        yield "ratio.bad", "bad and total are the same", rule, 'write for instance {code=~"5.."}'
    yield from _no_counter("ratio.bad", bad)
    yield from _no_counter("ratio.total", total)


_RULES: tuple[Callable[[Policy], Iterator[Finding]], ...] = (
    _hold_off,
    _short_interval,
    _short_limit,
    _slope_without_time,
    _claims_everything,
    _rolls_back_unproven,
    _metrics,
    doubts_of_images,
    doubts_of_freeze,
)
