"""The same engine on samples of the past.

Why: before a policy is trusted with production it can be tried on what was recorded.
Never here: another engine, or how a file is read.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from analysis.accumulate import Evidence, begin, fold, judge
from analysis.past import Past
from analysis.question import Design
from analysis.samples import Arm, Part, Pod, Series, Window
from analysis.verdict import Judgement, Verdict
from controller.ports.metrics import MetricSource, SampleRequest, Unanswered
from controller.ports.trail import Step, steps_of
from controller.windows import closed_edges, dealt, shifted
from policies.model import Policy
from policies.selector import Matcher

LOOK_BACK_INTERVALS = 2

ByInput = dict[tuple[str, Part, Arm], tuple[Series, ...]]
Look = tuple[float, tuple[Step, ...]]


class UnreadableError(Exception):
    """The source could not answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, unix seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Analysis:
    """What came of it. `began_at` (unix seconds) is where the recording begins, `compared_from`
    to `compared_until` what was compared; `design` says whether the two sides were seen at the
    same time; `trail` is what each window made of each metric; `absent` are the inputs, by metric,
    part and side, of which there is no series."""

    judgement: Judgement
    began_at: float
    compared_from: float
    compared_until: float
    design: Design
    trail: tuple[Step, ...]
    absent: frozenset[tuple[str, Part, Arm]]


def analyze(
    source: MetricSource,
    span: Span,
    policy: Policy,
    matchers: dict[Arm, tuple[Matcher, ...]],
    past: Past | None = None,
) -> Analysis:
    """Folds the whole span, or as much of it as the policy's limit allows, and judges, with what
    is known of the service's past; stops where the service would have acted on a regression.
    Raises UnreadableError."""
    series = _read(source, span, policy, matchers)
    spans = {arm: _span_of(series, arm) for arm in Arm}
    design, shift = _design(spans)
    comparison = policy.comparison(design, (spans[Arm.CANDIDATE] or span).start)
    pods = _pods(series, span.start + comparison.interval_seconds)
    moved = {
        key: shifted(found, shift) if key[2] is Arm.BASELINE else found
        for key, found in series.items()
    }
    judgement, looks = _judged(begin(comparison, past), moved, pods, span.end)
    return Analysis(
        judgement=judgement,
        began_at=span.start,
        compared_from=comparison.started_at,
        compared_until=max([comparison.started_at, *(at for at, _ in looks)]),
        design=design,
        trail=tuple(step for _, steps in looks for step in steps),
        absent=frozenset(key for key, found in series.items() if not found),
    )


def _read(
    source: MetricSource,
    span: Span,
    policy: Policy,
    matchers: dict[Arm, tuple[Matcher, ...]],
) -> ByInput:
    keys = [(m, part, arm) for m in policy.metrics for part in m.inputs for arm in Arm]
    requests = [
        SampleRequest(
            metric.inputs[part],
            part,
            span.start - 1,
            span.end,
            matchers=matchers[arm],
            stratify_by=metric.stratify_by,
        )
        for metric, part, arm in keys
    ]
    found: ByInput = {}
    for (metric, part, arm), answer in zip(keys, source.read(requests), strict=True):
        if isinstance(answer, Unanswered):
            raise UnreadableError(answer.message)
        found[metric.name, part, arm] = answer.series
    return found


def _span_of(series: ByInput, arm: Arm) -> Span | None:
    times = [s.times for (_, _, of), many in series.items() if of is arm for s in many if s.times]
    if not times:
        return None
    return Span(min(t[0] for t in times), max(t[-1] for t in times))


def _design(spans: dict[Arm, Span | None]) -> tuple[Design, float]:
    """Sides that never overlap are compared before with after, the baseline moved so that
    both begin at once."""
    old, new = spans[Arm.BASELINE], spans[Arm.CANDIDATE]
    if old is None or new is None or (old.start < new.end and new.start < old.end):
        return Design.SIDE_BY_SIDE, 0.0
    return Design.BEFORE_AFTER, new.start - old.start


def _pods(series: ByInput, warm_until: float) -> tuple[Pod, ...]:
    """Every pod. One that shows within the first interval was there when the recording began,
    since scrapes of pods do not fall together: it is taken as warm."""
    first: dict[tuple[str, Arm], float] = {}
    for (_, _, arm), many in series.items():
        for one in many:
            if one.times:
                name = (one.pod, arm)
                first[name] = min(first.get(name, math.inf), one.times[0])
    return tuple(
        Pod(name, arm, -math.inf if at <= warm_until else at)
        for (name, arm), at in sorted(first.items(), key=lambda item: item[0][0])
    )


def _judged(
    evidence: Evidence, series: ByInput, pods: tuple[Pod, ...], until: float
) -> tuple[Judgement, list[Look]]:
    """The last judgement, and what every window on the way to it made of each metric."""
    comparison, looks = evidence.comparison, []
    interval, origin = comparison.interval_seconds, comparison.started_at
    # The last window may be cut short: what was recorded counts.
    until = min(until + interval, origin + comparison.limit_seconds)
    edges = closed_edges(origin, interval, origin, until)
    judgement = judge(evidence)
    for window in _windows(series, pods, edges, interval):
        evidence = fold(evidence, window)
        judgement = judge(evidence)
        looks.append((window.end, steps_of(judgement, window.end)))
        if judgement.verdict is Verdict.REGRESSED:
            break
    return judgement, looks


def _windows(
    series: ByInput, pods: tuple[Pod, ...], edges: Sequence[float], interval: float
) -> Iterable[Window]:
    if len(edges) < 2:
        return
    cuts = (edges[0] - LOOK_BACK_INTERVALS * interval, *edges[1:])
    parts: dict[tuple[str, Part], list[tuple[Series, ...]]] = {}
    for (name, part, _), found in series.items():
        pieces = dealt(found, cuts)
        known = parts.get((name, part))
        parts[name, part] = (
            [a + b for a, b in zip(known, pieces, strict=True)] if known else list(pieces)
        )
    for index, (start, end) in enumerate(pairwise(edges)):
        yield Window(start, end, pods, {key: p[index] for key, p in parts.items()}, {})
