"""The whole testbed behind one door, in the words of a journey: deploy, change the image, wait.

Why: a journey or a benchmark should read as what a person does, not as how a cluster is built.
Never here: rollctl; whoever uses the testbed starts it.
"""

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.testbed.addresses import POD_PORT
from tests.testbed.api import STRATEGIC_MERGE, ApiSession, Document
from tests.testbed.binaries import ensure_binaries
from tests.testbed.control_plane import ControlPlane
from tests.testbed.hollow_node import HollowNodes
from tests.testbed.images import ImageCatalogue
from tests.testbed.processes import CHECKOUT, Process, memory_folder, wait_until
from tests.testbed.prometheus import PrometheusServer

NAMESPACE_SECONDS = 30.0


class Testbed:
    """A running cluster with pods that serve, visitors that come and a Prometheus that looks."""

    __test__ = False

    def __init__(self, nodes: int, scrape_interval_seconds: int, stack: ExitStack) -> None:
        self._stack = stack
        self._folder = self._own_folder()
        binaries = ensure_binaries()
        self.control_plane = stack.enter_context(ControlPlane(binaries))
        self.catalogue = ImageCatalogue(self._folder / "images.json")
        self.nodes = stack.enter_context(HollowNodes(self.control_plane, self.catalogue, nodes))
        self.prometheus = stack.enter_context(
            PrometheusServer(self.control_plane, scrape_interval_seconds, binaries)
        )
        self.api: ApiSession = stack.enter_context(self.control_plane.admin_session())
        self._visitors = 0

    @classmethod
    @contextmanager
    def start(cls, nodes: int = 2, scrape_interval_seconds: int = 1) -> Iterator[Self]:
        """Everything up and waiting; ended and removed at the end of the `with`."""
        with ExitStack() as stack:
            yield cls(nodes, scrape_interval_seconds, stack)

    def start_traffic(
        self, requests_per_second: float = 40.0, app: str | None = None, seed: int = 1
    ) -> "Traffic":
        """So many visitors a second for each ready pod, or each of one app, until stopped."""
        self._visitors += 1
        log = self._folder / f"traffic-{self._visitors}.log"
        traffic = Traffic(self.nodes.targets_file(app), requests_per_second, seed, log)
        self._stack.callback(traffic.stop)
        return traffic

    def create_namespace(self, name: str) -> str:
        """A namespace that pods can be made in at once."""
        self.api.create("/api/v1/namespaces", {"metadata": {"name": name}}, exists_is_fine=True)
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        self.wait(
            lambda: self.api.get(account).ok,
            NAMESPACE_SECONDS,
            f"no default service account in {name}",
        )
        return name

    def apply_deployment(
        self,
        namespace: str,
        name: str,
        image: str,
        *,
        replicas: int = 3,
        labels: dict[str, str] | None = None,
        annotations: dict[str, str] | None = None,
        extra_containers: Sequence[Document] = (),
        spec: Document | None = None,
    ) -> Document:
        """Makes a Deployment; its first container is `app`, and `spec` overrides spec fields."""
        document = deployment(name, image, replicas, extra_containers)
        document["metadata"] |= {
            "labels": {"app": name, **(labels or {})},
            "annotations": annotations or {},
        }
        document["spec"] |= spec or {}
        return self.api.create(_deployments(namespace), document)

    def delete_deployment(self, namespace: str, name: str) -> None:
        """Removes a Deployment and, in the background, its pods."""
        options = {"propagationPolicy": "Background"}
        self.api.remove(_deployment(namespace, name), options)

    def get_deployment(self, namespace: str, name: str) -> Document:
        """A Deployment as it is now."""
        return self.api.read(_deployment(namespace, name))

    def patch_deployment(self, namespace: str, name: str, change: Document) -> Document:
        """A strategic merge patch, as kubectl sends it."""
        return self.api.merge(_deployment(namespace, name), change, kind=STRATEGIC_MERGE)

    def set_image(self, namespace: str, name: str, image: str, container: str = "app") -> Document:
        """Releases an image."""
        containers = [{"name": container, "image": image}]
        return self.patch_deployment(
            namespace, name, {"spec": {"template": {"spec": {"containers": containers}}}}
        )

    def scale(self, namespace: str, name: str, replicas: int) -> Document:
        """Changes the number of pods."""
        return self.patch_deployment(namespace, name, {"spec": {"replicas": replicas}})

    def restart(self, namespace: str, name: str) -> Document:
        """A new revision with the same image, as `kubectl rollout restart` makes it."""
        stamp = {"kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat()}
        return self.patch_deployment(
            namespace, name, {"spec": {"template": {"metadata": {"annotations": stamp}}}}
        )

    def pause(self, namespace: str, name: str, *, paused: bool = True) -> Document:
        """Holds a rollout, or lets it go on."""
        return self.patch_deployment(namespace, name, {"spec": {"paused": paused}})

    def is_rolled_out(self, namespace: str, name: str) -> bool:
        """What `kubectl rollout status` waits for."""
        found = self.get_deployment(namespace, name)
        status, wanted = found.get("status", {}), found["spec"]["replicas"]
        seen = status.get("observedGeneration", 0) >= found["metadata"]["generation"]
        counts = [
            status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")
        ]
        return seen and counts == [wanted] * 3

    def wait_rolled_out(self, namespace: str, name: str, timeout_seconds: float = 60.0) -> None:
        """Returns when every pod is of the newest revision and available."""
        self.wait(
            lambda: self.is_rolled_out(namespace, name),
            timeout_seconds,
            lambda: (
                f"{name} is not rolled out: {self.get_deployment(namespace, name).get('status')}"
            ),
        )

    def pods(self, namespace: str, app: str | None = None) -> list[Document]:
        """The pods of a namespace, or of one app in it."""
        selector = {"labelSelector": f"app={app}"} if app else {}
        found: list[Document] = self.api.read(f"/api/v1/namespaces/{namespace}/pods", **selector)[
            "items"
        ]
        return found

    def replica_sets(self, namespace: str, app: str | None = None) -> list[Document]:
        """The ReplicaSets of a namespace, or of one app in it."""
        selector = {"labelSelector": f"app={app}"} if app else {}
        path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
        found: list[Document] = self.api.read(path, **selector)["items"]
        return found

    def wait(
        self, happened: Callable[[], bool], timeout_seconds: float, message: str | Callable[[], str]
    ) -> None:
        """Returns when it happened. Raises TestbedError with the message after the deadline."""
        wait_until(happened, timeout_seconds, message)

    def _own_folder(self) -> Path:
        folder = memory_folder("testbed")
        self._stack.callback(shutil.rmtree, folder, ignore_errors=True)
        return folder


class Traffic:
    """A running load generator; `stop` it or use it in a `with`."""

    def __init__(self, targets: Path, requests_per_second: float, seed: int, log: Path) -> None:
        options = [
            f"--targets={targets}",
            f"--requests-per-second={requests_per_second}",
            f"--seed={seed}",
        ]
        command = [sys.executable, "-S", "-E", "-m", "controller.demo.traffic", *options]
        self._process = Process("traffic", command, log, working_directory=CHECKOUT)
        self.score: dict[str, int] = {}

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> dict[str, int]:
        """Ends it and returns its score: sent, succeeded, failed, unanswered."""
        if self._process.exit_code is None:
            self._process.stop()
            self.score = _score(self._process)
        return self.score


def _score(process: Process) -> dict[str, int]:
    # One that was ended before it had begun says nothing.
    if process.exit_code != 0:
        return {}
    score: dict[str, int] = json.loads(process.tail().splitlines()[-1])
    return score


def deployment(
    name: str, image: str, replicas: int, extra_containers: Sequence[Document] = ()
) -> Document:
    """A Deployment that never goes below its number of pods, each scraped by Prometheus."""
    scrape = {"prometheus.io/scrape": "true", "prometheus.io/port": str(POD_PORT)}
    containers: list[dict[str, Any]] = [{"name": "app", "image": image}, *extra_containers]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": {"app": name}, "annotations": scrape},
                "spec": {"containers": containers, "terminationGracePeriodSeconds": 2},
            },
        },
    }


def _deployments(namespace: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments"


def _deployment(namespace: str, name: str) -> str:
    return f"{_deployments(namespace)}/{name}"
