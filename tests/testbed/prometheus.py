"""A real Prometheus that finds the testbed's pods through the API server and scrapes them.

Why: rollctl asks Prometheus, so tests must meet real scrapes, gaps, resets and stale series.
Never here: queries; each test asks what it wants to know.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.testbed.binaries import Binaries, ensure_binaries
from tests.testbed.control_plane import ControlPlane
from tests.testbed.metric_server import MetricServer

ANNOTATION = "__meta_kubernetes_pod_annotation_prometheus_io"


class PrometheusServer(MetricServer):
    """One Prometheus on the loopback address; use it in a `with`."""

    def __init__(
        self,
        control_plane: ControlPlane,
        scrape_interval_seconds: int = 1,
        binaries: Binaries | None = None,
    ) -> None:
        super().__init__("prometheus", (binaries or ensure_binaries()).prometheus)
        self._config = self._folder / "prometheus.yaml"
        scraping = pods_of_cluster(control_plane.kubeconfig, scrape_interval_seconds)
        self._config.write_text(yaml.safe_dump(scraping))

    def _flags(self) -> Sequence[str]:
        return [
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            # A new pod is scraped at once, not up to five seconds later.
            "--scrape.discovery-reload-interval=200ms",
            "--log.level=warn",
        ]


def pods_of_cluster(kubeconfig: Path, interval_seconds: int) -> dict[str, Any]:
    """The configuration that scrapes every running pod that asks for it."""
    interval = f"{interval_seconds}s"
    pods = {
        "job_name": "pods",
        "kubernetes_sd_configs": [{"role": "pod", "kubeconfig_file": str(kubeconfig)}],
        "relabel_configs": _relabelling(),
    }
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval},
        "scrape_configs": [pods],
    }


def _relabelling() -> list[dict[str, Any]]:
    return [
        {"source_labels": [f"{ANNOTATION}_scrape"], "regex": "true", "action": "keep"},
        {"source_labels": ["__meta_kubernetes_pod_phase"], "regex": "Running", "action": "keep"},
        {
            "source_labels": ["__meta_kubernetes_pod_ip", f"{ANNOTATION}_port"],
            "separator": ":",
            "target_label": "__address__",
        },
        {"source_labels": ["__meta_kubernetes_namespace"], "target_label": "namespace"},
        {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        {"source_labels": ["__meta_kubernetes_pod_label_app"], "target_label": "app"},
    ]
