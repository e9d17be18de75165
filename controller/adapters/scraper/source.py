"""The metric source that is a scraper of our own.

Why: it looks at every pod at the same pace and remembers just long enough for a rollout.
Never here: finding pods, fetching one page, the form of the record.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from controller.adapters.scraper.page import PageError, PageLimits, Pages, ScrapeTarget
from controller.adapters.scraper.recorder import Recorder, Sample
from controller.openmetrics.labels import PodLabels
from controller.openmetrics.table import SampleTable
from controller.ports.metrics import (
    Answer,
    PodReference,
    SampleRequest,
    Samples,
    Trouble,
    Unanswered,
)


@dataclass(frozen=True, slots=True)
class ScrapeSettings:
    """How much is scraped at once and kept; all samples older than `retention_seconds` go."""

    retention_seconds: float = 3_600.0
    most_series_of_a_pod: int = 5_000
    most_pages_at_once: int = 32
    page: PageLimits = field(default_factory=PageLimits)
    pod_labels: PodLabels = field(default_factory=PodLabels)


class ScrapeSource:
    """Scrapes in one thread, is read from any.

    `failures` (pages that could not be had) and `rounds` only grow.
    """

    def __init__(self, settings: ScrapeSettings, recorder: Recorder | None = None) -> None:
        """With a recorder it begins with what was recorded. Raises RecorderError."""
        self._settings = settings
        self._recorder = recorder
        self._pages = Pages(settings.page)
        self._threads = ThreadPoolExecutor(settings.most_pages_at_once, "scrape")
        self._lock = threading.Lock()
        self._table = SampleTable(settings.pod_labels)
        self._targets: tuple[ScrapeTarget, ...] = ()
        self._wanted: frozenset[str] | None = None
        self._failed: dict[PodReference, str] = {}
        self.rounds = 0
        self.failures = 0
        self._keep(recorder.replay() if recorder else ())

    def set_targets(self, targets: Iterable[ScrapeTarget]) -> None:
        """From the next round on these pods are scraped; what is known of others is kept."""
        with self._lock:
            self._targets = tuple(targets)
            still = {target.pod for target in self._targets}
            self._failed = {pod: why for pod, why in self._failed.items() if pod in still}

    def set_wanted(self, metrics: Iterable[str] | None) -> None:
        """From the next round on only these metrics are kept; None keeps all."""
        with self._lock:
            self._wanted = None if metrics is None else frozenset(metrics)

    def scrape(self, now: float) -> None:
        """One round over all targets; `now` (unix seconds) is the time of all its samples, to
        the millisecond, so that a restart sees the same times. A pod that fails is a gap."""
        with self._lock:
            targets, wanted = self._targets, self._wanted
        time = round(now, 3)
        rounds = self._threads.map(lambda target: self._visit(target, wanted, time), targets)
        samples = [sample for page in rounds for sample in page]
        if self._recorder:
            self._recorder.append(samples)
        with self._lock:
            self._table.forget(now - self._settings.retention_seconds)
            self.rounds += 1

    def _visit(
        self, target: ScrapeTarget, wanted: frozenset[str] | None, time: float
    ) -> Sequence[Sample]:
        """One page, kept as soon as it is here: a pod that hangs holds up no other's samples."""
        try:
            samples = list(self._samples(target, wanted, time))
        except PageError as error:
            with self._lock:
                self._failed[target.pod] = str(error)
                self.failures += 1
            return ()
        self._keep(samples)
        with self._lock:
            self._failed.pop(target.pod, None)
        return samples

    def _samples(
        self, target: ScrapeTarget, wanted: frozenset[str] | None, time: float
    ) -> Iterator[Sample]:
        names, limit = self._settings.pod_labels, self._settings.most_series_of_a_pod
        own = {names.pod: target.pod.name, names.namespace: target.pod.namespace}
        found = self._pages.series(target.url, wanted)
        for count, (metric, labels, value) in enumerate(found, 1):
            if count > limit:
                raise PageError(f"{target.url} has more than {limit} series: expose fewer")
            yield Sample(metric, labels | own, time, value)

    def _keep(self, samples: Iterable[Sample]) -> None:
        with self._lock:
            for sample in samples:
                column = self._table.column(sample.metric, sample.labels)
                column.append(sample.time, sample.value)

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        """What was scraped. Where nothing was, since no pod asked for lets itself be scraped,
        the request is Unanswered."""
        with self._lock:
            return [self._answer(request) for request in requests]

    def _answer(self, request: SampleRequest) -> Answer:
        series = self._table.read(request)
        failing = sorted(pod.name for pod in request.pods or () if pod in self._failed)
        if series or not failing or len(failing) < len(request.pods or ()):
            return Samples(series)
        pods = {pod.name: pod for pod in request.pods or ()}
        why = self._failed[pods[failing[0]]]
        return Unanswered(
            Trouble.UNREACHABLE, f"none of {len(failing)} pods can be scraped; {failing[0]}: {why}"
        )

    def troubles(self) -> dict[PodReference, str]:
        """Pods whose last page could not be had, and why."""
        with self._lock:
            return dict(self._failed)

    def describe(self) -> str:
        """Says how many pods are scraped."""
        return f"own scrapes of {len(self._targets)} pods"

    def close(self) -> None:
        """Lets go of the threads; a page under way is finished."""
        self._threads.shutdown(wait=True, cancel_futures=True)
