"""Logins from the pull secrets that governed workloads name.

Why: a workload's secret may open its own repositories, and nothing else: not those of workloads that
do not name it, not those that its policy does not name.
Never here: how a secret is read, requests to registries; no secret in any text.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import structlog

from controller.adapters.registry.docker_config import (
    DockerConfig,
    NotADockerConfig,
    read_docker_config,
)
from controller.engine.builds.containers import containers_of
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.pull_secrets import PullSecretError, PullSecrets
from controller.ports.registry import Repository
from policies.images.repositories import canonical
from policies.model import Policy

USED_FOR_SECONDS = 60.0
TOLD_FOR_SECONDS = 600.0
"""That a secret cannot be had is told for so long after a registry wanted it: whether it can by now
is not asked as long as another login does."""
MOST_KEPT = 1_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, order=True)
class _Name:
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """A secret as read at `at`: nothing in it where it could not be read, for the reason `why`."""

    config: DockerConfig
    why: str
    at: float


class SecretLogins:
    """The port WorkloadLogins, and the documents that a keychain asks for; may be used by several
    threads. A secret is read when a registry wants a login, and used for a minute at most."""

    def __init__(self, secrets: PullSecrets, clock: Callable[[], float] = monotonic) -> None:
        self._secrets, self._clock = secrets, clock
        self._named: dict[WorkloadKey, tuple[frozenset[str], tuple[_Name, ...]]] = {}
        self._kept: dict[_Name, _Kept] = {}
        self._lock = threading.Lock()

    def follow(self, workload: Workload, policy: Policy) -> None:
        """For the repositories that a rule of the policy covers."""
        key = workload.key
        repositories = frozenset(
            canonical(rule.repository)
            for rule in policy.images
            if containers_of(rule, workload.images)
        )
        names = tuple(_Name(key.namespace, name) for name in workload.pull_secrets)
        with self._lock:
            if self._named.get(key) != (repositories, names):
                self._named[key] = (repositories, names)
                self._drop_unnamed()

    def forget(self, key: WorkloadKey) -> None:
        """With what is kept of its secrets, unless another names them too."""
        with self._lock:
            if self._named.pop(key, None) is not None:
                self._drop_unnamed()

    def _drop_unnamed(self) -> None:
        named = {name for _, names in self._named.values() for name in names}
        self._kept = {name: kept for name, kept in self._kept.items() if name in named}

    def documents(self, repository: Repository) -> tuple[DockerConfig, ...]:
        """What the secrets of the workloads that run this repository say, those left out that
        cannot be had; in one order."""
        wanted = str(repository)
        with self._lock:
            names = {
                name
                for repositories, all_names in self._named.values()
                if wanted in repositories
                for name in all_names
            }
        return tuple(self._config(name) for name in sorted(names))

    def forget_host(self, host: str) -> None:
        """Secrets are read again for the host: what they said was refused."""
        with self._lock:
            spent = {
                name
                for repositories, names in self._named.values()
                if any(one.partition("/")[0] == host for one in repositories)
                for name in names
            }
            self._kept = {name: kept for name, kept in self._kept.items() if name not in spent}

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        """Of those that a registry wanted lately; the others were never read."""
        since = self._clock() - TOLD_FOR_SECONDS
        with self._lock:
            _repositories, names = self._named.get(key, (frozenset(), ()))
            kept = (self._kept.get(name) for name in names)
            return tuple(one.why for one in kept if one is not None and one.why and one.at > since)

    def _config(self, name: _Name) -> DockerConfig:
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and self._clock() < kept.at + USED_FOR_SECONDS:
            return kept.config
        config, why = self._read(name)
        if why and (kept is None or kept.why != why):
            log.warning("a pull secret cannot be used", why=why)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[name] = _Kept(config, why, self._clock())
        return config

    def _read(self, name: _Name) -> tuple[DockerConfig, str]:
        """Never a helper: what a secret says must not start a program here."""
        try:
            document = self._secrets.read(name.namespace, name.name)
            found = read_docker_config(document, f"Secret {name.namespace}/{name.name}")
        except (PullSecretError, NotADockerConfig) as error:
            return DockerConfig(), f"{error}; the other logins are used"
        return DockerConfig(found.logins), ""
