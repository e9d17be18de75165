"""Watches Deployments with their ReplicaSets and pods.

Why: the loop asks for one workload at a time and must get the newest picture at once.
Never here: what the picture means (picture), how it is kept (informer).
"""

import threading
from collections.abc import Sequence
from sys import intern
from typing import TypeVar

from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.informer import Informer, Kept, Resource
from controller.adapters.kubernetes.picture import filled, outline, pod_state, revision
from controller.adapters.kubernetes.structs import (
    Deployment,
    Metadata,
    OwnedMetadata,
    Pod,
    ReplicaSet,
)
from controller.annotations import FINDINGS
from controller.engine.workload import PodState, Revision, Workload, WorkloadKey
from controller.ports.platform import Sighting

PATIENCE_SECONDS = 10.0

Seen = TypeVar("Seen")
Owned = TypeVar("Owned", Revision, PodState)


def _path(group: str, namespace: str, resource: str) -> str:
    scope = f"/namespaces/{namespace}" if namespace else ""
    return f"{group}{scope}/{resource}"


class KubernetesWatcher:
    """The port Watcher on an API server; no namespaces means all."""

    def __init__(self, connection: Connection, namespaces: Sequence[str]) -> None:
        self._news = threading.Condition()
        self._changed: set[WorkloadKey] = set()
        self._deployments: dict[WorkloadKey, Kept[Sighting]] = {}
        self._keys: dict[str, WorkloadKey] = {}
        self._replica_sets: dict[str, dict[str, Kept[Revision]]] = {}
        self._deployment_of: dict[str, str] = {}
        self._pods: dict[str, dict[str, Kept[PodState]]] = {}
        self._drawn: dict[WorkloadKey, Workload] = {}
        self._informers: list[Informer[Sighting] | Informer[Revision] | Informer[PodState]] = []
        for namespace in namespaces or ("",):
            self._add(connection, namespace)

    def _add(self, connection: Connection, namespace: str) -> None:
        apps, core = "/apis/apps/v1", "/api/v1"
        deployments = Resource(_path(apps, namespace, "deployments"), Deployment, _keep_deployment)
        replica_sets = Resource(
            _path(apps, namespace, "replicasets"), ReplicaSet, _keep_replica_set
        )
        pods = Resource(_path(core, namespace, "pods"), Pod, _keep_pod)
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
                sets = self._replica_sets.get(deployment.uid, {})
                pods = [pod.seen for uid in sets for pod in self._pods.get(uid, {}).values()]
                self._drawn[key] = filled(
                    deployment.seen.workload, (one.seen for one in sets.values()), pods
                )
            return self._drawn[key]

    def findings_text(self, key: WorkloadKey) -> str:
        """The annotation."""
        with self._news:
            deployment = self._deployments.get(key)
        return deployment.seen.findings_text if deployment else ""

    def _mark(self, key: WorkloadKey | None) -> None:
        if key is not None:
            self._drawn.pop(key, None)
            self._changed.add(key)
            self._news.notify_all()

    def _deployment_changed(self, old: Kept[Sighting] | None, new: Kept[Sighting] | None) -> None:
        with self._news:
            if new is not None:
                key = new.seen.workload.key
                self._deployments[key] = new
                self._keys[new.uid] = key
                self._mark(key)
            elif old is not None:
                self._forget(old)

    def _forget(self, gone: Kept[Sighting]) -> None:
        key = gone.seen.workload.key
        self._keys.pop(gone.uid, None)
        # A Deployment deleted and made again under its name may already be here.
        if self._deployments.get(key, gone).uid == gone.uid:
            self._deployments.pop(key, None)
        self._mark(key)

    def _replica_set_changed(self, old: Kept[Revision] | None, new: Kept[Revision] | None) -> None:
        with self._news:
            for owner in _file(self._replica_sets, old, new):
                self._mark(self._keys.get(owner))
            if new is not None:
                self._deployment_of[new.uid] = new.owner
            elif old is not None:
                self._deployment_of.pop(old.uid, None)

    def _pod_changed(self, old: Kept[PodState] | None, new: Kept[PodState] | None) -> None:
        with self._news:
            for owner in _file(self._pods, old, new):
                self._mark(self._keys.get(self._deployment_of.get(owner, "")))


def _keep_deployment(one: Deployment) -> Kept[Sighting]:
    findings = (one.metadata.annotations or {}).get(FINDINGS, "")
    return _kept(one.metadata, "", Sighting(outline(one), findings))


def _keep_replica_set(one: ReplicaSet) -> Kept[Revision]:
    return _kept(one.metadata, _maker(one.metadata), revision(one))


def _keep_pod(one: Pod) -> Kept[PodState]:
    return _kept(one.metadata, _maker(one.metadata), pod_state(one))


def _kept(metadata: Metadata | OwnedMetadata, owner: str, seen: Seen) -> Kept[Seen]:
    return Kept(metadata.uid, metadata.resource_version, owner, seen)


def _maker(metadata: OwnedMetadata) -> str:
    owner = metadata.controller()
    # Many have the same.
    return intern(owner.uid) if owner else ""


def _file(
    index: dict[str, dict[str, Kept[Owned]]], old: Kept[Owned] | None, new: Kept[Owned] | None
) -> set[str]:
    """Files the object under its owner, and no longer under one that it was taken from, as when
    a person relabels a pod to look at it. Returns the owners concerned."""
    if old is not None:
        siblings = index.get(old.owner, {})
        siblings.pop(old.uid, None)
        if not siblings:
            index.pop(old.owner, None)
    if new is not None and new.owner:
        index.setdefault(new.owner, {})[new.uid] = new
    return {one.owner for one in (old, new) if one is not None}
