"""Rules between the keys of one policy.

Why: each value can be right alone and the policy still ask for nonsense.
Never here: rules of one value (grammar, shapes), rules between policies (clashes).
"""

from typing import Any

from analysis.question import Direction
from policies import grammar
from policies.durations import format_duration
from policies.freeze import grammar as freeze_grammar
from policies.freeze.checks import check_freeze
from policies.images import grammar as images_grammar
from policies.images.checks import check_images
from policies.labels import LabelOperator
from policies.model import Measure
from policies.problems import quote
from policies.tables import Field, Row

KIND_FIELDS = (grammar.RATIO, grammar.RATE, grammar.HISTOGRAM, grammar.GAUGE, grammar.COST)
_KINDS = ", ".join(known.key for known in KIND_FIELDS)
_OWNED: tuple[tuple[Field[Any], Field[Any], str], ...] = (
    (grammar.QUANTILE, grammar.HISTOGRAM, "only a histogram has quantiles"),
    (grammar.MEASURE, grammar.GAUGE, "only a gauge has a slope"),
)


NO_STRATA = frozenset({"pod", "instance", "namespace", "le", "__name__", "version", "image"})


def check_policy(policy: Row) -> None:
    """Notes every broken rule between the keys that could be read."""
    spec = policy.get(grammar.SPEC)
    if spec is None:
        return
    _check_analysis(spec.get(grammar.ANALYSIS))
    _check_workloads(spec.get(grammar.WORKLOADS))
    _check_metrics(spec)
    _check_images(spec)
    check_freeze(spec.get(freeze_grammar.FREEZE) or ())


def _check_images(spec: Row) -> None:
    regressed = spec.get(grammar.ON_REGRESSED)
    unquarantined = (
        regressed is not None and regressed.complete and regressed.get(grammar.QUARANTINE) is None
    )
    images = spec.get(images_grammar.IMAGES) or ()
    check_images(images, spec.get(images_grammar.ENVIRONMENT), quarantines=not unquarantined)


def _check_analysis(analysis: Row | None) -> None:
    if analysis is None:
        return
    for shorter in (grammar.INTERVAL, grammar.WARM_UP, grammar.STARTUP_DEADLINE):
        _check_shorter(analysis, shorter, grammar.LIMIT)


def _check_shorter(row: Row, shorter: Field[float], longer: Field[float]) -> None:
    short, long = row.get(shorter), row.get(longer)
    if short is None or long is None or short < long:
        return
    blamed = shorter if row.states(shorter) else longer
    row.note(
        blamed,
        f"{shorter.key} is {format_duration(short)} and {longer.key} {format_duration(long)}",
        f"{shorter.key} is shorter than {longer.key}",
        f"write a shorter {shorter.key} or a longer {longer.key}",
    )


def _check_workloads(workloads: Row | None) -> None:
    selector = workloads.get(grammar.SELECTOR) if workloads else None
    expressions = (selector.get(grammar.MATCH_EXPRESSIONS) if selector else None) or ()
    for expression in expressions:
        _check_values(expression)


def _check_values(expression: Row) -> None:
    operator, values = expression.get(grammar.LABEL_OPERATOR), expression.get(grammar.LABEL_VALUES)
    if operator is None or values is None or not expression.complete:
        return
    listing = operator in (LabelOperator.IN, LabelOperator.NOT_IN)
    if listing and not values:
        what, instead = "no values to compare with", "write values: [web]"
    elif not listing and values:
        what, instead = "values that are never compared with", "remove values"
    else:
        return
    rule = "In and NotIn have values, Exists and DoesNotExist have none"
    expression.note(grammar.LABEL_VALUES, what, rule, instead)


def _check_metrics(spec: Row) -> None:
    if not spec.states(grammar.METRICS) and not spec.states(grammar.PRESET):
        rule = "a policy compares at least one metric"
        instead = f"write metrics, or preset: {' | '.join(grammar.PRESETS)}"
        spec.note(grammar.METRICS, "no metrics", rule, instead)
    metrics = spec.get(grammar.METRICS) or ()
    for metric in metrics:
        _check_kind(metric)
        _check_direction(metric)
        _check_tolerance(metric)
        _check_slope(metric)
        _check_strata(metric)
    _check_unique(metrics)


def _check_unique(metrics: tuple[Row, ...]) -> None:
    seen: dict[str, Row] = {}
    for metric in metrics:
        name = metric.get(grammar.METRIC_NAME)
        if name is None:
            continue
        if name in seen:
            line = seen[name].place_of(grammar.METRIC_NAME).line
            what = f"a second metric {quote(name)}, after line {line}"
            rule = "names are unique within a policy"
            metric.note(grammar.METRIC_NAME, what, rule, "write another name")
        seen.setdefault(name, metric)


def _check_kind(metric: Row) -> None:
    stated = [known.key for known in KIND_FIELDS if metric.states(known)]
    if len(stated) != 1:
        what = f"it has {' and '.join(stated)}" if stated else "it has no input"
        rule = f"a metric has exactly one of {_KINDS}"
        metric.note(grammar.METRIC_NAME, what, rule, "write one of them")
        return
    for key, owner, rule in _OWNED:
        if metric.states(key) and stated != [owner.key]:
            metric.note(key, f"a {key.key} of a {stated[0]}", rule, "remove it")


def _check_direction(metric: Row) -> None:
    needed = metric.states(grammar.RATE) or metric.states(grammar.GAUGE)
    if needed and not metric.states(grammar.WORSE):
        rule = "a rate or a gauge does not tell which way harm lies"
        instead = "write worse: higher or worse: lower"
        metric.note(grammar.WORSE, "worse is missing", rule, instead)


def _check_strata(metric: Row) -> None:
    """Only shares of requests have strata, and no label that tells pods or buckets apart makes one."""
    if not metric.states(grammar.STRATIFY_BY):
        return
    if not (metric.states(grammar.RATIO) or metric.states(grammar.HISTOGRAM)):
        rule = "only a ratio or a histogram is a share of requests, which have routes"
        metric.note(grammar.STRATIFY_BY, "strata where no requests are", rule, "remove it")
    for label in metric.get(grammar.STRATIFY_BY) or ():
        if label in NO_STRATA:
            what = f"{quote(label)} makes no strata"
            rule = (
                f"no pod and no bucket is compared with itself: not {', '.join(sorted(NO_STRATA))}"
            )
            metric.note(grammar.STRATIFY_BY, what, rule, "write a label that both versions have")


def _check_slope(metric: Row) -> None:
    """A slope's tolerance is an hour's, and no other's is."""
    measure, tolerance = metric.get(grammar.MEASURE), metric.get(grammar.TOLERANCE)
    slope = metric.states(grammar.GAUGE) and measure is Measure.SLOPE
    if measure is None or tolerance is None or tolerance.hourly is slope:
        return
    if slope:
        stated = metric.states(grammar.TOLERANCE)
        what = "a slope's tolerance without its hour" if stated else "tolerance is missing"
        rule = "a slope is tolerated up to a share of the level an hour"
        metric.note(grammar.TOLERANCE, what, rule, "write for instance 5%/h")
    else:
        rule = "only a slope is measured by the hour"
        instead = "write for instance 10%, or measure: slope beside a gauge"
        metric.note(grammar.TOLERANCE, "%/h where no slope is measured", rule, instead)


def _check_tolerance(metric: Row) -> None:
    tolerance = metric.get(grammar.TOLERANCE)
    if tolerance is None or not metric.states(grammar.TOLERANCE):
        return
    if tolerance.absolute and not metric.states(grammar.RATIO):
        what = "percentage points where there is no ratio"
        metric.note(grammar.TOLERANCE, what, "only a ratio has pp", "write for instance 10%")
    elif tolerance.absolute and tolerance.amount >= 1:
        rule = "a ratio moves by less than 100pp"
        metric.note(grammar.TOLERANCE, "a tolerance never exceeded", rule, "write 0.5pp")
    elif tolerance.hourly:
        return
    elif metric.get(grammar.WORSE) is Direction.LOWER and tolerance.amount >= 1:
        rule = "a value falls by less than 100%"
        metric.note(grammar.TOLERANCE, "a tolerance never exceeded", rule, "write for instance 10%")
