"""From the rows of one policy to the domain model.

Why: past here nothing knows what a key was called or where it stood.
Never here: checks (a row that comes here is complete), defaults.
"""

from collections.abc import Mapping

from analysis.question import Direction, Kind
from analysis.samples import Part
from policies import grammar
from policies.freeze import grammar as freeze_grammar
from policies.freeze.build import build_window
from policies.images import grammar as images_grammar
from policies.images.build import build_image
from policies.model import (
    AnalysisRule,
    HealthyRule,
    InconclusiveRule,
    LabelRequirement,
    LabelSelector,
    Measure,
    MetricRule,
    NoDataRule,
    Policy,
    RegressedRule,
    SourcePlace,
    WorkloadRule,
)
from policies.selector import Selector
from policies.tables import Row


def build_policy(row: Row, file: str) -> Policy:
    """The policy of a complete row."""
    spec = row[grammar.SPEC]
    return Policy(
        name=row[grammar.HEAD][grammar.NAME],
        source=SourcePlace(file, row.place.line),
        workloads=build_workloads(spec[grammar.WORKLOADS]),
        analysis=_analysis(spec[grammar.ANALYSIS]),
        metrics=tuple(_metric(metric) for metric in spec[grammar.METRICS]),
        on_regressed=_regressed(spec[grammar.ON_REGRESSED]),
        on_healthy=HealthyRule(spec[grammar.ON_HEALTHY][grammar.HEALTHY_ACTION]),
        on_inconclusive=InconclusiveRule(
            spec[grammar.ON_INCONCLUSIVE][grammar.INCONCLUSIVE_ACTION]
        ),
        on_no_data=NoDataRule(spec[grammar.ON_NO_DATA][grammar.NO_DATA_ACTION]),
        environment=spec.get(images_grammar.ENVIRONMENT),
        images=tuple(map(build_image, spec[images_grammar.IMAGES])),
        freeze=tuple(map(build_window, spec[freeze_grammar.FREEZE])),
    )


def build_workloads(row: Row) -> WorkloadRule:
    """The workloads of a complete row."""
    selector = row[grammar.SELECTOR]
    return WorkloadRule(
        namespaces=row[grammar.NAMESPACES],
        kinds=row[grammar.WORKLOAD_KINDS],
        selector=LabelSelector(
            match_labels=selector[grammar.MATCH_LABELS],
            match_expressions=tuple(map(_requirement, selector[grammar.MATCH_EXPRESSIONS])),
        ),
    )


def _requirement(row: Row) -> LabelRequirement:
    values = frozenset(row[grammar.LABEL_VALUES])
    return LabelRequirement(row[grammar.LABEL], row[grammar.LABEL_OPERATOR], values)


def _analysis(row: Row) -> AnalysisRule:
    return AnalysisRule(
        warm_up_seconds=row[grammar.WARM_UP],
        interval_seconds=row[grammar.INTERVAL],
        limit_seconds=row[grammar.LIMIT],
        hold=row[grammar.HOLD],
        false_rollback_rate=row[grammar.FALSE_ROLLBACK_RATE],
        startup_deadline_seconds=row[grammar.STARTUP_DEADLINE],
    )


def _metric(row: Row) -> MetricRule:
    kind = _kind(row)
    return MetricRule(
        name=row[grammar.METRIC_NAME],
        kind=kind,
        inputs=_inputs(row, kind),
        worse=row.get(grammar.WORSE) or Direction.HIGHER,
        tolerance=row[grammar.TOLERANCE],
        quantile=row[grammar.QUANTILE] if kind is Kind.HISTOGRAM else None,
        stratify_by=row[grammar.STRATIFY_BY],
    )


def _kind(row: Row) -> Kind:
    if row.states(grammar.GAUGE) and row[grammar.MEASURE] is Measure.SLOPE:
        return Kind.SLOPE
    return next(kind for kind in Kind if kind.value in row.values)


def _inputs(row: Row, kind: Kind) -> Mapping[Part, Selector]:
    match kind:
        case Kind.RATIO:
            ratio = row[grammar.RATIO]
            return {Part.BAD: ratio[grammar.BAD], Part.TOTAL: ratio[grammar.TOTAL]}
        case Kind.RATE:
            return {Part.COUNT: row[grammar.RATE]}
        case Kind.HISTOGRAM:
            return {Part.BUCKETS: row[grammar.HISTOGRAM]}
        case Kind.GAUGE | Kind.SLOPE:
            return {Part.VALUE: row[grammar.GAUGE]}
        case Kind.COST:
            cost = row[grammar.COST]
            return {Part.COUNT: cost[grammar.OF], Part.TOTAL: cost[grammar.PER]}


def _regressed(row: Row) -> RegressedRule:
    return RegressedRule(
        action=row[grammar.REGRESSED_ACTION],
        scope=row[grammar.SCOPE],
        quarantine_seconds=row[grammar.QUARANTINE],
    )
