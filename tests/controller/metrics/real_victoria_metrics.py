"""A real VictoriaMetrics for the laws of the metric sources."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.testbed.binaries import built_programs, ensure_programs

NOTHING: dict[str, Any] = {"scrape_configs": []}


def program() -> Path:
    """The program. Without it the test is skipped, but never on CI, where it is built."""
    name = "victoria-metrics"
    found = ensure_programs(name) if os.environ.get("CI") == "true" else built_programs(name)
    if found is None:
        pytest.skip("no real VictoriaMetrics is built yet: `make test` builds it")
    return found[name]


def scraping_of(target: str) -> dict[str, Any]:
    """Scrapes `target` (host:port) every second, with the labels and times that its page tells."""
    world = {
        "job_name": "world",
        "honor_labels": True,
        "honor_timestamps": True,
        "static_configs": [{"targets": [target]}],
        "metric_relabel_configs": [{"action": "labeldrop", "regex": "instance|job"}],
    }
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [world],
    }
