"""Carries one request to a server and its whole answer back, within bounds of size and time.

Why: urllib3 is used directly, not through requests, because redirects, logins and what is
retried must be ours: nothing may follow a redirect with a login in its hand.
Never here: which request, who asks, what the answer means.
"""

import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
import urllib3.exceptions

from controller.adapters.registry import faults
from controller.adapters.registry.settings import HostSettings

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Request:
    """One request; headers may hold secrets."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """What is asked, for a person: without the query, which may be signed."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Traffic:
    """What went over the wire so far; only grows."""

    requests: int = 0
    received_bytes: int = 0


class Transport:
    """Connections to any number of servers; may be used by several threads."""

    def __init__(self, largest_answer_bytes: int) -> None:
        self._largest_answer_bytes = largest_answer_bytes
        self._pools: dict[tuple[HostSettings, str], urllib3.PoolManager] = {}
        self._lock = threading.Lock()
        self.traffic = Traffic()

    def send(self, request: Request, trust: HostSettings, timeout_seconds: float) -> Answer:
        """Sends once and reads to the end. Follows nothing. Raises RegistryError."""
        deadline = monotonic() + timeout_seconds
        with self._lock:
            self.traffic.requests += 1
        try:
            response = self._pool(request.url, trust).request(
                request.method,
                request.url,
                headers={"User-Agent": "rollctl", **request.headers},
                body=request.body,
                timeout=urllib3.Timeout(connect=timeout_seconds, read=timeout_seconds),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise faults.transport_fault(error, request.place) from None
        try:
            body = self._body(response, request, deadline)
        except BaseException:
            # What was not read to its end must not be taken for the next answer.
            response.close()
            raise
        response.release_conn()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, headers, body)

    def _body(self, response: urllib3.BaseHTTPResponse, request: Request, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        if request.method == "HEAD":
            return b""
        try:
            while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
                chunks.append(chunk)
                size += len(chunk)
                if size > self._largest_answer_bytes:
                    self._stop(request, size)
                if monotonic() > deadline:
                    raise faults.slow(request.place)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise faults.transport_fault(error, request.place) from None
        with self._lock:
            self.traffic.received_bytes += size
        return b"".join(chunks)

    def _stop(self, request: Request, size: int) -> NoReturn:
        with self._lock:
            self.traffic.received_bytes += size
        raise faults.too_large(request.place, f"{self._largest_answer_bytes} bytes")

    def _pool(self, url: str, trust: HostSettings) -> urllib3.PoolManager:
        parts = urlsplit(url)
        bypassed = proxy_bypass(parts.hostname or "")
        proxy = "" if bypassed else getproxies().get(parts.scheme, "")
        with self._lock:
            pool = self._pools.get((trust, proxy))
            if pool is None:
                pool = _made(trust, proxy)
                self._pools[trust, proxy] = pool
        return pool

    def close(self) -> None:
        """Lets go of all connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()


def _made(trust: HostSettings, proxy: str) -> urllib3.PoolManager:
    context = ssl.create_default_context(cafile=str(trust.ca_file) if trust.ca_file else None)
    if trust.skip_verification:
        # The user has said so; a warning at each request would drown everything else.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if proxy:
        return urllib3.ProxyManager(proxy, num_pools=50, maxsize=4, ssl_context=context)
    return urllib3.PoolManager(num_pools=50, maxsize=4, ssl_context=context)
