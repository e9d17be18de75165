"""A real Prometheus that finds the testbed's pods through the API server and scrapes them.

Why: rollctl asks Prometheus, so tests must meet real scrapes, gaps, resets and stale series.
Never here: queries; each test asks what it wants to know.
"""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
import yaml

from tests.testbed.binaries import Binaries, ensure_binaries
from tests.testbed.control_plane import ControlPlane
from tests.testbed.processes import (
    Process,
    TestbedError,
    free_ports,
    memory_folder,
    wait_until,
)

START_SECONDS = 60.0
ANNOTATION = "__meta_kubernetes_pod_annotation_prometheus_io"


class PrometheusServer:
    """One Prometheus on the loopback address; use it in a `with`."""

    def __init__(
        self,
        control_plane: ControlPlane,
        scrape_interval_seconds: int = 1,
        binaries: Binaries | None = None,
    ) -> None:
        self._binaries = binaries or ensure_binaries()
        self._folder = memory_folder("prometheus")
        (self._port,) = free_ports(1)
        self._process: Process | None = None
        self._config = self._folder / "prometheus.yaml"
        self._config.write_text(
            yaml.safe_dump(_config(control_plane.kubeconfig, scrape_interval_seconds))
        )

    @property
    def url(self) -> str:
        """Where it answers; the same after a restart."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, or starts it again on the data it has, and waits until it is ready."""
        self._process = Process(
            "prometheus", [str(self._binaries.prometheus), *self._flags()], self._log
        )
        wait_until(self._is_ready, START_SECONDS, self._tail)

    def kill(self) -> None:
        """Ends it as a crash would; its data stays."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """Ends it and removes its data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The instant vector of an expression, as the HTTP API gives it."""
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=10)
        answer.raise_for_status()
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    @property
    def _log(self) -> Path:
        return self._folder / "prometheus.log"

    def _flags(self) -> list[str]:
        return [
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            # A new pod is scraped at once, not up to five seconds later.
            "--scrape.discovery-reload-interval=200ms",
            "--log.level=warn",
        ]

    def _is_ready(self) -> bool:
        if self._process is not None and self._process.exit_code is not None:
            raise TestbedError(self._tail())
        try:
            return requests.get(f"{self.url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False

    def _tail(self) -> str:
        said = self._process.tail() if self._process is not None else ""
        return f"prometheus is not ready; its log says:\n{said}"


def _config(kubeconfig: Path, interval_seconds: int) -> dict[str, Any]:
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
