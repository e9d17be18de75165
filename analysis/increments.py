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
    """What one pod showed of one metric in one window, warm-up cut off.

    `increments` are sums over the pod's series by part and bucket edge; `seconds` is the time
    that the differenced samples span; `values` are the plain samples (gauges); `parts` are
    those that had any sample, warming up or not.
    """

    pod: Pod
    parts: frozenset[Part]
    increments: Mapping[Part, Mapping[float | None, float]]
    seconds: float
    values: tuple[float, ...]


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
    fresh: dict[str, dict[SeriesId, list[Sample]]] = {}
    for part in parts:
        _collect(cursors, part, window.series.get((metric, part), ()), fresh)
    known = {name: series for name, series in fresh.items() if name in pods}
    readings = tuple(
        _read_pod(cursors, pods[name], known[name], patience) for name in sorted(known)
    )
    return _advance(cursors, known), readings


def _collect(
    cursors: Cursors,
    part: Part,
    many: Iterable[Series],
    fresh: dict[str, dict[SeriesId, list[Sample]]],
) -> None:
    """Sort the samples not yet read by pod and series; NaN and infinite ones are no samples."""
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
            _merge(fresh.setdefault(series.pod, {}), identity, samples)


def _merge(pod: dict[SeriesId, list[Sample]], identity: SeriesId, samples: list[Sample]) -> None:
    """Several reads of one window may each bring a piece of the same series."""
    if identity in pod:
        samples = sorted(dict(pod[identity] + samples).items())
    pod[identity] = samples


def _read_pod(
    cursors: Cursors, pod: Pod, fresh: dict[SeriesId, list[Sample]], patience: Patience
) -> Reading:
    warm_until = pod.ready_at + patience.warm_up
    born = _first_seen(cursors, pod.name, fresh) + patience.newcomer
    gains: dict[str, dict[float | None, float]] = {}
    for identity, samples in fresh.items():
        gain = _increment(cursors.series.get(identity), samples, warm_until, born)
        if gain is not None:
            by_edge = gains.setdefault(identity[0], {})
            by_edge[identity[3]] = by_edge.get(identity[3], 0.0) + gain
    values = tuple(
        value for samples in fresh.values() for time, value in samples if time > warm_until
    )
    parts = frozenset(Part(name) for name in {identity[0] for identity in fresh})
    increments = {Part(name): by_edge for name, by_edge in gains.items()}
    seconds = _seconds(cursors, pod.name, fresh, warm_until)
    return Reading(pod, parts, increments, seconds, values)


def _increment(
    last: Sample | None, samples: list[Sample], warm_until: float, born: float
) -> float | None:
    """The counter's gain over `samples`, None where there was nothing to difference."""
    if last is None and samples[0][0] >= born:
        last = (samples[0][0], 0.0)
    gain: float | None = None
    for time, value in samples:
        if last is not None and time > warm_until:
            before = last[1]
            gain = (gain or 0.0) + (value - before if value >= before else value)
        last = (time, value)
    return gain


def _first_seen(cursors: Cursors, pod: str, fresh: dict[SeriesId, list[Sample]]) -> float:
    first = cursors.first_seen.get(pod)
    return min(samples[0][0] for samples in fresh.values()) if first is None else first


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


def _advance(cursors: Cursors, fresh: Mapping[str, dict[SeriesId, list[Sample]]]) -> Cursors:
    series = dict(cursors.series)
    first, last = dict(cursors.first_seen), dict(cursors.last_seen)
    for pod, many in fresh.items():
        first.setdefault(pod, min(samples[0][0] for samples in many.values()))
        newest = max(samples[-1][0] for samples in many.values())
        last[pod] = max(newest, last.get(pod, newest))
        series.update((identity, samples[-1]) for identity, samples in many.items())
    return Cursors(series, first, last)
