"""Raw samples in memory, by metric, pod and series.

Why: whatever was scraped or recorded is asked for in the same way, and 16 bytes a sample let
a sidecar remember a whole rollout.
Never here: where samples come from, how long they are kept.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from analysis.samples import Series
from controller.openmetrics.labels import PodLabels, spelled, stratum
from controller.ports.metrics import PodReference, SampleRequest


class Column:
    """The samples of one series; times in unix seconds."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = labels
        self._times = array("d")
        self._values = array("d")
        self._ordered = True

    def append(self, time: float, value: float) -> None:
        """Adds one sample, in any order."""
        if self._times and time <= self._times[-1]:
            self._ordered = False
        self._times.append(time)
        self._values.append(value)

    def _order(self) -> None:
        """Sorts by time; of samples with the same time the first one given stays."""
        if not self._ordered:
            pairs = zip(reversed(self._times), reversed(self._values), strict=True)
            ordered = sorted(dict(pairs).items())
            self._times = array("d", (time for time, _ in ordered))
            self._values = array("d", (value for _, value in ordered))
            self._ordered = True

    def span(self) -> tuple[float, float]:
        """The first and the last time."""
        self._order()
        return self._times[0], self._times[-1]

    def within(self, start: float, end: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Times and values of (start, end]."""
        self._order()
        low, high = bisect_right(self._times, start), bisect_right(self._times, end)
        return tuple(self._times[low:high]), tuple(self._values[low:high])

    def forget(self, until: float) -> bool:
        """Drops what is not after `until`; whether anything is left."""
        self._order()
        cut = bisect_right(self._times, until)
        if cut:
            del self._times[:cut], self._values[:cut]
        return bool(self._times)

    def __len__(self) -> int:
        return len(self._times)


class SampleTable:
    """All columns, found by metric and pod."""

    def __init__(self, pod_labels: PodLabels) -> None:
        self._pod_labels = pod_labels
        self._columns: dict[str, dict[PodReference, dict[str, Column]]] = {}

    def column(self, metric: str, labels: Mapping[str, str]) -> Column:
        """The column of a series, a new empty one when it has none yet."""
        pods = self._columns.setdefault(metric, {})
        columns = pods.setdefault(self._pod_labels.pod_of(labels), {})
        return columns.setdefault(spelled(labels), Column(labels))

    def columns(self) -> Iterator[tuple[str, Column]]:
        """Every column with its metric."""
        for metric, pods in self._columns.items():
            for columns in pods.values():
                for column in columns.values():
                    yield metric, column

    def forget(self, until: float) -> None:
        """Drops every sample that is not after `until`, and what is empty then."""
        for metric in list(self._columns):
            pods = self._columns[metric]
            for pod in list(pods):
                pods[pod] = {k: column for k, column in pods[pod].items() if column.forget(until)}
                if not pods[pod]:
                    del pods[pod]
            if not pods:
                del self._columns[metric]

    def read(self, request: SampleRequest) -> tuple[Series, ...]:
        """The series that the request means, with samples in its range."""
        wanted = self._meant(request)
        series = (self._series(pod, column, request) for pod, column in wanted)
        return tuple(one for one in series if one.times)

    def _meant(self, request: SampleRequest) -> Iterable[tuple[PodReference, Column]]:
        by_pod = self._columns.get(request.selector.metric, {})
        pods = _asked(request, by_pod.keys())
        selector = request.selector.narrowed(*request.matchers)
        for pod in sorted(pods, key=lambda pod: (pod.namespace, pod.name)):
            for column in by_pod[pod].values():
                if selector.matches(column.labels):
                    yield pod, column

    def _series(self, pod: PodReference, column: Column, request: SampleRequest) -> Series:
        key, edge = self._pod_labels.identity(column.labels, request.part)
        times, values = column.within(request.start, request.end)
        within = stratum(column.labels, request.stratify_by)
        return Series(pod.name, key, times, values, edge, within)


def _asked(request: SampleRequest, known: AbstractSet[PodReference]) -> AbstractSet[PodReference]:
    if request.pods is not None:
        return request.pods & known
    if request.family is None:
        return known
    return set(filter(request.family.includes, known))
