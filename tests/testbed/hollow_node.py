"""Nodes without kubelet or containers: each pod is one real process on a loopback address.

Why: real controllers then roll real Deployments in a second, and real metrics are scraped.
Never here: how a pod lives (hollow_pod.py) or what its status looks like (pod_status.py).
"""

import queue
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from tests.testbed.addresses import Addresses
from tests.testbed.api import STRATEGIC_MERGE, ApiError, ApiSession, Document
from tests.testbed.control_plane import ControlPlane
from tests.testbed.hollow_container import timestamp
from tests.testbed.hollow_pod import HollowPod
from tests.testbed.images import ImageCatalogue, replace_file
from tests.testbed.processes import memory_folder

HOST_ADDRESS = "127.0.0.1"
HEARTBEAT_SECONDS = 10.0
LEASE_SECONDS = 40
WATCH_SECONDS = 300
TICK_SECONDS = 0.05
RETRY_SECONDS = 0.3
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"

# What a broken connection, a refusal and an answer cut in half raise; all heal by asking again.
FAILURES = (requests.RequestException, ApiError, ValueError)

Event = tuple[str, list[Document]]


class HollowNodes:
    """N nodes, kept Ready by threads of this process; use it in a `with`."""

    def __init__(
        self, control_plane: ControlPlane, catalogue: ImageCatalogue, count: int = 2
    ) -> None:
        self.names = [f"hollow-{number}" for number in range(count)]
        self._control_plane = control_plane
        self._catalogue = catalogue
        self._folder = memory_folder("nodes")
        self._addresses = Addresses()
        self._events: queue.Queue[Event] = queue.Queue()
        self._pods: dict[str, HollowPod] = {}
        self._targets: dict[Path, str] = {}
        self._resting_until = 0.0
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Registers the nodes and begins to run what is bound to them."""
        with self._control_plane.admin_session() as api:
            for name in self.names:
                self._beat(api, name)
        for work in (self._keep_ready, self._keep_watching, self._keep_running):
            thread = threading.Thread(target=work, name=work.__name__, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Ends every pod's process; the Node objects stay as a dead machine's would."""
        self._stopping.set()
        for thread in self._threads:
            # The watching thread may sit in a read that only the server ends; it is a daemon.
            thread.join(0 if thread.name == "_keep_watching" else 10)
        for pod in list(self._pods.values()):
            pod.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def targets_file(self, app: str | None = None) -> Path:
        """A file kept to the addresses of ready pods, all or those with this `app` label."""
        path = self._folder / (f"targets-of-{app}" if app else "targets")
        self._targets.setdefault(path, app or "")
        return path

    def log_of(self, pod: str) -> str:
        """What a pod's process printed."""
        return (self._folder / f"{pod}.log").read_text(errors="replace")

    def _keep_ready(self) -> None:
        with self._control_plane.admin_session() as api:
            while not self._stopping.wait(HEARTBEAT_SECONDS):
                for name in self.names:
                    _insist(partial(self._beat, api, name), self._stopping)

    def _beat(self, api: ApiSession, name: str) -> None:
        api.create("/api/v1/nodes", _node(name), exists_is_fine=True)
        api.merge(f"/api/v1/nodes/{name}/status", _node_status(), kind=STRATEGIC_MERGE)
        api.create(LEASES, {"metadata": {"name": name}, "spec": _lease(name)}, exists_is_fine=True)
        api.merge(f"{LEASES}/{name}", {"spec": _lease(name)})

    def _keep_watching(self) -> None:
        with self._control_plane.admin_session() as api:
            while not self._stopping.is_set():
                _insist(partial(self._follow, api), self._stopping)

    def _follow(self, api: ApiSession) -> None:
        listed = api.read("/api/v1/pods", fieldSelector="spec.nodeName!=")
        self._events.put(("LISTED", listed["items"]))
        version = str(listed["metadata"]["resourceVersion"])
        for event in api.watch(
            "/api/v1/pods", version, WATCH_SECONDS, fieldSelector="spec.nodeName!="
        ):
            if event["type"] == "ERROR":
                return
            if event["type"] != "BOOKMARK":
                self._events.put((event["type"], [event["object"]]))

    def _keep_running(self) -> None:
        with self._control_plane.admin_session() as api:
            while not self._stopping.is_set():
                self._take_events()
                self._step_all(time.monotonic())
                self._write_targets()
                self._report(api, time.monotonic())

    def _take_events(self) -> None:
        try:
            self._take(*self._events.get(timeout=TICK_SECONDS))
            while True:
                self._take(*self._events.get_nowait())
        except queue.Empty:
            return

    def _take(self, kind: str, documents: list[Document]) -> None:
        ours = [
            document for document in documents if document["spec"].get("nodeName") in self.names
        ]
        if kind == "LISTED":
            self._forget(self._pods.keys() - {document["metadata"]["uid"] for document in ours})
        for document in ours:
            if kind == "DELETED":
                self._forget({document["metadata"]["uid"]})
            else:
                self._see(document)

    def _see(self, document: Document) -> None:
        uid = document["metadata"]["uid"]
        if uid not in self._pods:
            if document.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                return
            log = self._folder / f"{document['metadata']['name']}.log"
            self._pods[uid] = HollowPod(document, self._addresses.take(), self._catalogue, log)
        pod = self._pods[uid]
        pod.seen(document)
        if "deletionTimestamp" in document["metadata"]:
            pod.stop(time.monotonic())

    def _forget(self, uids: set[str]) -> None:
        for uid in uids:
            pod = self._pods.pop(uid, None)
            if pod is not None:
                pod.kill()

    def _step_all(self, now: float) -> None:
        for pod in self._pods.values():
            pod.step(now)

    def _write_targets(self) -> None:
        for path, app in tuple(self._targets.items()):
            serving = [pod for pod in self._pods.values() if pod.serves and app in ("", pod.app)]
            text = "".join(sorted(f"{pod.target}\n" for pod in serving))
            if not path.exists() or path.read_text() != text:
                replace_file(path, text)

    def _report(self, api: ApiSession, now: float) -> None:
        if now < self._resting_until:
            return
        try:
            for pod in self._pods.values():
                self._report_one(api, pod, now)
        except FAILURES:
            # The API server is away; what was not sent is sent when it is back.
            self._resting_until = now + RETRY_SECONDS

    def _report_one(self, api: ApiSession, pod: HollowPod, now: float) -> None:
        if pod.stopping:
            if pod.stopped(now) and not pod.removed:
                api.remove(pod.path, {"gracePeriodSeconds": 0, "preconditions": {"uid": pod.uid}})
                pod.removed = True
        elif pod.unsent:
            self._send(api, pod)
            pod.unsent = False

    def _send(self, api: ApiSession, pod: HollowPod) -> None:
        change = {"metadata": {"uid": pod.uid}, "status": pod.status(HOST_ADDRESS)}
        try:
            api.merge(f"{pod.path}/status", change, kind=STRATEGIC_MERGE)
        except ApiError as error:
            # Gone, or replaced by another of that name; the watch will say so.
            if error.status_code not in (requests.codes.not_found, requests.codes.conflict):
                raise


def _insist(work: Callable[[], None], stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            work()
        except FAILURES:
            stopping.wait(RETRY_SECONDS)
        else:
            return


def _node(name: str) -> Document:
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "rollctl.dev/testbed": "hollow",
    }
    return {"metadata": {"name": name, "labels": labels}}


def _node_status() -> Document:
    room = {"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "100Gi"}
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "lastHeartbeatTime": timestamp(),
    }
    return {
        "status": {
            "capacity": room,
            "allocatable": room,
            "conditions": [ready],
            "addresses": [{"type": "InternalIP", "address": HOST_ADDRESS}],
        }
    }


def _lease(name: str) -> Document:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {"holderIdentity": name, "leaseDurationSeconds": LEASE_SECONDS, "renewTime": now}
