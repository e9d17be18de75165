"""Deals the rows of one answer out to the requests that asked for them.

Why: a merged answer holds more pods and more time than any one request asked for.
Never here: sending, planning.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from analysis.samples import Part, Series
from controller.adapters.prometheus.answer import Row
from controller.adapters.prometheus.faults import malformed
from controller.adapters.prometheus.plan import Numbered, Query
from controller.openmetrics.labels import PodLabels, stratum
from controller.ports.metrics import PodReference

Dealt = list[tuple[int, Series]]
"""A request's number and one series of its answer."""


def deal(rows: Iterable[Row], query: Query, labels: PodLabels) -> Dealt:
    """Every series for every request that means it. Raises QueryError."""
    asking = _by_pod(query)
    dealt: Dealt = []
    for row in rows:
        pod = labels.pod_of(row.metric)
        wanted = asking.get(pod, ()) if query.pods else query.requests
        if wanted and row.values:
            dealt.extend(_shares(row, pod, wanted, labels))
    return dealt


def _by_pod(query: Query) -> dict[PodReference, list[Numbered]]:
    here = set(query.pods)
    asking: dict[PodReference, list[Numbered]] = {}
    for numbered in query.requests:
        for pod in here & (numbered[1].pods or frozenset()):
            asking.setdefault(pod, []).append(numbered)
    return asking


def _shares(
    row: Row, pod: PodReference, wanted: Sequence[Numbered], labels: PodLabels
) -> Iterable[tuple[int, Series]]:
    times, values = _columns(row)
    identities: dict[Part, tuple[str, float | None]] = {}
    for number, request in wanted:
        low, high = bisect_right(times, request.start), bisect_right(times, request.end)
        if low == high:
            continue
        if request.part not in identities:
            identities[request.part] = labels.identity(row.metric, request.part)
        key, edge = identities[request.part]
        within = stratum(row.metric, request.stratify_by)
        yield number, Series(pod.name, key, times[low:high], values[low:high], edge, within)


def _columns(row: Row) -> tuple[tuple[float, ...], tuple[float, ...]]:
    times, texts = zip(*_each_time_once(row.values), strict=True)
    try:
        return times, tuple(map(float, texts))
    except ValueError as error:
        raise malformed("a value that is no number") from error


def _each_time_once(samples: Sequence[tuple[float, str]]) -> Sequence[tuple[float, str]]:
    """VictoriaMetrics keeps a sample as often as it was told it, where pages name the times of their
    samples. The first stays, as in recordings."""
    if len({at for at, _ in samples}) == len(samples):
        return samples
    return sorted(dict(reversed(samples)).items())
