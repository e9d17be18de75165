"""Small worlds to judge: pods with counters, as a source would have sampled them.

Why: every law of the analysis is about samples in and a verdict out, so all tests make their
samples here.
Never here: assertions.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.accumulate import Evidence, begin, fold
from analysis.pod_model import Belief
from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part, Pod, Series, Window

SCRAPE = 15.0
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)

ERRORS = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.1))
LATENCY = Question("latency", Kind.HISTOGRAM, Direction.HIGHER, Tolerance(0.1), quantile=0.99)
MEMORY = Question("memory", Kind.GAUGE, Direction.HIGHER, Tolerance(0.1))
THROUGHPUT = Question("throughput", Kind.RATE, Direction.LOWER, Tolerance(0.1))


def comparison(
    *questions: Question,
    rate: float = 0.01,
    design: Design = Design.SIDE_BY_SIDE,
    warm_up: float = 0.0,
    limit: float = 1800.0,
) -> Comparison:
    """A comparison that starts at 0 with windows of one scrape."""
    return Comparison(questions, design, rate, 0.0, SCRAPE, limit, warm_up)


def pods(baseline: int, candidate: int, ready_at: float = -math.inf) -> tuple[Pod, ...]:
    """Pods old-0, old-1, ... and new-0, new-1, ..."""
    return tuple(
        Pod(f"{'old' if arm is Arm.BASELINE else 'new'}-{index}", arm, ready_at)
        for arm, count in ((Arm.BASELINE, baseline), (Arm.CANDIDATE, candidate))
        for index in range(count)
    )


@dataclass(frozen=True)
class Track:
    """A series sampled once a window: `values` (windows + 1,), the first at time 0."""

    metric: str
    part: Part
    pod: str
    values: Sequence[float]
    edge: float | None = None
    key: str = ""
    stratum: str = ""


def windows(
    group: tuple[Pod, ...], tracks: Sequence[Track], blind: Mapping[int, Mapping[str, str]] = {}
) -> list[Window]:
    """One window a scrape; the first also holds the sample at time 0."""
    count = max(len(track.values) for track in tracks) - 1
    return [
        Window(
            (number - 1) * SCRAPE,
            number * SCRAPE,
            group,
            _series(tracks, number, blind.get(number, {})),
            blind.get(number, {}),
        )
        for number in range(1, count + 1)
    ]


def _series(
    tracks: Sequence[Track], number: int, blind: Mapping[str, str]
) -> dict[tuple[str, Part], tuple[Series, ...]]:
    found: dict[tuple[str, Part], list[Series]] = {}
    for track in tracks:
        if track.metric in blind:
            continue
        rows = (0, 1) if number == 1 else (number,)
        kept = [(row * SCRAPE, float(track.values[row])) for row in rows]
        times, values = zip(*kept, strict=True)
        series = Series(track.pod, track.key, times, values, track.edge, track.stratum)
        found.setdefault((track.metric, track.part), []).append(series)
    return {key: tuple(many) for key, many in found.items()}


def folded(asked: Comparison, many: Sequence[Window]) -> Evidence:
    """The evidence after all windows."""
    evidence = begin(asked)
    for window in many:
        evidence = fold(evidence, window)
    return evidence


def alike(spread: float, rows: int = 1, burst: float = 1.0) -> Belief:
    """The belief that pods differ by `spread`, in so many rows."""
    return Belief(np.full(rows, spread), np.full(rows, burst), np.zeros(rows))


def rising(increments: NDArray[np.float64] | Sequence[float]) -> list[float]:
    """A counter that starts at 0 and grows by these increments."""
    return [0.0, *np.cumsum(np.asarray(increments, dtype=float)).tolist()]


def ratio_tracks(
    metric: str, pod: str, bad: Sequence[float], total: Sequence[float], stratum: str = ""
) -> list[Track]:
    """Both counters of a ratio."""
    return [
        Track(metric, Part.BAD, pod, rising(bad), key=f"bad{stratum}", stratum=stratum),
        Track(metric, Part.TOTAL, pod, rising(total), key=f"total{stratum}", stratum=stratum),
    ]


def histogram_tracks(metric: str, pod: str, buckets: NDArray[np.float64]) -> list[Track]:
    """Cumulative buckets; `buckets` (windows, edges) are increments per single bucket."""
    cumulative = np.cumsum(buckets, axis=1)
    return [
        Track(metric, Part.BUCKETS, pod, rising(cumulative[:, at]), edge=edge, key=f"le{edge}")
        for at, edge in enumerate(EDGES)
    ]
