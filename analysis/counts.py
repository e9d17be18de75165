"""One metric in one window as events and exposures, pod by pod.

Why: ratios, rates and histograms become the same table here, and all later methods read it.
Never here: raw samples of counters, or sums over windows.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.framing import counts_complement
from analysis.increments import Group, Reading
from analysis.question import Kind, Question
from analysis.samples import Arm, Part

Floats = NDArray[np.float64]

LEAST_EXPOSURE = 1e-6
"""Less than this many requests or seconds is a counter's rounding, not an exposure."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Pods in the order of their names, which are `names`.

    `candidate` (pods,) marks the candidate's pods; `events` (pods, edges) counts what is
    asked about (bad requests; events; requests slower than each edge), with one column where
    there are no edges; `exposure` (pods,) is requests or seconds, above zero.
    """

    names: tuple[str, ...]
    candidate: NDArray[np.bool_]
    events: Floats
    exposure: Floats


def count(question: Question, edges: tuple[float, ...], readings: Iterable[Reading]) -> Counts:
    """The pods that were exposed in this window; the others are left out."""
    rows = [
        (reading.pod, *row)
        for reading in readings
        if (row := _row(question, edges, reading)) is not None and row[1] > LEAST_EXPOSURE
    ]
    rows.sort(key=lambda row: row[0].name)
    return Counts(
        names=tuple(pod.name for pod, _, _ in rows),
        candidate=np.array([pod.arm is Arm.CANDIDATE for pod, _, _ in rows], dtype=np.bool_),
        events=np.array([events for _, events, _ in rows], dtype=np.float64).reshape(
            len(rows), max(len(edges), 1)
        ),
        exposure=np.array([exposure for _, _, exposure in rows], dtype=np.float64),
    )


def matched(
    owed: Mapping[Group, float], readings: Iterable[Reading]
) -> tuple[Mapping[Group, float], tuple[Reading, ...]]:
    """A ratio's readings, the bad events put beside the requests they belong to.

    Bad events of a pod and stratum without requests in the same window (one of two scrapes was
    lost) are owed to its next window with requests; never are more bad than there are requests.
    """
    kept, settled = dict(owed), []
    for reading in readings:
        group = reading.pod.name, reading.stratum
        bad = _plain(reading, Part.BAD) + kept.pop(group, 0.0)
        if _plain(reading, Part.TOTAL) > 0:
            increments = dict(reading.increments)
            increments[Part.BAD] = {None: bad}
            settled.append(replace(reading, increments=increments))
        elif bad > 0:
            kept[group] = bad
    return kept, tuple(settled)


def _plain(reading: Reading, part: Part) -> float:
    return reading.increments.get(part, {}).get(None, 0.0)


def _row(
    question: Question, edges: tuple[float, ...], reading: Reading
) -> tuple[list[float], float] | None:
    if question.kind is Kind.RATE:
        counted = Part.COUNT in reading.increments
        return ([_plain(reading, Part.COUNT)], reading.seconds) if counted else None
    if question.kind is Kind.HISTOGRAM:
        return _slower(edges, reading.increments.get(Part.BUCKETS, {}))
    total = _plain(reading, Part.TOTAL)
    bad = min(_plain(reading, Part.BAD), total)
    return [total - bad if counts_complement(question) else bad], total


def _slower(
    edges: tuple[float, ...], increments: Mapping[float | None, float]
) -> tuple[list[float], float] | None:
    """Requests slower than each edge; None where the pod lacks one of the edges, or the last
    bucket, without which nobody knows how many requests there were."""
    faster = [increments.get(edge) for edge in (*edges, math.inf)]
    known = [value for value in faster if value is not None]
    if not edges or len(known) < len(faster):
        return None
    total, known = max(known), known[:-1]
    # A reset that one bucket hides and another shows would break the order of the buckets.
    rising = np.maximum.accumulate(np.array(known))
    return [total - float(value) for value in rising], total


@dataclass(frozen=True, slots=True)
class Layouts:
    """The edges that all pods of an arm share, ascending, the last bucket's infinity among them;
    none while no pod of the arm has shown any."""

    baseline: tuple[float, ...] = ()
    candidate: tuple[float, ...] = ()

    @property
    def common(self) -> tuple[float, ...]:
        """The finite positive edges that both arms have."""
        shared = set(self.baseline) & set(self.candidate)
        return tuple(sorted(edge for edge in shared if 0.0 < edge < math.inf))


def layouts(readings: Iterable[Reading]) -> Layouts:
    """The buckets of both arms."""
    by_arm: dict[Arm, list[set[float]]] = {Arm.BASELINE: [], Arm.CANDIDATE: []}
    for reading in readings:
        buckets = reading.increments.get(Part.BUCKETS, {})
        edges = {edge for edge in buckets if edge is not None}
        if edges:
            by_arm[reading.pod.arm].append(edges)
    return Layouts(*(_shared(by_arm[arm]) for arm in (Arm.BASELINE, Arm.CANDIDATE)))


def _shared(many: Sequence[set[float]]) -> tuple[float, ...]:
    return tuple(sorted(set.intersection(*many))) if many else ()
