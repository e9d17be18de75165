"""One request to a registry until it is answered: login, redirects, retries, conditions.

Why: every call needs all four, in this order, and nothing else may send a login anywhere.
Never here: what is asked, what the answer means.
"""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from time import monotonic
from urllib.parse import urljoin, urlsplit

from controller.adapters.registry import faults
from controller.adapters.registry.doorman import Doorman, Scope
from controller.adapters.registry.remembered import Remembered
from controller.adapters.registry.settings import RegistrySettings
from controller.adapters.registry.transport import Answer, Request, Transport
from controller.ports.registry import RegistryError, RegistryUnavailable, Repository
from policies.images.repositories import is_digest

MOST_ATTEMPTS = 4
MOST_REDIRECTS = 5
FIRST_DELAY_SECONDS = 0.2
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_READING = frozenset({"GET", "HEAD"})


class Exchange:
    """Asks registries; may be used by several threads."""

    def __init__(
        self,
        settings: RegistrySettings,
        doorman: Doorman,
        transport: Transport,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings, self._doorman = settings, doorman
        self._transport, self._sleep = transport, sleep
        self._remembered = Remembered(settings.remembered_answers, settings.remembered_bytes)

    def url(self, repository: Repository, rest: str) -> str:
        """The address of something in a repository."""
        return f"{self._settings.origin(repository.host)}/v2/{repository.path}/{rest}"

    def read(self, repository: Repository, rest: str, accept: str = "", by: str = "GET") -> Answer:
        """What is there, or (304) what is known to be there still; with any status that is
        neither a login's nor worth a retry. Raises RegistryError."""
        request = Request(by, self.url(repository, rest), {"Accept": accept} if accept else {})
        scope = Scope(repository, "pull")
        if _is_fixed(rest):
            return self.ask(request, scope)
        condition = self._remembered.condition(request)
        sent = replace(request, headers={**request.headers, **condition})
        return self._remembered.settled(request, self.ask(sent, scope))

    def write(
        self,
        method: str,
        repository: Repository,
        rest: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Changes something; as `read`. `rest` may be a whole address that the server named."""
        url = urljoin(self.url(repository, ""), rest)
        actions = "pull,push,delete" if method == "DELETE" else "pull,push"
        return self.ask(Request(method, url, headers or {}, body), Scope(repository, actions))

    def fault(self, answer: Answer, what: str) -> RegistryError:
        """The fault behind an answer that was not hoped for."""
        said = self._doorman.secrets.redacted(faults.reason_in(answer.body))
        wait_seconds = faults.retry_after_seconds(answer.headers.get("retry-after", ""))
        return faults.status_fault(answer.status, what, said, wait_seconds)

    def ask(self, request: Request, scope: Scope) -> Answer:
        """Tries again while that may help and the budget lasts. Raises RegistryError."""
        deadline = monotonic() + self._settings.budget_seconds
        attempt = 1
        while True:
            try:
                return self._try(request, scope, deadline)
            except RegistryUnavailable as error:
                backoff = FIRST_DELAY_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - no secret
                wait_seconds = max(error.retry_after_seconds, backoff)
                if attempt == MOST_ATTEMPTS or monotonic() + wait_seconds >= deadline:
                    raise
            self._sleep(wait_seconds)
            attempt += 1

    def _try(self, request: Request, scope: Scope, deadline: float) -> Answer:
        answer = self._follow(request, scope, self._doorman.header(scope), deadline)
        if answer.status == 401:
            challenge = answer.headers.get("www-authenticate", "")
            header = self._doorman.earn(scope, challenge, self._left_seconds(deadline, scope))
            answer = self._follow(request, scope, header, deadline)
        if answer.status == 401:
            self._doorman.forget(scope)
        if answer.status in (401, 403, 408, 425, 429) or answer.status >= 500:
            raise self.fault(answer, request.place)
        return answer

    def _follow(self, request: Request, scope: Scope, header: str, deadline: float) -> Answer:
        """The answer past all redirects. The login goes to the registry's own origin alone."""
        home = urlsplit(self._settings.origin(scope.repository.host))
        for _ in range(MOST_REDIRECTS + 1):
            at_home = urlsplit(request.url)[:2] == home[:2]
            self._settings.check_scheme(request.url, scope.repository.host)
            login = {"Authorization": header} if header and at_home else {}
            sent = replace(request, headers={**request.headers, **login})
            trust = self._settings.trust(request.url, scope.repository.host)
            answer = self._transport.send(sent, trust, self._left_seconds(deadline, scope))
            target = answer.headers.get("location", "")
            if answer.status == 401 and not at_home:
                raise faults.malformed(request.place, "401 where a redirect led, and gets no login")
            if answer.status not in _REDIRECTS or request.method not in _READING or not target:
                return answer
            request = replace(request, url=urljoin(request.url, target))
        raise faults.malformed(request.place, f"more than {MOST_REDIRECTS} redirects")

    def _left_seconds(self, deadline: float, scope: Scope) -> float:
        left_seconds = deadline - monotonic()
        if left_seconds <= 0:
            raise faults.slow(str(scope.repository))
        return min(self._settings.timeout_seconds, left_seconds)


def _is_fixed(rest: str) -> bool:
    """Whether it can only be there or not: distribution says 304 of a digest that is gone."""
    kind, _, name = rest.partition("/")
    return kind in {"manifests", "blobs"} and is_digest(name)
