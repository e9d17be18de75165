"""Carries one query to the server and its whole answer back, within bounds of size and time.

Why: the client library leaves the query in the URL even of a POST, where long ones are
refused; reads answers of any size; and waits without end for a server that dribbles.
Never here: which query, what the answer means.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from controller.adapters.prometheus import faults
from controller.adapters.prometheus.answer import Row, decoded, reason

_CHUNK_BYTES = 1 << 18
_FORM = "application/x-www-form-urlencoded"
_LONGEST_RETRY_AFTER_SECONDS = 3_600.0


class _WholeAnswer(requests.Response):
    """An answer that was read already, and that decodes itself our way."""

    def __init__(self, source: requests.Response, body: bytes) -> None:
        super().__init__()
        self.__dict__.update(source.__dict__)
        self._content = body
        self._body = body

    def json(self, **_: Any) -> dict[str, dict[str, list[Row]]]:
        """What the client library looks for. Raises QueryError."""
        return {"data": {"result": decoded(self._body)}}


class Transport(HTTPAdapter):
    """Sends queries as forms; counts the bytes that come back.

    `server_time` is what the server's clock said at the last answer, unix seconds rounded up;
    None when it said nothing.
    """

    def __init__(self, largest_answer_bytes: int, most_samples: int) -> None:
        super().__init__(max_retries=0)
        self._largest_answer_bytes = largest_answer_bytes
        self._most_samples = most_samples
        self.received_bytes = 0
        self.server_time: float | None = None

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - every answer is read here
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Sends and reads to the end within `timeout` seconds in all. Raises QueryError."""
        if not isinstance(timeout, int | float):
            raise TypeError("a query needs a timeout in seconds")
        deadline = monotonic() + timeout
        _move_query_to_form(request)
        response = super().send(request, True, timeout, verify, cert, proxies)
        with response:
            body = self._body(response, deadline)
        if response.status_code != 200:
            wait_seconds = _retry_after_seconds(response.headers.get("Retry-After", ""))
            raise faults.status_fault(response.status_code, reason(body), wait_seconds)
        if body.count(b"[") > self._most_samples:
            # A sample is a pair in brackets, as is the list of a series: counted before anything is
            # decoded, which takes many times the memory.
            raise faults.too_large(f"{self._most_samples} samples")
        self.server_time = _unix_seconds(response.headers.get("Date", ""))
        return _WholeAnswer(response, body)

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        try:
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                self.received_bytes += len(chunk)
                if size > self._largest_answer_bytes:
                    raise faults.too_large(f"{self._largest_answer_bytes} bytes")
                if monotonic() > deadline:
                    raise faults.slow()
        except urllib3.exceptions.TimeoutError as error:
            raise faults.slow() from error
        except urllib3.exceptions.HTTPError as error:
            raise faults.cut_off() from error
        return b"".join(chunks)


def _move_query_to_form(request: requests.PreparedRequest) -> None:
    parts = urlsplit(str(request.url))
    request.url = urlunsplit(parts._replace(query=""))
    request.body = parts.query.encode()
    request.headers["Content-Type"] = _FORM
    request.headers["Content-Length"] = str(len(request.body))


def _unix_seconds(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() + 1
    except ValueError:
        return None


def _retry_after_seconds(text: str) -> float:
    """The wait that the server asks for; its other spelling, a date, counts as none."""
    return min(float(text), _LONGEST_RETRY_AFTER_SECONDS) if text.isdecimal() else 0.0
