"""A real VictoriaMetrics, a second program that answers in Prometheus' query API.

Why: what rollctl reads must not hang on how one program stores and answers.
Never here: queries; each test asks what it wants to know.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.testbed.binaries import ensure_programs
from tests.testbed.metric_server import MetricServer


class VictoriaMetricsServer(MetricServer):
    """One VictoriaMetrics that scrapes as `scraping` says, in Prometheus' configuration format,
    and takes remote writes."""

    def __init__(self, scraping: dict[str, Any], *flags: str, program: Path | None = None) -> None:
        found = program or ensure_programs("victoria-metrics")["victoria-metrics"]
        super().__init__("victoria-metrics", found)
        self._more_flags = flags
        self._config = self._folder / "scraping.yaml"
        self._config.write_text(yaml.safe_dump(scraping))

    def _flags(self) -> Sequence[str]:
        return [
            f"-promscrape.config={self._config}",
            # As often as the testbed's Prometheus looks for pods.
            "-promscrape.kubernetesSDCheckInterval=200ms",
            f"-storageDataPath={self._folder / 'data'}",
            f"-httpListenAddr=127.0.0.1:{self._port}",
            "-retentionPeriod=30d",
            "-memory.allowedBytes=200MB",
            "-loggerLevel=WARN",
            *self._more_flags,
        ]
