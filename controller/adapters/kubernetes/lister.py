"""One look at Deployments, for a command that ends at once.

Why: a person at a terminal should not wait longer than for kubectl.
Never here: watching.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection, Credentials
from controller.adapters.kubernetes.kubeconfig import (
    UnusualError,
    namespace_of,
    read_kubeconfig,
)
from controller.adapters.kubernetes.paging import pages
from controller.adapters.kubernetes.picture import draw
from controller.adapters.kubernetes.structs import (
    Deployment,
    OwnedMetadata,
    Pod,
    ReplicaSet,
    Slim,
)
from controller.annotations import FINDINGS
from controller.ports.platform import Sighting


class _Deployments(Slim):
    metadata: "_Page"
    items: list[Deployment]


class _Page(Slim):
    continue_: str = msgspec.field(name="continue", default="")


class _ReplicaSets(Slim):
    items: list[ReplicaSet]


class _Pods(Slim):
    items: list[Pod]


def open_credentials(kubeconfig: str | None, context: str | None) -> tuple[Credentials, str]:
    """The credentials and the namespace of the context; read lean where that is possible.
    Raises Refused when there are none."""
    try:
        lean = read_kubeconfig(kubeconfig, context)
    except (UnusualError, OSError, LookupError, ValueError, TypeError, AttributeError):
        from controller.adapters.kubernetes.client_credentials import find_credentials

        return find_credentials(kubeconfig, context), namespace_of(kubeconfig, context)
    return lean, lean.namespace


class KubernetesLister:
    """The port Lister on an API server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, namespaces: Sequence[str], labels: str) -> Sequence[Sighting]:
        """All Deployments, a page at a time."""
        selected = {"labelSelector": labels} if labels else {}
        found = [
            _sighting(deployment, (), ())
            for namespace in namespaces or ("",)
            for page in pages(self._connection, _path(namespace), _Deployments, selected)
            for deployment in page.items
        ]
        return sorted(found, key=lambda sighting: sighting.workload.key)

    def one(self, namespace: str, name: str) -> Sighting:
        """One Deployment with the ReplicaSets and pods that it owns."""
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        deployment: Deployment = decoded(
            self._connection.send(Request("GET", path)), Deployment, path
        )
        # In a large namespace the few of this Deployment are not worth all the others.
        labels = deployment.spec.selector.match_labels or {}
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        sets_path = f"/apis/apps/v1/namespaces/{namespace}/replicasets"
        sets: _ReplicaSets = self._selected(sets_path, selector, _ReplicaSets)
        pods_path = f"/api/v1/namespaces/{namespace}/pods"
        pods: _Pods = self._selected(pods_path, selector, _Pods)
        own = [one for one in sets.items if _owned(one.metadata, {deployment.metadata.uid})]
        uids = {one.metadata.uid for one in own}
        return _sighting(deployment, own, [p for p in pods.items if _owned(p.metadata, uids)])

    def _selected(self, path: str, selector: str, kind: Any) -> Any:
        params = {"labelSelector": selector} if selector else {}
        return decoded(self._connection.send(Request("GET", path, params)), kind, path)


def _path(namespace: str) -> str:
    return f"/apis/apps/v1{f'/namespaces/{namespace}' if namespace else ''}/deployments"


def _owned(metadata: OwnedMetadata, uids: set[str]) -> bool:
    owner = metadata.controller()
    return owner is not None and owner.uid in uids


def _sighting(
    deployment: Deployment, replica_sets: Sequence[ReplicaSet], pods: Sequence[Pod]
) -> Sighting:
    findings = (deployment.metadata.annotations or {}).get(FINDINGS, "")
    return Sighting(draw(deployment, replica_sets, pods), findings)
