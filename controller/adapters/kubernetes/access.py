"""Asks an API server about ourselves: its clock, and what we may do.

Why: the API server's own answer counts, not what a role seems to say.
Never here: what is done about an answer.
"""

from collections.abc import Sequence

import msgspec

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection
from controller.ports.access import Permission

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class _Status(msgspec.Struct):
    allowed: bool = False


class _Review(msgspec.Struct):
    status: _Status


class KubernetesAccess:
    """The port Access on an API server, for a service that uses these permissions."""

    def __init__(
        self, connection: Connection, address: str, permissions: Sequence[Permission]
    ) -> None:
        self._connection = connection
        self._address = address
        self._permissions = permissions

    def describe(self) -> str:
        """Names the address."""
        return f"the API server at {self._address}"

    def server_time(self) -> float | None:
        """By the head of an answer that everybody may have."""
        return self._connection.server_time(Request("GET", "/version"))

    def needed(self) -> Sequence[Permission]:
        """As given."""
        return self._permissions

    def allows(self, permission: Permission, namespace: str) -> bool:
        """A SelfSubjectAccessReview, which every account may make."""
        wanted = {
            "group": permission.group,
            "resource": permission.resource,
            "verb": permission.verb,
            "namespace": namespace,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": wanted},
        }
        body = self._connection.send(Request("POST", REVIEWS, None, msgspec.json.encode(review)))
        answer: _Review = decoded(body, _Review, REVIEWS)
        return answer.status.allowed
