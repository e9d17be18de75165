"""Who may see what, by the API server's own word: whoever may list Deployments may see what is told of
them.

Why: rights that are kept a second time are wrong the second day.
Never here: what is shown, how long an answer holds (remembered.py).
"""

from typing import Any

import msgspec
import structlog

from controller.adapters.kubernetes.answers import Request, decoded, line
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.permissions import SEEING
from controller.ports.platform import PlatformError
from controller.ports.viewers import NotAllowed, Undecided, Unknown

TOKENS = "/apis/authentication.k8s.io/v1/tokenreviews"
ACCESS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
ANSWER_SECONDS = 5.0
_HEADS = {
    TOKENS: {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview"},
    ACCESS: {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"},
}

log = structlog.get_logger()


class _User(msgspec.Struct):
    username: str = ""
    uid: str = ""
    groups: list[str] | None = None
    extra: dict[str, list[str]] | None = None


class _TokenStatus(msgspec.Struct):
    authenticated: bool = False
    user: _User = msgspec.field(default_factory=_User)
    audiences: list[str] | None = None


class _TokenReview(msgspec.Struct):
    status: _TokenStatus


class _AccessStatus(msgspec.Struct):
    allowed: bool = False


class _AccessReview(msgspec.Struct):
    status: _AccessStatus


class KubernetesViewers:
    """The port Viewers on an API server; with an audience, only tokens made for it are taken."""

    def __init__(self, connection: Connection, audience: str = "") -> None:
        self._connection = connection
        self._audience = audience

    def admit(self, token: str, namespace: str) -> None:
        """A TokenReview says who it is, a SubjectAccessReview what he may."""
        if not token:
            raise Unknown("there is no token; send one by Authorization: Bearer")
        try:
            user = self._owner(token)
            allowed = self._may_list(user, namespace)
        except PlatformError as error:
            # What is wrong between rollctl and its API server is nothing for a stranger to read.
            log.warning("nobody can be let see the status", why=str(error))
            raise Undecided(
                "the API server does not say whose the token is; the log of rollctl says why"
            ) from error
        if not allowed:
            raise NotAllowed(_lacking(user, namespace))

    def _owner(self, token: str) -> _User:
        wanted = {"token": token} | ({"audiences": [self._audience]} if self._audience else {})
        review: _TokenReview = self._reviewed(TOKENS, wanted, _TokenReview)
        status = review.status
        # An authenticator that knows no audiences leaves them out, and has checked none.
        meant = not self._audience or self._audience in (status.audiences or ())
        if not status.authenticated or not status.user.username or not meant:
            made = f" as one for the audience {self._audience}" if self._audience else ""
            raise Unknown(f"the API server does not know this token{made}")
        return status.user

    def _may_list(self, user: _User, namespace: str) -> bool:
        attributes = {
            "group": SEEING.group,
            "resource": SEEING.resource,
            "verb": SEEING.verb,
            "namespace": namespace,
        }
        wanted = {
            "user": user.username,
            "uid": user.uid,
            "groups": user.groups or [],
            "extra": user.extra or {},
            "resourceAttributes": attributes,
        }
        review: _AccessReview = self._reviewed(ACCESS, wanted, _AccessReview)
        return review.status.allowed

    def _reviewed(self, path: str, spec: dict[str, Any], kind: Any) -> Any:
        body = msgspec.json.encode({**_HEADS[path], "spec": spec})
        request = Request("POST", path, None, body)
        return decoded(self._connection.send_within(request, ANSWER_SECONDS), kind, path)


def _lacking(user: _User, namespace: str) -> str:
    where = f"in the namespace {namespace}" if namespace else "in all namespaces"
    one = "" if namespace else ", or ask for one namespace by ?namespace=NAME"
    return (
        f"{line(user.username)} may not {SEEING} {where}: a role with {{{SEEING.as_rule()}}} is"
        f" missing{one}"
    )
