"""One `rollctl run` beside a crowd, and what is measured of it from outside.

Why: the figures must be those of the program that is shipped: its process, its requests as the API server
counted them, its queries as Prometheus counted them.
Never here: how the crowd is made (crowd.py), the table (page.py).
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.scale.crowd import Crowd, name_of, namespace_of
from tests.journeys.journey import write
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed

SYNC_SECONDS, SEEN_SECONDS = 600.0, 120.0
TICKS = os.sysconf("SC_CLK_TCK")
QUERIES = 'prometheus_http_requests_total{code="200",handler="/api/v1/query"}'
POLICY = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: everything}
spec:
  workloads: {kinds: [Deployment], selector: {}}
  analysis: {warmup: 60s, interval: 15s, limit: 30m, hold: 50%}
  metrics:
    - name: errors
      ratio: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}
    - name: latency
      histogram: http_request_duration_seconds_bucket
    - name: memory
      gauge: process_resident_memory_bytes
      worse: higher
"""


@dataclass(frozen=True)
class Stretch:
    """What was used in so many seconds: CPU seconds, requests to the API server by verb, queries to
    Prometheus, ticks and the seconds that they took."""

    seconds: float
    cpu_seconds: float
    requests: Counter[str]
    queries: float
    ticks: float
    tick_seconds: float

    def __sub__(self, before: "Stretch") -> "Stretch":
        return Stretch(
            self.seconds - before.seconds,
            self.cpu_seconds - before.cpu_seconds,
            self.requests - before.requests,
            self.queries - before.queries,
            self.ticks - before.ticks,
            self.tick_seconds - before.tick_seconds,
        )


class Watched:
    """A running service with the shipped permissions, which governs the whole crowd."""

    def __init__(self, testbed: Testbed, crowd: Crowd, service: Rollctl, synced: float) -> None:
        self._testbed = testbed
        self._crowd = crowd
        self._service = service
        self._restarts = 0
        self._released = crowd.size
        self.synced_seconds = synced

    def spent(self) -> Stretch:
        """Everything since the service began."""
        process = Path(f"/proc/{self._service.pid}/stat").read_text().rpartition(")")[2].split()
        own = _numbers(self._service.page("metrics"))
        asked = self._testbed.control_plane.audited("rollctl")
        page = requests.get(f"{self._testbed.prometheus.url}/metrics", timeout=10).text
        return Stretch(
            time.monotonic(),
            (int(process[11]) + int(process[12])) / TICKS,
            Counter(one.verb for one in asked),
            _numbers(page).get(QUERIES, 0.0),
            own["rollctl_tick_seconds_count"],
            own["rollctl_tick_seconds_sum"],
        )

    def during(self, seconds: float) -> Stretch:
        """What is used in so many seconds from now."""
        before = self.spent()
        time.sleep(seconds)
        return self.spent() - before

    def memory_megabytes(self) -> tuple[float, float]:
        """Now, and at most since the service began."""
        status = Path(f"/proc/{self._service.pid}/status").read_text().splitlines()
        kept = dict(line.split(":", 1) for line in status)
        now, most = (int(kept[name].split()[0]) / 1000 for name in ("VmRSS", "VmHWM"))
        return now, most

    def seen_after_seconds(self) -> float:
        """How long after a release its first act is on the workload."""
        self._released -= 1
        namespace, name = namespace_of(self._released), name_of(self._released)
        self._crowd.release([self._released])
        began = time.monotonic()

        def seen() -> bool:
            metadata = self._testbed.get_deployment(namespace, name)["metadata"]
            return "rollctl.dev/record" in metadata.get("annotations", {})

        self._testbed.wait(seen, SEEN_SECONDS, f"{name} was never seen")
        return time.monotonic() - began

    def news(self, events: int) -> tuple[float, float]:
        """Changes so many pods as fast as the API server's store takes it. How many seconds that took, and
        after how many more a release that came last was seen."""
        self._restarts += 1
        began = time.monotonic()
        self._crowd.restart_pods(events, self._restarts)
        wrote = time.monotonic() - began
        return wrote, self.seen_after_seconds()


def _numbers(page: str) -> dict[str, float]:
    """What a page of metrics says, by name and labels as written."""
    rows = (line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


@contextmanager
def watched(testbed: Testbed, crowd: Crowd, account: Path, folder: Path) -> Iterator[Watched]:
    """Starts the service; ends it at the end of the `with`."""
    options = ("--journal", str(folder / "journal.db"))
    service = Rollctl(folder, account, testbed.prometheus.url, *options)
    write(service.policies, "everything", POLICY)
    began = time.monotonic()
    service.start(SYNC_SECONDS)
    try:
        assert service.governs("everything"), service.log.read_text()
        yield Watched(testbed, crowd, service, time.monotonic() - began)
    finally:
        service.kill()
