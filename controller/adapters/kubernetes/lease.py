"""The port Lease as an object of coordination.k8s.io, as Kubernetes' own controllers have it.

Why: whoever looks with kubectl sees a lease like any other, and the API server's versions decide who was
first.
Never here: when it is taken (engine/leadership.py), clocks that are compared.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection
from controller.annotations import FREEZE, freeze_text, read_freeze
from controller.engine.freeze import Freeze
from controller.engine.leadership import Claim
from controller.ports.platform import Conflict, Vanished

GROUP = "/apis/coordination.k8s.io/v1"


class _Metadata(msgspec.Struct):
    resource_version: str = msgspec.field(name="resourceVersion", default="")
    annotations: dict[str, str] | None = None


class _Spec(msgspec.Struct, rename="camel"):
    holder_identity: str | None = None
    lease_duration_seconds: int | None = None
    lease_transitions: int | None = None


class _Lease(msgspec.Struct):
    metadata: _Metadata
    spec: _Spec = msgspec.field(default_factory=_Spec)


class KubernetesLease:
    """One Lease object; `seconds` is how long a request may take."""

    def __init__(self, connection: Connection, namespace: str, name: str, seconds: float) -> None:
        self._connection = connection
        self._all = f"{GROUP}/namespaces/{namespace}/leases"
        self._namespace, self._name = namespace, name
        self._seconds = seconds

    def describe(self) -> str:
        """Namespace and name."""
        return f"the lease {self._name} in {self._namespace}"

    def read(self) -> tuple[Claim, str] | None:
        """Whatever fields somebody left out are nothing."""
        try:
            lease = self._sent(Request("GET", f"{self._all}/{self._name}"))
        except Vanished:
            return None
        return _told(lease)

    def write(self, claim: Claim, version: str) -> tuple[Claim, str]:
        """Creates it without a version, else changes just that one; annotations stay as people left
        them."""
        document = self._document(claim, version)
        if not version:
            return _told(self._created(document))
        try:
            return _told(self._patched(document))
        except Vanished as error:
            raise Conflict(f"{self.describe()} was deleted") from error

    def freeze(self, freeze: Freeze | None) -> Claim:
        """An annotation, in a merge patch that asks for no version."""
        annotations = {FREEZE: freeze_text(freeze) if freeze is not None else None}
        try:
            lease = self._patched({"metadata": {"annotations": annotations}})
        except Vanished:
            document = self._document(Claim("", 1.0), "")
            document["metadata"]["annotations"] = {k: v for k, v in annotations.items() if v}
            lease = self._created(document)
        return _told(lease)[0]

    def _created(self, document: dict[str, Any]) -> _Lease:
        return self._sent(Request("POST", self._all, None, msgspec.json.encode(document)))

    def _patched(self, document: dict[str, Any]) -> _Lease:
        path, body = f"{self._all}/{self._name}", msgspec.json.encode(document)
        return self._sent(Request("PATCH", path, None, body, "application/merge-patch+json"))

    def _sent(self, request: Request) -> _Lease:
        body = self._connection.send_within(request, self._seconds)
        found: _Lease = decoded(body, _Lease, str(request))
        return found

    def _document(self, claim: Claim, version: str) -> dict[str, Any]:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        metadata = {"name": self._name, "namespace": self._namespace}
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata | ({"resourceVersion": version} if version else {}),
            "spec": {
                "holderIdentity": claim.holder,
                "leaseDurationSeconds": max(1, round(claim.lease_seconds)),
                "leaseTransitions": claim.transitions,
                "renewTime": now,
            },
        }


def _told(lease: _Lease) -> tuple[Claim, str]:
    spec = lease.spec
    claim = Claim(
        spec.holder_identity or "",
        float(spec.lease_duration_seconds or 0),
        spec.lease_transitions or 0,
        read_freeze((lease.metadata.annotations or {}).get(FREEZE, "")),
    )
    return claim, lease.metadata.resource_version
