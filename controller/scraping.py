"""Keeps an embedded scraper at work: whom to scrape, and how often.

Why: without a Prometheus somebody must look at the pods every few seconds, on a beat that
no decision can delay.
Never here: how a page is read.
"""

import threading
import time
from collections.abc import Callable, Iterable

import structlog

from controller.adapters.scraper.page import ScrapeTarget
from controller.adapters.scraper.source import ScrapeSource
from controller.engine.workload import Workload
from controller.ports.metrics import PodReference
from controller.ports.platform import Watcher
from policies.model import Policy

log = structlog.get_logger()


class Scraping:
    """Scrapes all pods in sight that name their metrics page, until stopped; `wanted` are the
    metrics that somebody will ask for, which may change with the policies."""

    def __init__(
        self,
        source: ScrapeSource,
        watcher: Watcher,
        every_seconds: float,
        wanted: Callable[[], frozenset[str]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._watcher = watcher
        self._every_seconds = every_seconds
        self._wanted = wanted
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scraping", daemon=True)

    def start(self) -> None:
        """Begins; the watcher need not have started yet."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the round under way."""
        self._stopping.set()
        self._thread.join(timeout=self._every_seconds + 5)

    def _run(self) -> None:
        while not self._stopping.wait(self._until_next()):
            try:
                self._source.set_wanted(self._wanted())
                self._source.set_targets(self._targets())
                self._source.scrape(self._clock())
            except Exception:  # the next round may go well; no scrape is never an answer
                log.exception("a round of scraping failed")

    def _until_next(self) -> float:
        """Rounds begin on the beat of the clock, however long one takes."""
        return self._every_seconds - self._clock() % self._every_seconds

    def _targets(self) -> Iterable[ScrapeTarget]:
        workloads = map(self._watcher.workload, self._watcher.keys())
        return [target for one in workloads if one is not None for target in targets_of(one)]


def metrics_of(policies: Iterable[Policy]) -> frozenset[str]:
    """Every metric that these policies read."""
    rules = (rule for policy in policies for rule in policy.metrics)
    return frozenset(selector.metric for rule in rules for selector in rule.inputs.values())


def targets_of(workload: Workload) -> Iterable[ScrapeTarget]:
    """The pages of a workload's pods."""
    for pod in workload.pods:
        if pod.metrics_url is not None:
            yield ScrapeTarget(PodReference(workload.key.namespace, pod.name), pod.metrics_url)
