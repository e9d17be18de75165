"""Whether a policy's metrics are there for the pods that it governs, and whether they move.

Why: a metric that is absent, or is another pod's by its labels, is no data in each rollout.
Never here: which pods; why there are none (absence.py).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.samples import Part, Series
from controller.doctor.absence import absent
from controller.doctor.finding import Finding, bad, doubtful, good
from controller.engine.workload import Workload
from controller.openmetrics.labels import PodLabels
from controller.ports.metrics import Answer, MetricSource, PodReference, SampleRequest, Unanswered
from policies.model import MetricRule

METRIC, TRAFFIC = "metric", "traffic"
LOOK_BACK_SECONDS = 300.0
COUNTERS = (Part.TOTAL, Part.COUNT, Part.BUCKETS)

Answers = Mapping[Part, Answer]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a metric is looked for: the source, its labels for pods, one workload's pods, until
    a moment in unix seconds."""

    source: MetricSource
    labels: PodLabels
    workload: Workload
    until: float

    @property
    def pods(self) -> frozenset[PodReference]:
        """Those that serve."""
        serving = (pod for pod in self.workload.pods if pod.ready_at is not None)
        namespace = self.workload.key.namespace
        return frozenset(PodReference(namespace, pod.name) for pod in serving if not pod.leaving)


def metrics(place: Place, rules: Sequence[MetricRule]) -> Iterator[Finding]:
    """Every metric of a policy at one workload."""
    if not place.pods:
        mend = "see `kubectl describe` of its pods, then ask again"
        yield doubtful(METRIC, f"{place.workload.key} has no ready pod to look at", mend)
        return
    for rule in rules:
        yield from _metric(place, rule)


def _metric(place: Place, rule: MetricRule) -> Iterator[Finding]:
    start = place.until - LOOK_BACK_SECONDS
    asked = [
        SampleRequest(selector, part, start, place.until, place.pods)
        for part, selector in rule.inputs.items()
    ]
    answers = dict(zip(rule.inputs, place.source.read(asked), strict=True))
    title = f"{rule.name} of {place.workload.key}"
    troubles = [one.message for one in answers.values() if isinstance(one, Unanswered)]
    if troubles:
        yield bad(METRIC, f"{title}: {troubles[0]}", "mend what is said of the metrics source")
        return
    yield from _found(place, rule, title, answers)


def _found(place: Place, rule: MetricRule, title: str, answers: Answers) -> Iterator[Finding]:
    main = next(part for part in rule.inputs if part is not Part.BAD)
    series = _series(answers[main])
    if not series:
        why, mend = absent(place.source, place.labels, rule.inputs[main], place.pods, place.until)
        yield bad(METRIC, f"{title}: {why}", mend)
        return
    yield _covered(place, f"{title}: {rule.inputs[main]}", series)
    yield from _other_input(place, rule, title, answers)
    if main in COUNTERS:
        yield _moving(title, main, series)


def _series(answer: Answer) -> Sequence[Series]:
    return () if isinstance(answer, Unanswered) else answer.series


def _covered(place: Place, what: str, series: Sequence[Series]) -> Finding:
    seen, all_pods = {one.pod for one in series}, {pod.name for pod in place.pods}
    lacking = sorted(all_pods - seen)
    if not lacking:
        return good(METRIC, f"{what} has {len(series)} series of {len(seen)} pods")
    told = f"{what} has no series of {lacking[0]} ({len(lacking)} of {len(all_pods)} pods)"
    return doubtful(METRIC, told, "see whether these pods are scraped, or are new")


def _other_input(place: Place, rule: MetricRule, title: str, answers: Answers) -> Iterator[Finding]:
    """The bad events, where they are a metric of their own: of the same metric none may simply
    mean that nothing has failed."""
    selector = rule.inputs.get(Part.BAD)
    if selector is None or _series(answers[Part.BAD]) or rule.question().absent_is_zero:
        return
    why, mend = absent(place.source, place.labels, selector, place.pods, place.until)
    yield bad(METRIC, f"{title}: bad: {why}", mend)


def _moving(title: str, part: Part, series: Sequence[Series]) -> Finding:
    counted = sum(_growth(one) for one in series if _counts(part, one))
    minutes = LOOK_BACK_SECONDS / 60
    if counted > 0:
        return good(TRAFFIC, f"{title}: {counted:.0f} events in {minutes:.0f} minutes")
    told = f"{title}: nothing was counted in {minutes:.0f} minutes; a release would have no data"
    mend = "send traffic to it, ask again at a busier hour, or count something that happens"
    return bad(TRAFFIC, told, mend)


def _counts(part: Part, one: Series) -> bool:
    return part is not Part.BUCKETS or one.upper_edge == math.inf


def _growth(one: Series) -> float:
    """What a counter has counted; a fall is a restart."""
    return sum(max(0.0, b - a) for a, b in pairwise(one.values))
