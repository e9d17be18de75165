"""Requests to the API server through the official client's pool.

Why: authentication, TLS and proxies are the official client's; what lies between a request and
its answer, with bounds on both, is said here.
Never here: what an answer means (answers), which objects are asked for.
"""

import re
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import Protocol

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from controller.adapters.kubernetes.answers import (
    LARGEST_REFUSAL,
    BadAnswer,
    Request,
    line,
    refusal,
)
from controller.ports.lease import Leadership
from controller.ports.platform import NotLeading, PlatformError, Unavailable

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
WHOLE_ANSWER_SECONDS = 60.0
LARGEST_BODY = 64 * 1024 * 1024
CHUNK = 1024 * 1024
NAMESPACE = re.compile(r"/namespaces/([^/]+)/")


class TooLarge(Unavailable):
    """The answer has more bytes than are read at once; ask for less."""


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


class Connection:
    """Sends requests. Safe to share between threads."""

    def __init__(self, credentials: Credentials, agent: str = "rollctl") -> None:
        """`agent` is who we say we are, for the API server's logs."""
        self._credentials = credentials
        self._agent = agent

    def send(self, request: Request) -> bytes:
        """The body of a good answer. Raises PlatformError."""
        return self._sent(request, _silence(ANSWER_SECONDS))

    def send_within(self, request: Request, seconds: float) -> bytes:
        """The same, over within so many seconds on either side: the server lets go of it, too. Raises
        PlatformError."""
        bounded = {**(request.params or {}), "timeout": f"{seconds:.3f}s"}
        return self._sent(replace(request, params=bounded), urllib3.Timeout(total=seconds))

    def _sent(self, request: Request, timeout: urllib3.Timeout) -> bytes:
        response = self._open(request, timeout)
        try:
            return _whole(request, response)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{request}: {self._unanswered(error)}") from error
        finally:
            response.release_conn()

    def server_time(self, request: Request) -> float | None:
        """What the server's clock says as it answers well, unix seconds give or take half a
        second; None where it says nothing. Raises PlatformError."""
        response = self._open(request, _silence(ANSWER_SECONDS))
        told = response.headers.get("Date", "")
        response.close()
        return _seconds(told)

    def stream(self, request: Request, silence_seconds: float) -> urllib3.BaseHTTPResponse:
        """An answer to be read as it comes, at most `silence_seconds` apart; the caller closes
        it. Raises PlatformError."""
        return self._open(request, _silence(silence_seconds))

    def _open(self, request: Request, timeout: urllib3.Timeout) -> urllib3.BaseHTTPResponse:
        headers = {**request.headers(), **self._who(request), "User-Agent": self._agent}
        try:
            response = self._credentials.pool.request(
                request.method,
                self._credentials.host + request.target(),
                body=request.body,
                headers=headers,
                timeout=timeout,
                retries=False,
                preload_content=False,
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{request}: {self._unanswered(error)}") from error
        if response.status >= 300:
            raise _refused(request, response)
        return response

    def _unanswered(self, error: urllib3.exceptions.HTTPError) -> str:
        """Why there is no answer, and what a person can look at."""
        server = f"the API server at {self._credentials.host}"
        match error:
            case NewConnectionError() | ConnectTimeoutError():
                return (
                    f"{server} cannot be reached{_cause(error)}: check that it runs, and any proxy"
                )
            case ReadTimeoutError():
                return f"{server} does not answer in time"
            case ProtocolError():
                return f"{server} broke off the connection"
        return line(str(error))

    def _who(self, request: Request) -> dict[str, str]:
        """Plug-ins and token files of other people's may fail in ways of their own."""
        try:
            return self._credentials.headers()
        except Exception as error:
            raise Unavailable(f"{request}: no credentials now: {line(str(error))}") from error


class FencedConnection(Connection):
    """One that changes nothing unless we lead at that very moment, and gives up on a change before
    another can lead."""

    def __init__(
        self, credentials: Credentials, agent: str, leadership: Leadership, write_seconds: float
    ) -> None:
        super().__init__(credentials, agent)
        self._leadership = leadership
        self._write_seconds = write_seconds

    def send(self, request: Request) -> bytes:
        """Raises NotLeading, PlatformError. The guard is here and not before: what leads to a write may
        have been read for seconds."""
        if request.method == "GET":
            return super().send(request)
        if not self._leadership.leads(_namespace(request.path)):
            raise NotLeading(f"{request}: another controller leads")
        return self.send_within(request, self._write_seconds)


def _namespace(path: str) -> str:
    found = NAMESPACE.search(path)
    return found[1] if found else ""


def _silence(seconds: float) -> urllib3.Timeout:
    return urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds)


def _cause(error: BaseException) -> str:
    """The operating system's word for it, where it has one."""
    cause = error.__cause__
    return f" ({cause.strerror})" if isinstance(cause, OSError) and cause.strerror else ""


def _seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() + 0.5
    except ValueError:
        return None


def _whole(request: Request, response: urllib3.BaseHTTPResponse) -> bytes:
    """The body within bounds of size and time; bytes that drip would otherwise hold the loop."""
    deadline = time.monotonic() + WHOLE_ANSWER_SECONDS
    body = bytearray()
    while chunk := response.read1(CHUNK):
        body += chunk
        if len(body) > LARGEST_BODY:
            response.close()
            raise TooLarge(f"{request}: the answer takes more than {LARGEST_BODY} bytes")
        if time.monotonic() > deadline:
            response.close()
            told = f"the answer takes more than {WHOLE_ANSWER_SECONDS:g} s"
            raise Unavailable(f"{request}: {told}")
    return bytes(body)


def _beginning(response: urllib3.BaseHTTPResponse) -> bytes:
    """As much of a refusal as is read, within the time of an answer."""
    deadline = time.monotonic() + ANSWER_SECONDS
    body = bytearray()
    while len(body) < LARGEST_REFUSAL and time.monotonic() < deadline:
        chunk = response.read1(LARGEST_REFUSAL)
        if not chunk:
            break
        body += chunk
    return bytes(body[:LARGEST_REFUSAL])


def _refused(request: Request, response: urllib3.BaseHTTPResponse) -> PlatformError:
    try:
        body = _beginning(response)
    except urllib3.exceptions.HTTPError:
        body = b""
    finally:
        response.close()
    retry_after = response.headers.get("Retry-After")
    return refusal(request, BadAnswer(response.status, response.reason or "", retry_after, body))
