"""Examines an installation and prints the diagnosis.

Why: which adapters are examined is chosen once, as `run` chooses them.
Never here: checks.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from controller.cli.ending import (
    EXIT_ERROR,
    EXIT_REFUSED,
    EXIT_USAGE,
    fail,
    note,
    say,
    say_document,
)
from controller.doctor.examine import Patient, examine
from controller.doctor.finding import Finding, Level
from controller.openmetrics.labels import PodLabels
from controller.ports.access import Access, Permission
from controller.ports.metrics import ClockedSource
from controller.ports.platform import Refused, Watcher
from controller.show.document import API_VERSION, as_json
from policies.load import load

if TYPE_CHECKING:
    from controller.adapters.prometheus.settings import PrometheusSettings
    from controller.adapters.registry.client import OciRegistry

CHECK_WIDTH = 15


@dataclass(frozen=True, slots=True)
class Asked:
    """What `rollctl doctor` was asked for."""

    policies: tuple[Path, ...]
    namespaces: tuple[str, ...]
    kubeconfig: str | None
    context: str | None
    prometheus: str | None
    prometheus_config: Path | None
    registry_config: Path | None
    dry_run: bool
    status_api: bool
    leader_elect: bool | None
    lease_namespace: str
    as_json: bool


def diagnose(asked: Asked) -> int:
    """Prints every finding; returns the exit code."""
    access, watcher = _platform(asked)
    settings = _prometheus(asked)
    with closing(_registry(asked)) as registry:
        patient = Patient(
            loaded=load(asked.policies),
            access=access,
            watcher=watcher,
            namespaces=asked.namespaces,
            source=_source(settings),
            labels=settings.pod_labels if settings else PodLabels(),
            registry=registry,
            clock=time.time,
        )
        return tell(examine(patient), as_document=asked.as_json)


def tell(findings: Iterable[Finding], *, as_document: bool) -> int:
    """Prints findings, as they come or as one document; returns what they end with."""
    found: list[Finding] = []
    for one in findings:
        found.append(one)
        if not as_document:
            say(line(one))
    if as_document:
        say_document(as_json(document(found)))
    else:
        note(_count(found))
    return exit_code(found)


def line(one: Finding) -> str:
    """One finding on one line."""
    mend = f"; {one.mend}" if one.mend else ""
    return f"{one.level.value:<4}  {one.check:<{CHECK_WIDTH}}  {one.told}{mend}"


def document(found: Sequence[Finding]) -> dict[str, Any]:
    """All of them for a program."""
    checks = [
        {"level": one.level.name.lower(), "check": one.check, "told": one.told, "mend": one.mend}
        for one in found
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": "Diagnosis",
        "healthy": not any(_failed(found)),
        "checks": checks,
    }


def exit_code(found: Sequence[Finding]) -> int:
    """0 where nothing fails, 4 where a permission is missing, else 1."""
    failed = list(_failed(found))
    if any(one.is_refusal for one in failed):
        return EXIT_REFUSED
    return EXIT_ERROR if failed else 0


def _failed(found: Sequence[Finding]) -> Iterator[Finding]:
    return (one for one in found if one.level is Level.FAIL)


def _count(found: Sequence[Finding]) -> str:
    levels = [one.level for one in found]
    parts = (f"{levels.count(level)} {level.value}" for level in Level)
    return ", ".join(parts)


def _platform(asked: Asked) -> tuple[Access, Watcher]:
    from controller.adapters.kubernetes.access import KubernetesAccess
    from controller.adapters.kubernetes.client_credentials import find_credentials
    from controller.adapters.kubernetes.connection import Connection
    from controller.adapters.kubernetes.permissions import PERMISSIONS, READING, REVIEWS
    from controller.adapters.kubernetes.watcher import KubernetesWatcher

    try:
        credentials = find_credentials(asked.kubeconfig, asked.context)
    except Refused as error:
        fail(str(error), EXIT_REFUSED)
    connection = Connection(credentials)
    governing = READING if asked.dry_run else PERMISSIONS
    permissions = (*governing, *(REVIEWS if asked.status_api else ()), *_of_leading(asked))
    access = KubernetesAccess(connection, credentials.host, permissions)
    return access, KubernetesWatcher(connection, asked.namespaces)


def _of_leading(asked: Asked) -> Iterator[Permission]:
    """What leader election needs, where `run` would use it."""
    from controller.adapters.kubernetes.kubeconfig import in_cluster, namespace_of
    from controller.adapters.kubernetes.permissions import LEASE

    ours = in_cluster(asked.kubeconfig, asked.context)
    if asked.dry_run or not (ours if asked.leader_elect is None else asked.leader_elect):
        return
    namespace = asked.lease_namespace or namespace_of(asked.kubeconfig, asked.context)
    yield from (replace(one, namespace=namespace) for one in LEASE)


def _prometheus(asked: Asked) -> "PrometheusSettings | None":
    from controller.adapters.prometheus.settings_file import read_settings

    if asked.prometheus is None and asked.prometheus_config is None:
        return None
    try:
        return read_settings(asked.prometheus_config, asked.prometheus)
    except ValueError as error:
        fail(str(error), EXIT_USAGE)


def _source(settings: "PrometheusSettings | None") -> ClockedSource | None:
    from controller.adapters.prometheus.source import PrometheusSource

    return PrometheusSource(settings) if settings else None


def _registry(asked: Asked) -> "OciRegistry":
    from controller.adapters.registry.client import OciRegistry
    from controller.adapters.registry.keychain import Keychain
    from controller.adapters.registry.settings_file import read_registry_access

    try:
        access = read_registry_access(asked.registry_config)
    except ValueError as error:
        fail(f"--registry-config: {error}", EXIT_USAGE)
    return OciRegistry(access.settings, Keychain(file=access.credentials_file))
