"""The metric source that is a Prometheus.

Why: the loop asks once for everything, and gets an answer or a reason for each request.
Never here: how requests become queries, how answers are read, words for faults.
"""

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

import requests
import urllib3
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException

from analysis.samples import Series
from controller.adapters.prometheus.answer import Row
from controller.adapters.prometheus.credentials import Credentials
from controller.adapters.prometheus.deal import Dealt, deal
from controller.adapters.prometheus.faults import (
    QueryError,
    behind,
    malformed,
    slow,
    too_large,
    transport_fault,
)
from controller.adapters.prometheus.plan import Query, plan
from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.transport import Transport
from controller.ports.metrics import Answer, SampleRequest, Samples, Trouble, Unanswered

MOST_ATTEMPTS = 4
FIRST_DELAY_SECONDS = 0.2

_HOPELESS = frozenset({Trouble.UNREACHABLE, Trouble.REFUSED})


class PrometheusSource:
    """Reads raw samples; for one thread at a time.

    `queries`, `failures` (both of single tries) and `received_bytes` only grow.
    """

    def __init__(
        self, settings: PrometheusSettings, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """`sleep` waits for some seconds between two tries."""
        self._settings = settings
        self._sleep = sleep
        self._credentials = Credentials(settings)
        self._transport = Transport(settings.largest_answer_bytes, settings.most_samples)
        self._session = _session(settings, self._credentials)
        self._client = PrometheusConnect(
            settings.address, auth=None, session=self._session, method="POST"
        )
        # The library has mounted a transport of its own for this address just now.
        self._session.mount(settings.address, self._transport)
        self.queries = 0
        self.failures = 0

    @property
    def received_bytes(self) -> int:
        """Bytes of all answers, decompressed."""
        return self._transport.received_bytes

    @property
    def server_time(self) -> float | None:
        """What the server's clock said as it answered last, unix seconds give or take half a
        second; None where it has said nothing."""
        told = self._transport.server_time
        return None if told is None else told - 0.5

    def describe(self) -> str:
        """Names the address."""
        return f"Prometheus at {self._settings.address}"

    def close(self) -> None:
        """Lets go of the connections."""
        self._session.close()

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        """Asks in as few queries as possible. A request of which any part failed is Unanswered
        as a whole, and a server that is not there is not asked any further."""
        deadline = monotonic() + self._settings.budget_seconds
        waiting = deque(plan(requests, self._settings.longest_query_characters))
        answers = _Answers(len(requests))
        while waiting:
            query = waiting.popleft()
            try:
                answers.take(self._ask(query, deadline))
            except QueryError as error:
                if error.trouble is Trouble.TOO_LARGE and query.halves():
                    waiting.extendleft(reversed(query.halves()))
                    continue
                lost = [query, *waiting] if error.trouble in _HOPELESS else [query]
                answers.fail(lost, self._unanswered(error))
                if error.trouble in _HOPELESS:
                    break
        return answers.all()

    def _unanswered(self, error: QueryError) -> Unanswered:
        told = error.told(self._credentials.redacted)
        return Unanswered(error.trouble, f"{self.describe()} {told}")

    def _ask(self, query: Query, deadline: float) -> Dealt:
        """The answer to one query, tried again while that may help. Raises QueryError."""
        attempt = 1
        while True:
            try:
                return self._try(query, deadline - monotonic())
            except QueryError as error:
                self.failures += 1
                wait_seconds = _wait_seconds(error, attempt)
                if wait_seconds is None or monotonic() + wait_seconds >= deadline:
                    raise
            self._sleep(wait_seconds)
            attempt += 1

    def _try(self, query: Query, left_seconds: float) -> Dealt:
        if left_seconds <= 0:
            raise slow()
        self.queries += 1
        rows = self._rows(query, min(self._settings.timeout_seconds, left_seconds))
        seen_until = self._transport.server_time
        if seen_until is not None and seen_until < query.end:
            raise behind(query.end - seen_until)
        if len(rows) > self._settings.most_series:
            raise too_large(f"{self._settings.most_series} series")
        return deal(rows, query, self._settings.pod_labels)

    def _rows(self, query: Query, timeout_seconds: float) -> list[Row]:
        parameters = {"time": query.time, "timeout": f"{max(1, round(timeout_seconds))}s"}
        text = query.text(self._settings.pod_labels)
        try:
            rows: list[Row] = self._client.custom_query(text, parameters, timeout_seconds)
        except PrometheusApiClientException as error:
            raise malformed("a status that is unknown") from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise transport_fault(error) from error
        return rows


class _Answers:
    """The answers so far, by the requests' numbers."""

    def __init__(self, count: int) -> None:
        self._series: list[list[Series]] = [[] for _ in range(count)]
        self._failed: dict[int, Unanswered] = {}

    def take(self, dealt: Dealt) -> None:
        for number, series in dealt:
            self._series[number].append(series)

    def fail(self, queries: Sequence[Query], why: Unanswered) -> None:
        for query in queries:
            for number, _ in query.requests:
                self._failed[number] = why

    def all(self) -> list[Answer]:
        found = enumerate(self._series)
        return [self._failed.get(number, Samples(tuple(series))) for number, series in found]


def _wait_seconds(error: QueryError, attempt: int) -> float | None:
    """How long to wait before the next try; None when there is none."""
    if error.retry_after_seconds is None or attempt == MOST_ATTEMPTS:
        return None
    backoff: float = FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
    return max(error.retry_after_seconds, backoff)


def _session(settings: PrometheusSettings, credentials: Credentials) -> requests.Session:
    session = requests.Session()
    session.auth = credentials
    session.headers.update(settings.headers)
    session.headers.update({"Accept": "application/json", "User-Agent": "rollctl"})
    if settings.insecure:
        # The user has said so; a warning at each query would drown everything else.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    session.verify = str(settings.ca_file) if settings.ca_file else not settings.insecure
    if settings.client_certificate:
        pair = settings.client_certificate
        session.cert = (str(pair.certificate_file), str(pair.key_file))
    return session
