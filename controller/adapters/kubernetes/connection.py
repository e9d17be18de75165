"""Requests to the API server, and its errors mapped once.

Why: authentication, TLS and proxies are the official client's; what an answer means for the
loop is said here and nowhere else.
Never here: which objects are asked for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

import msgspec
import urllib3

from controller.ports.platform import Conflict, PlatformError, Refused, Unavailable, Vanished

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
LONGEST_MESSAGE = 256
LARGEST_BODY = 256 * 1024 * 1024

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


class Credentials(Protocol):
    """Where the API server is and who asks: the pool with its TLS, and the token of now."""

    @property
    def host(self) -> str:
        """The address of the API server, without a slash at its end."""

    @property
    def pool(self) -> urllib3.PoolManager:
        """Connections with the right TLS."""

    def headers(self) -> dict[str, str]:
        """The headers that say who asks."""


class _Status(msgspec.Struct):
    kind: str = ""
    message: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `params` go into the address, `body` is JSON already."""

    method: str
    path: str
    params: Mapping[str, str | int] | None = None
    body: bytes | None = None
    content_type: str = "application/json"


class Connection:
    """Sends requests. Safe to share between threads."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def send(self, request: Request) -> bytes:
        """The body of a good answer. Raises PlatformError."""
        response = self._open(request, ANSWER_SECONDS)
        try:
            return response.read(LARGEST_BODY)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{_place(request)}: the answer broke off: {error}") from error
        finally:
            response.release_conn()

    def stream(self, request: Request, silence_seconds: float) -> urllib3.BaseHTTPResponse:
        """An answer to be read as it comes, at most `silence_seconds` apart; the caller closes
        it. Raises PlatformError."""
        return self._open(request, silence_seconds)

    def _open(self, request: Request, silence_seconds: float) -> urllib3.BaseHTTPResponse:
        query = f"?{urlencode(request.params)}" if request.params else ""
        headers = {"Accept": "application/json", **self._credentials.headers()}
        if request.body is not None:
            headers["Content-Type"] = request.content_type
        try:
            response = self._credentials.pool.request(
                request.method,
                self._credentials.host + request.path + query,
                body=request.body,
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=silence_seconds),
                retries=False,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{_place(request)}: {_line(str(error))}") from error
        if response.status >= 300:
            raise _refusal(request, response)
        return response


def _place(request: Request) -> str:
    return f"{request.method} {request.path}"


def _line(text: str) -> str:
    """One printable line of bounded length, so that no answer can forge a log or a screen."""
    return _UNPRINTABLE.sub(" ", text)[:LONGEST_MESSAGE]


def _refusal(request: Request, response: urllib3.BaseHTTPResponse) -> PlatformError:
    """The port's error for a bad answer, with what to do about it."""
    message = _message(response)
    text = f"{_place(request)}: {response.status} {message}"
    if response.status in (401, 403):
        return Refused(f"{text}; give rollctl's account this permission (deploy/rbac)")
    if response.status in (404, 410):
        return Vanished(text)
    if response.status == 409 or (response.status == 422 and _failed_test(request, message)):
        return Conflict(text)
    if response.status == 429 or response.status >= 500:
        return Unavailable(text, _retry_after(response.headers.get("Retry-After")))
    return Refused(text)


def _failed_test(request: Request, message: str) -> bool:
    """A JSON patch whose test fails is answered 422, like one that is wrong in itself."""
    patch = request.content_type == "application/json-patch+json"
    return patch and ("rejected our request" in message or "test" in message.lower())


def _message(response: urllib3.BaseHTTPResponse) -> str:
    """The API server's own words; a body that is not a Status may be anything and is dropped."""
    try:
        body = response.read(64 * 1024)
        status = msgspec.json.decode(body, type=_Status)
    except (msgspec.DecodeError, urllib3.exceptions.HTTPError):
        return _line(response.reason or "")
    finally:
        response.release_conn()
    return _line(status.message) if status.kind == "Status" else _line(response.reason or "")


def _retry_after(value: str | None) -> float | None:
    return float(value) if value and value.isdigit() else None


def decoded(body: bytes, kind: Any, place: str) -> Any:
    """The body as `kind`. Raises Unavailable for what is no such thing."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"{place}: the answer is not what was asked for: {error}") from error
