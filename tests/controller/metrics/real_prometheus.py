"""A real Prometheus that has scraped the small world."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.testbed.binaries import cache_folder, ensure_binaries

PATIENCE_SECONDS = 60.0
SCRAPING = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
- job_name: world
  honor_labels: true
  static_configs: [{{targets: ["{target}"]}}]
  metric_relabel_configs: [{{action: labeldrop, regex: "instance|job"}}]
"""


def program() -> Path:
    """The program. Without it the test is skipped, but never on CI, where it is built."""
    if os.environ.get("CI") == "true":
        return ensure_binaries().prometheus
    built = sorted(cache_folder().glob("prometheus-*/prometheus"))
    if not built:
        pytest.skip("no real Prometheus is built yet: `make test` builds it")
    return built[-1]


@contextmanager
def running(target: str, folder: Path, *flags: str) -> Iterator[str]:
    """The address of a Prometheus that scrapes `target` (host:port) every second, or, where
    that is "", nothing."""
    configuration = folder / "prometheus.yml"
    configuration.write_text(SCRAPING.format(target=target) if target else "")
    address = f"127.0.0.1:{_free_port()}"
    command = [
        str(program()),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--scrape.discovery-reload-interval=100ms",
        *flags,
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def await_series(url: str, count: int) -> None:
    """Waits until so many series of the world can be asked for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    query = {"query": 'count({pod!=""})', "time": str(time.time() - 25)}
    while time.monotonic() < deadline:
        try:
            answer = requests.get(f"{url}/api/v1/query", query, timeout=5)
            found = answer.json()["data"]["result"]
            if found and int(found[0]["value"][1]) >= count:
                return
        except (requests.RequestException, ValueError, KeyError):
            pass
        time.sleep(0.1)
    raise TimeoutError(f"Prometheus did not show {count} series")
