"""Turns raw samples into what happened in a window, series by series and pod by pod.

Why: counters reset, scrapes go missing and series appear late; whoever differences
carelessly loses errors or invents them, and no statistics afterwards can tell.
Never here: sums over pods, expectations, or anything that knows which pods are compared.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from analysis.samples import Part, Pod, Series, Window

SeriesId = tuple[str, str, str, float | None]
"""The part's name (an enum hashes slowly), the pod, the key and the bucket's edge."""

Group = tuple[str, str]
"""A pod's name and a stratum."""

Sample = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cursors:
    """How far each series of one metric has been read.

    `series` holds the last (unix seconds, value) by series; `first_seen` and `last_seen`
    the first and last sample time of any series of a pod.
    """

    series: Mapping[SeriesId, Sample] = field(default_factory=dict)
    first_seen: Mapping[str, float] = field(default_factory=dict)
    last_seen: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pod showed of one metric in one window and stratum, warm-up cut off.

    `increments` are sums over the pod's series by part and bucket edge; `seconds` is the time
    that the differenced samples span; `values` are the plain samples (gauges); `parts` are
    those that had any sample, warming up or not.
    """

    pod: Pod
    parts: frozenset[Part]
    increments: Mapping[Part, Mapping[float | None, float]]
    seconds: float
    values: tuple[float, ...]
    stratum: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a pod warms up, and how much later than its siblings a series must first
    appear to be taken as one that stood at zero until then (both seconds)."""

    warm_up: float
    newcomer: float


def read(
    cursors: Cursors, window: Window, metric: str, parts: Iterable[Part], patience: Patience
) -> tuple[Cursors, tuple[Reading, ...]]:
    """Difference one metric's samples in `window` against the cursors."""
    pods = {pod.name: pod for pod in window.pods}
    fresh: dict[Group, dict[SeriesId, list[Sample]]] = {}
    for part in parts:
        _collect(cursors, part, window.series.get((metric, part), ()), fresh)
    known = {group: series for group, series in fresh.items() if group[0] in pods}
    grown = _advance(cursors, known)
    readings = tuple(
        _read_group(cursors, group, known[group], _beginning(pods[group[0]], patience, grown))
        for group in sorted(known)
    )
    return grown, readings


def _collect(
    cursors: Cursors,
    part: Part,
    many: Iterable[Series],
    fresh: dict[Group, dict[SeriesId, list[Sample]]],
) -> None:
    """Sort the samples not yet read by pod, stratum and series; NaN and infinite ones are no samples."""
    name = part.value
    for series in many:
        identity = (name, series.pod, series.key, series.upper_edge)
        last = cursors.series.get(identity)
        after = -math.inf if last is None else last[0]
        samples = [
            (time, value)
            for time, value in zip(series.times, series.values, strict=True)
            if time > after and math.isfinite(value)
        ]
        if samples:
            _merge(fresh.setdefault((series.pod, series.stratum), {}), identity, samples)


def _merge(group: dict[SeriesId, list[Sample]], identity: SeriesId, samples: list[Sample]) -> None:
    """Several reads of one window may each bring a piece of the same series."""
    if identity in group:
        samples = sorted(dict(group[identity] + samples).items())
    group[identity] = samples


@dataclass(frozen=True, slots=True)
class _Beginning:
    """Until when the pod warms up, and from when on a series of it that is new stood at zero."""

    pod: Pod
    warm_until: float
    born: float


def _beginning(pod: Pod, patience: Patience, grown: Cursors) -> _Beginning:
    born = grown.first_seen[pod.name] + patience.newcomer
    return _Beginning(pod, pod.ready_at + patience.warm_up, born)


def _read_group(
    cursors: Cursors, group: Group, fresh: dict[SeriesId, list[Sample]], since: _Beginning
) -> Reading:
    gains: dict[str, dict[float | None, float]] = {}
    for identity, samples in fresh.items():
        gain = _increment(cursors.series.get(identity), samples, since)
        if gain is not None:
            by_edge = gains.setdefault(identity[0], {})
            by_edge[identity[3]] = by_edge.get(identity[3], 0.0) + gain
    values = tuple(
        value for samples in fresh.values() for time, value in samples if time > since.warm_until
    )
    parts = frozenset(Part(name) for name in {identity[0] for identity in fresh})
    increments = {Part(name): by_edge for name, by_edge in gains.items()}
    seconds = _seconds(cursors, group[0], fresh, since.warm_until)
    return Reading(since.pod, parts, increments, seconds, values, group[1])


def _increment(last: Sample | None, samples: list[Sample], since: _Beginning) -> float | None:
    """The counter's gain over `samples`, None where there was nothing to difference."""
    if last is None and samples[0][0] >= since.born:
        last = (samples[0][0], 0.0)
    gain: float | None = None
    for time, value in samples:
        if last is not None and time > since.warm_until:
            before = last[1]
            gain = (gain or 0.0) + (value - before if value >= before else value)
        last = (time, value)
    return gain


def _seconds(
    cursors: Cursors, pod: str, fresh: dict[SeriesId, list[Sample]], warm_until: float
) -> float:
    """Seconds between the sample differenced first and the last one, of any series."""
    times = {time for samples in fresh.values() for time, _ in samples}
    if pod in cursors.last_seen:
        times.add(cursors.last_seen[pod])
    warming = [time for time in times if time <= warm_until]
    base = max(warming) if warming else min(times)
    return max(times) - base


def _advance(cursors: Cursors, fresh: Mapping[Group, dict[SeriesId, list[Sample]]]) -> Cursors:
    series = dict(cursors.series)
    first, last = dict(cursors.first_seen), dict(cursors.last_seen)
    for (pod, _), many in fresh.items():
        oldest = min(samples[0][0] for samples in many.values())
        if pod not in cursors.first_seen:
            first[pod] = min(oldest, first.get(pod, oldest))
        newest = max(samples[-1][0] for samples in many.values())
        last[pod] = max(newest, last.get(pod, newest))
        series.update((identity, samples[-1]) for identity, samples in many.items())
    return Cursors(series, first, last)
