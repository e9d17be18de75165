"""One workload's journey, in the words of who lives through it.

Why: a journey should read as what a person does and sees.
Never here: how the cluster or the service is run.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.testbed.cluster import Testbed

POLICY = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {{name: {name}}}
spec:
  workloads:
    namespaces: [{namespace}]
    kinds: [Deployment]
    selector: {{matchLabels: {{app: web}}}}
  analysis:
    warmup: 2s
    interval: 1s
    limit: {limit}
    hold: {hold}
    falseRollbackRate: 1%
    startupDeadline: {startup}
  metrics:
    - name: errors
      ratio: {{bad: 'http_requests_total{{code=~"5.."}}', total: http_requests_total}}
      worse: higher
      tolerance: 3pp
    - name: latency
      histogram: http_request_duration_seconds_bucket
      quantile: 0.95
      tolerance: 100%
  onRegressed: {{action: rollback, scope: template, quarantine: 1h}}
  onInconclusive: {{action: keep}}
  onNoData: {{action: hold}}
"""


def policy(namespace: str, limit: str = "60s", hold: str = "50%", startup: str = "8s") -> str:
    """A policy for the Deployments `web` of one namespace, quick enough for a test."""
    return POLICY.format(
        name=namespace, namespace=namespace, limit=limit, hold=hold, startup=startup
    )


class Journey:
    """The Deployment `web` of one namespace, and the person who watches over it."""

    def __init__(self, testbed: Testbed, namespace: str) -> None:
        self.testbed = testbed
        self.namespace = namespace

    def deploy(self, image: str, replicas: int = 4, **more: Any) -> None:
        """The first release, rolled out to the end."""
        self.testbed.apply_deployment(self.namespace, "web", image, replicas=replicas, **more)
        self.testbed.wait_rolled_out(self.namespace, "web")

    def release(self, image: str, container: str = "app") -> None:
        """Pushes a new image."""
        self.testbed.set_image(self.namespace, "web", image, container)

    @property
    def deployment(self) -> dict[str, Any]:
        """The Deployment as it is now."""
        return self.testbed.get_deployment(self.namespace, "web")

    @property
    def record(self) -> dict[str, Any]:
        """What rollctl remembers of it."""
        annotations = self.deployment["metadata"].get("annotations", {})
        record: dict[str, Any] = json.loads(annotations.get("rollctl.dev/record", "{}"))
        return record

    @property
    def rollout(self) -> dict[str, Any]:
        """The last rollout, empty before the first."""
        return self.record.get("rollout") or {}

    @property
    def paused(self) -> bool:
        """Whether the Deployment is paused, by whomever."""
        return bool(self.deployment["spec"].get("paused"))

    def image(self, container: str = "app") -> str:
        """The image wanted now."""
        containers = self.deployment["spec"]["template"]["spec"]["containers"]
        found: str = next(c["image"] for c in containers if c["name"] == container)
        return found

    def acts(self) -> list[str]:
        """Every act on record, oldest first."""
        return [decision["act"] for decision in self.record.get("history", [])]

    def phase(self, image: str) -> str:
        """The phase of the rollout of this image, "" when the last rollout is of another."""
        candidate = self.rollout.get("candidate", {}).get("images", {})
        return str(self.rollout.get("phase", "")) if image in candidate.values() else ""

    def wait_phase(self, image: str, *phases: str, seconds: float = 60.0) -> str:
        """Returns the first of these phases that the rollout of this image comes to."""
        self.wait(lambda: self.phase(image) in phases, f"{image} never came to {phases}", seconds)
        return self.phase(image)

    def wait(self, happened: Callable[[], bool], message: str, seconds: float = 60.0) -> None:
        """Returns when it happened; else fails with the message and the whole record."""
        self.testbed.wait(
            happened, seconds, lambda: f"{message}: {json.dumps(self.record, indent=1)}"
        )

    def stays(self, true: Callable[[], bool], seconds: float, message: str) -> None:
        """Holds for all of that time, or fails."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert true(), f"{message}: {json.dumps(self.record, indent=1)}"
            time.sleep(0.2)

    def rollctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of rollctl on the cluster, as typed."""
        return self.typed(*arguments, "--kubeconfig", str(self.testbed.control_plane.kubeconfig))

    @staticmethod
    def typed(*arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of rollctl that needs no cluster."""
        command = [sys.executable, "-m", "controller.cli", *arguments]
        environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment
        )

    def events(self) -> list[str]:
        """The reasons of the Events that rollctl wrote about it, in no order."""
        return [event["reason"] for event in self._events()]

    def notes(self, reason: str) -> list[str]:
        """What those of one reason tell."""
        return [event["note"] for event in self._events() if event["reason"] == reason]

    def _events(self) -> list[dict[str, Any]]:
        path = f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"
        found = self.testbed.api.read(path)["items"]
        return [e for e in found if e.get("reportingController", "").startswith("rollctl")]


def write(folder: Path, name: str, text: str) -> Path:
    """Writes a policy file as a careful person does: whole or not at all."""
    fresh, file = folder / f".{name}.new", folder / f"{name}.yaml"
    fresh.write_text(text)
    fresh.rename(file)
    return file
