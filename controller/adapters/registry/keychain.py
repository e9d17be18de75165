"""Where logins come from: documents handed in, a configuration file, its helpers.

Why: files are rotated and helpers' logins expire, so both are asked again after a while.
Never here: requests; who may read a secret.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

from controller.adapters.registry.docker_config import (
    DockerConfig,
    NotADockerConfig,
    read_docker_config,
)
from controller.adapters.registry.helper import ask_helper
from controller.adapters.registry.login import Login
from controller.ports.registry import Repository, Unauthorized

HELPER_ANSWER_SECONDS = 300.0
_LARGEST_FILE_BYTES = 2**20

Ask = Callable[[str, str], Login | None]


class Secrets(Protocol):
    """What workloads bring (secret_logins)."""

    def documents(self, repository: Repository) -> Sequence[DockerConfig]:
        """The documents that may open this repository."""

    def forget_host(self, host: str) -> None:
        """What they said of the host was refused."""


@dataclass(frozen=True, slots=True)
class _Answer:
    login: Login | None
    until: float


class Keychain:
    """Looks a login up: first in `documents`, in their order, then in `secrets` (those that
    workloads name), then by the helpers that `file` (a config.json) names, then in the file. Only
    who configured the file is asked to push, where it has a login: a pull secret need not do for
    that. May be used by several threads."""

    def __init__(
        self,
        documents: Sequence[DockerConfig] = (),
        file: Path | None = None,
        ask: Ask = ask_helper,
        clock: Callable[[], float] = monotonic,
        secrets: Secrets | None = None,
    ) -> None:
        self._documents, self._secrets = tuple(documents), secrets
        self._file, self._ask, self._clock = file, ask, clock
        self._read: tuple[tuple[int, int], DockerConfig] | None = None
        self._answers: dict[tuple[str, str], _Answer] = {}
        self._lock = threading.Lock()

    def login(self, repository: Repository) -> Login | None:
        """The login to pull with; None means anonymous. Raises Unauthorized where a login is
        promised and cannot be had."""
        return (
            _first(self._documents, repository)
            or self._named(repository)
            or self._configured(repository)
        )

    def login_to_push(self, repository: Repository) -> Login | None:
        """The login to push with; as `login`."""
        return (
            _first(self._documents, repository)
            or self._configured(repository)
            or self._named(repository)
        )

    def _named(self, repository: Repository) -> Login | None:
        return _first(self._secrets.documents(repository), repository) if self._secrets else None

    def _configured(self, repository: Repository) -> Login | None:
        with self._lock:
            config = self._config()
            helper = config.helper(repository.host)
            asked = self._asked(*helper) if helper else None
            return asked or config.login(repository)

    def forget(self, host: str) -> None:
        """Helpers are asked and secrets read again for the host: what they said was refused."""
        if self._secrets:
            self._secrets.forget_host(host)
        with self._lock:
            helper = self._config().helper(host)
            if helper:
                self._answers.pop(helper, None)

    def _asked(self, helper: str, server: str) -> Login | None:
        known = self._answers.get((helper, server))
        if known is None or known.until <= self._clock():
            login = self._ask(helper, server)
            known = _Answer(login, self._clock() + HELPER_ANSWER_SECONDS)
            self._answers[helper, server] = known
        return known.login

    def _config(self) -> DockerConfig:
        if self._file is None:
            return DockerConfig()
        try:
            state = self._file.stat()
            if state.st_size > _LARGEST_FILE_BYTES:
                raise Unauthorized(f"{self._file} is too large for a Docker configuration")
            version = (state.st_mtime_ns, state.st_ino)
            if self._read is None or self._read[0] != version:
                found = read_docker_config(self._file.read_bytes(), str(self._file))
                self._read = (version, found)
        except FileNotFoundError:
            return DockerConfig()
        except OSError as error:
            raise Unauthorized(f"{self._file} cannot be read ({error.strerror})") from None
        except NotADockerConfig as error:
            raise Unauthorized(str(error)) from None
        return self._read[1]


def _first(documents: Iterable[DockerConfig], repository: Repository) -> Login | None:
    found = (document.login(repository) for document in documents)
    return next((login for login in found if login is not None), None)
