"""The embedded scraper is kept at work on the right pods and the right metrics."""

import time
from collections.abc import Iterable
from dataclasses import replace

from controller.adapters.scraper.page import ScrapeTarget
from controller.scraping import Scraping, metrics_of, targets_of
from tests.fakes import FakePlatform, policy, workload

PAGE = "http://127.0.0.1:9/metrics"


class FakeScraper:
    """Notes what it was told; every second round fails."""

    def __init__(self) -> None:
        self.targets: list[ScrapeTarget] = []
        self.wanted: frozenset[str] | None = None
        self.rounds = 0

    def set_targets(self, targets: Iterable[ScrapeTarget]) -> None:
        self.targets = list(targets)

    def set_wanted(self, metrics: frozenset[str]) -> None:
        self.wanted = metrics

    def scrape(self, now: float) -> None:
        self.rounds += 1
        if self.rounds % 2:
            raise OSError("no route")


def test_only_pods_with_a_page_are_scraped() -> None:
    """A pod that names its metrics page is a target, under its workload's namespace."""
    seen = workload("web:v1", {"web:v1": 2})
    first, second = seen.pods
    seen = replace(seen, pods=(replace(first, metrics_url=PAGE), second))
    (target,) = targets_of(seen)
    assert (target.pod.namespace, target.pod.name, target.url) == ("shop", first.name, PAGE)


def test_only_what_policies_read_is_kept() -> None:
    """The metrics of the policies, and no others, are wanted."""
    assert metrics_of([policy()]) == {"http_requests_total"}


def test_a_round_that_fails_ends_nothing() -> None:
    """Rounds go on after one that failed, until stopped."""
    scraper = FakeScraper()
    scraping = Scraping(
        scraper,  # type: ignore[arg-type]
        FakePlatform(workload("web:v1", {"web:v1": 1})),
        0.02,
        lambda: frozenset({"up"}),
    )
    scraping.start()
    deadline = time.monotonic() + 5
    while scraper.rounds < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    scraping.stop()
    assert scraper.rounds >= 4
    assert scraper.wanted == frozenset({"up"})
