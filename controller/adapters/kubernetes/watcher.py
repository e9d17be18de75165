"""Watches Deployments with their ReplicaSets and pods.

Why: the loop asks for one workload at a time and must get the newest picture at once.
Never here: what the picture means (picture), how it is kept (informer).
"""

import threading
from collections.abc import Sequence
from typing import TypeVar

from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.informer import Informer, Resource
from controller.adapters.kubernetes.picture import draw, key_of
from controller.adapters.kubernetes.structs import Deployment, Pod, ReplicaSet
from controller.annotations import FINDINGS
from controller.engine.workload import Workload, WorkloadKey

PATIENCE_SECONDS = 10.0

Owned = TypeVar("Owned", ReplicaSet, Pod)


def _path(group: str, namespace: str, resource: str) -> str:
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{scope}/{resource}"


class KubernetesWatcher:
    """The port Watcher on an API server; no namespaces means all."""

    def __init__(self, connection: Connection, namespaces: Sequence[str]) -> None:
        self._news = threading.Condition()
        self._changed: set[WorkloadKey] = set()
        self._deployments: dict[WorkloadKey, Deployment] = {}
        self._keys: dict[str, WorkloadKey] = {}
        self._replica_sets: dict[str, dict[str, ReplicaSet]] = {}
        self._deployment_of: dict[str, str] = {}
        self._pods: dict[str, dict[str, Pod]] = {}
        self._drawn: dict[WorkloadKey, Workload] = {}
        self._informers: list[Informer[Deployment] | Informer[ReplicaSet] | Informer[Pod]] = []
        for namespace in namespaces or ("",):
            self._add(connection, namespace)

    def _add(self, connection: Connection, namespace: str) -> None:
        apps, core = "/apis/apps/v1", "/api/v1"
        deployments = Resource(_path(apps, namespace, "deployments"), Deployment)
        replica_sets = Resource(_path(apps, namespace, "replicasets"), ReplicaSet)
        pods = Resource(_path(core, namespace, "pods"), Pod)
        self._informers += [
            Informer(connection, deployments, self._deployment_changed),
            Informer(connection, replica_sets, self._replica_set_changed),
            Informer(connection, pods, self._pod_changed),
        ]

    def start(self) -> None:
        """Lists everything, then watches."""
        for informer in self._informers:
            informer.start()

    def stop(self) -> None:
        """Ends every watch."""
        for informer in self._informers:
            informer.stop()

    def trouble(self) -> str:
        """The first watch that has been failing for a while."""
        told = (informer.trouble(PATIENCE_SECONDS) for informer in self._informers)
        return next((why for why in told if why), "")

    def keys(self) -> Sequence[WorkloadKey]:
        """All Deployments in sight."""
        with self._news:
            return sorted(self._deployments)

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        """News since the last call."""
        with self._news:
            self._news.wait_for(lambda: bool(self._changed), timeout_seconds)
            taken = frozenset(self._changed)
            self._changed.clear()
            return taken

    def workload(self, key: WorkloadKey) -> Workload | None:
        """The newest picture; drawn again only when a part of it changed."""
        with self._news:
            deployment = self._deployments.get(key)
            if deployment is None:
                return None
            if key not in self._drawn:
                sets = list(self._replica_sets.get(deployment.metadata.uid, {}).values())
                pods = [
                    pod for one in sets for pod in self._pods.get(one.metadata.uid, {}).values()
                ]
                self._drawn[key] = draw(deployment, sets, pods)
            return self._drawn[key]

    def findings_text(self, key: WorkloadKey) -> str:
        """The annotation."""
        with self._news:
            deployment = self._deployments.get(key)
        return (deployment.metadata.annotations or {}).get(FINDINGS, "") if deployment else ""

    def _mark(self, key: WorkloadKey | None) -> None:
        if key is not None:
            self._drawn.pop(key, None)
            self._changed.add(key)
            self._news.notify_all()

    def _deployment_changed(self, old: Deployment | None, new: Deployment | None) -> None:
        with self._news:
            if new is not None:
                key = key_of(new.metadata)
                self._deployments[key] = new
                self._keys[new.metadata.uid] = key
                self._mark(key)
            elif old is not None:
                self._forget(old)

    def _forget(self, gone: Deployment) -> None:
        key = key_of(gone.metadata)
        self._keys.pop(gone.metadata.uid, None)
        # A Deployment deleted and made again under its name may already be here.
        if self._deployments.get(key, gone).metadata.uid == gone.metadata.uid:
            self._deployments.pop(key, None)
        self._mark(key)

    def _replica_set_changed(self, old: ReplicaSet | None, new: ReplicaSet | None) -> None:
        with self._news:
            for owner in _file(self._replica_sets, old, new):
                self._mark(self._keys.get(owner))
            if new is not None:
                self._deployment_of[new.metadata.uid] = _controller(new)
            elif old is not None:
                self._deployment_of.pop(old.metadata.uid, None)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        with self._news:
            for owner in _file(self._pods, old, new):
                self._mark(self._keys.get(self._deployment_of.get(owner, "")))


def _controller(one: ReplicaSet | Pod) -> str:
    owner = one.metadata.controller()
    return owner.uid if owner else ""


def _file(index: dict[str, dict[str, Owned]], old: Owned | None, new: Owned | None) -> set[str]:
    """Files the object under its owner, and no longer under one that it was taken from, as when
    a person relabels a pod to look at it. Returns the owners concerned."""
    owners = {_controller(one) for one in (old, new) if one is not None}
    if old is not None:
        siblings = index.get(_controller(old), {})
        siblings.pop(old.metadata.uid, None)
        if not siblings:
            index.pop(_controller(old), None)
    if new is not None and _controller(new):
        index.setdefault(_controller(new), {})[new.metadata.uid] = new
    return owners
