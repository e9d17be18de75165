"""Fetches one metrics page within bounds of size and time.

Why: a pod that hangs, dribbles or floods must cost no more than its own samples.
Never here: more than one pod, keeping samples.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from time import monotonic

import urllib3

from controller.openmetrics.text import Dialect, TextError, parse_series, rows
from controller.ports.metrics import PodReference

_CHUNK_BYTES = 1 << 16
_OPENMETRICS = "application/openmetrics-text"
_HEADERS = {
    "Accept": f"text/plain;version=0.0.4,{_OPENMETRICS};version=1.0.0;q=0.5",
    "Accept-Encoding": "identity",
    "User-Agent": "rollctl",
    "Connection": "close",
}


class PageError(Exception):
    """The page could not be had or read; the message says what to do, in one line."""


@dataclass(frozen=True, slots=True)
class ScrapeTarget:
    """A pod and the whole address of its metrics page."""

    pod: PodReference
    url: str


@dataclass(frozen=True, slots=True)
class PageLimits:
    """How long a page may take and how large it may be."""

    timeout_seconds: float = 5.0
    largest_bytes: int = 8 * 2**20


class Pages:
    """Fetches pages; may be used by many threads."""

    def __init__(self, limits: PageLimits) -> None:
        self._limits = limits

    def series(
        self, url: str, wanted: frozenset[str] | None
    ) -> Iterator[tuple[str, dict[str, str], float]]:
        """Metric, labels and value of every series of the `wanted` metrics (None = all). Times
        on the page are left aside: all pods are timed by one clock. Raises PageError, also
        while it is read."""
        body, dialect = self._body(url)
        try:
            for line, text, value, _ in rows(body.decode().split("\n"), dialect):
                if wanted is None or text.partition("{")[0].rstrip() in wanted:
                    yield *parse_series(text, line), value
        except TextError as error:
            raise PageError(f"{url} is malformed in {error}") from error
        except UnicodeDecodeError as error:
            raise PageError(f"{url} is no UTF-8 text: is it a metrics page?") from error

    def _body(self, url: str) -> tuple[bytes, Dialect]:
        deadline = monotonic() + self._limits.timeout_seconds
        timeout = urllib3.Timeout(total=self._limits.timeout_seconds)
        try:
            # No pool outlives the page: a kept connection that the pod is just closing would be
            # a gap where there is none.
            with urllib3.PoolManager(headers=_HEADERS, retries=False, timeout=timeout) as http:
                response = http.request("GET", url, preload_content=False, redirect=False)
                with closing(response):
                    return self._whole(response, url, deadline), _dialect(response)
        except urllib3.exceptions.TimeoutError as error:
            raise PageError(f"{url} is too slow: raise the timeout") from error
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise PageError(f"{url} cannot be reached: check port and path") from error

    def _whole(self, response: urllib3.BaseHTTPResponse, url: str, deadline: float) -> bytes:
        if response.status != 200:
            raise PageError(f"{url} answers {response.status}: check port and path")
        body = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._limits.largest_bytes:
                raise PageError(f"{url} has more than {self._limits.largest_bytes} bytes")
            if monotonic() > deadline:
                raise PageError(f"{url} is too slow: raise the timeout")
        return bytes(body)


def _dialect(response: urllib3.BaseHTTPResponse) -> Dialect:
    said = response.headers.get("Content-Type", "").lower()
    return Dialect.OPENMETRICS if said.startswith(_OPENMETRICS) else Dialect.PROMETHEUS
