"""What is asked of an API server, and what its refusals mean for the loop.

Why: two ways lead to the server, the service's and the quick one of commands; an answer means
the same on both.
Never here: sockets, credentials, which objects are asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from controller.adapters.kubernetes.permissions import permission_for
from controller.ports.platform import Conflict, PlatformError, Refused, Unavailable, Vanished
from controller.printable import printable
from controller.unreadable import UNREADABLE

LONGEST_PATIENCE_SECONDS = 300.0
LONGEST_MESSAGE = 256
LARGEST_REFUSAL = 64 * 1024

_FORBIDDEN = re.compile(
    r'User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"'
    r'( in the namespace "[^"]+"| at the cluster scope)?'
)
_SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `params` go into the address, `body` is JSON already."""

    method: str
    path: str
    params: Mapping[str, str] | Mapping[str, str | int] | None = None
    body: bytes | None = None
    content_type: str = "application/json"

    def target(self) -> str:
        """The path with its query; no name in it can end the path."""
        path = quote(self.path, safe="/:")
        return f"{path}?{urlencode(self.params)}" if self.params else path

    def headers(self) -> dict[str, str]:
        """What the request says of itself."""
        typed = {"Content-Type": self.content_type} if self.body is not None else {}
        return {"Accept": "application/json", **typed}

    def __str__(self) -> str:
        return line(f"{self.method} {self.path}")


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """An answer that is none; `body` is its beginning."""

    status: int
    reason: str
    retry_after: str | None
    body: bytes


class _Cause(msgspec.Struct):
    field: str = ""


class _Details(msgspec.Struct):
    causes: list[_Cause] | None = None


class _Status(msgspec.Struct):
    kind: str = ""
    message: str = ""
    details: _Details | None = None

    def fields(self) -> frozenset[str]:
        """The fields of the object that are complained of."""
        causes = (self.details.causes if self.details else None) or ()
        return frozenset(cause.field for cause in causes)


def refusal(request: Request, answer: BadAnswer) -> PlatformError:
    """The port's error for a bad answer, with what to do about it."""
    said = _said(answer)
    text = f"{request}: {answer.status} {line(said.message)}"
    if answer.status == 401:
        return Refused(f"{text}; renew the token or certificate that rollctl uses")
    if answer.status == 403:
        return Refused(_forbidden(request, said.message) or f"{text}; {_missing(request)}")
    if answer.status in {404, 410}:
        return Vanished(text)
    if answer.status == 409 or (answer.status == 422 and _is_another(request, said)):
        return Conflict(text)
    if answer.status == 429 or answer.status >= 500:
        return Unavailable(text, _patience(answer.retry_after))
    return Refused(text)


def _forbidden(request: Request, message: str) -> str:
    """A refusal for want of a right, once: the server's sentence says who may not do what, so neither the
    request nor the right is told again. "" where it is worded otherwise. Only an account of a service is
    rollctl's own; people get rights in their own way."""
    found = _FORBIDDEN.search(line(message))
    if found is None:
        return ""
    user, verb, resource, group, place = found.groups()
    what = f"{resource}.{group}" if group else resource
    text = f'403: User "{user}" cannot {verb} {what}{place}'
    if not user.startswith(_SERVICE_ACCOUNT):
        return f"{text}; ask whoever runs the cluster for this right"
    return f"{text}; {_missing(request)}"


def _missing(request: Request) -> str:
    """What the right is for, and the rule of the shipped roles that gives it."""
    watches = "watch" in (request.params or {})
    permission = permission_for(request.method, request.path, watches=watches)
    if permission is None:
        return "give rollctl's account this permission"
    rule, why = permission.as_rule(), permission.why
    return f"rollctl needs it {why}: add {{{rule}}} to its role (deploy/kustomize/rbac)"


def _is_another(request: Request, said: _Status) -> bool:
    """Whether a 422 only says that the object is not the one seen: a JSON patch whose test
    fails is refused without any cause, a merge patch of another uid for that field."""
    if request.content_type == "application/json-patch+json":
        return not said.fields() and "rejected our request" in said.message
    return "metadata.uid" in said.fields()


def _said(answer: BadAnswer) -> _Status:
    """The API server's own words; a body that is not a Status may be anything and is dropped."""
    try:
        status = msgspec.json.decode(answer.body, type=_Status)
    except UNREADABLE:
        status = _Status()
    return status if status.kind == "Status" else _Status(message=answer.reason)


def _patience(retry_after: str | None) -> float | None:
    if not retry_after or not retry_after.isascii() or not retry_after.isdigit():
        return None
    return min(float(retry_after), LONGEST_PATIENCE_SECONDS)


def line(text: str) -> str:
    """One printable line of bounded length, so that no answer can forge a log or a screen."""
    return printable(text[:LONGEST_MESSAGE])


def decoded(body: bytes, kind: Any, place: str) -> Any:
    """The body as `kind`. Raises Unavailable for what is no such thing."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE as error:
        raise Unavailable(
            f"{place}: the answer is not what was asked for: {line(str(error))}"
        ) from error
