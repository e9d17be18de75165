"""The service on Kubernetes, made from its settings.

Why: reading settings, refusing wrong ones all at once and choosing the adapters is one job.
Never here: the parts' behaviour.
"""

import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection, Credentials, FencedConnection
from controller.adapters.kubernetes.kubeconfig import in_cluster, namespace_of
from controller.adapters.kubernetes.lease import KubernetesLease
from controller.adapters.kubernetes.pull_secrets import KubernetesPullSecrets
from controller.adapters.kubernetes.watcher import KubernetesWatcher
from controller.adapters.kubernetes.writer import KubernetesWriter
from controller.adapters.prometheus.settings_file import read_settings
from controller.adapters.prometheus.source import PrometheusSource
from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.secret_logins import SecretLogins
from controller.adapters.registry.settings_file import read_registry_access
from controller.adapters.retention import Retention
from controller.adapters.scraper.recorder import Recorder, RecorderError
from controller.adapters.scraper.source import ScrapeSettings, ScrapeSource
from controller.app import (
    Parts,
    Service,
    dry,
    identity,
    open_journal,
    open_pasts,
    open_trail,
    own_version,
)
from controller.builds_read import BuildsReader
from controller.builds_watch import BuildsWatch
from controller.courier import Courier
from controller.election import Election
from controller.engine.leadership import Terms
from controller.engine.sharding import leases_of
from controller.historian import Historian
from controller.log_lines import log_lines
from controller.ports.journal import JournalError
from controller.ports.lease import Candidate
from controller.ports.metrics import MetricSource
from controller.ports.pasts import PastsError
from controller.ports.platform import PlatformError, Refused
from controller.printable import printable
from controller.scraping import Scraping, metrics_of
from controller.secret_file import read_secrets
from controller.serving import HttpSettings, Port, open_port, viewers_of
from controller.shards import Shards
from controller.verdicts.key_file import read_keys
from controller.verdicts.signing import sign
from controller.webhook_desk import WebhookDesk

SCRAPE_SECONDS = 5.0
LEAST_INTERVAL_SECONDS = 5.0
LEAST_LEASE_SECONDS = 3.0
MOST_SHARDS = 32
# Twice the usual limit of half an hour, and as much again: before is compared with after.
RETENTION_SECONDS = 7_200.0
EXIT_ERROR, EXIT_USAGE, EXIT_REFUSED = 1, 2, 4


class SettingsError(Exception):
    """A setting is wrong; the message says which and what to write."""


@dataclass(frozen=True, slots=True)
class LeaseSettings:
    """Which lease says who leads, how long it lasts, and into how many shards the namespaces are
    divided; without a namespace the one that the credentials go with."""

    namespace: str = ""
    name: str = "rollctl"
    seconds: float = 15.0
    shards: int = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What `rollctl run` was asked for."""

    policies: tuple[Path, ...]
    namespaces: tuple[str, ...]
    kubeconfig: str | None
    context: str | None
    prometheus: str | None
    prometheus_config: Path | None
    ingestion_delay_seconds: float
    recording: Path | None
    dry_run: bool
    journal: str | None
    http: HttpSettings
    log_format: str
    registry_config: Path | None = None
    pull_secrets: bool = False
    registry_interval_seconds: float = 60.0
    webhook_secret_file: Path | None = None
    cluster: str = ""
    verdict_key_file: Path | None = None
    leader_elect: bool | None = None
    lease: LeaseSettings = LeaseSettings()
    retention: Retention = field(default_factory=Retention)


def serve(settings: Settings) -> None:
    """Runs until told to stop. Exits with what went wrong, in one line."""
    log_lines(settings.log_format)
    try:
        _run(settings)
    except SettingsError as error:
        _exit(EXIT_USAGE, error)
    except Refused as error:
        _exit(EXIT_REFUSED, error)
    except (PlatformError, JournalError, PastsError, RecorderError, OSError) as error:
        _exit(EXIT_ERROR, error)


def _exit(code: int, error: Exception) -> None:
    sys.stderr.write(f"rollctl: {printable(str(error))}\n")
    raise SystemExit(code)


def _run(settings: Settings) -> None:
    port = _port(settings.http)
    _check_paths(settings.policies)
    credentials = find_credentials(
        settings.kubeconfig, settings.context, _terms(settings).write_seconds
    )
    me = identity()
    agent = f"rollctl/{own_version()} ({me})"
    connection = Connection(credentials, agent)
    election = _election(settings, connection, me)
    watcher = KubernetesWatcher(connection, settings.namespaces)
    logins = SecretLogins(KubernetesPullSecrets(connection)) if settings.pull_secrets else None
    source, registry, keys = _source(settings), _registry(settings, logins), _keys(settings)
    builds = _builds(settings, registry, keys, logins)
    parts = Parts(
        watcher=watcher,
        writer=KubernetesWriter(_fenced(settings, credentials, agent, election), me),
        source=source,
        policy_paths=settings.policies,
        journal=open_journal(settings.journal, settings.retention),
        trail=open_trail(settings.journal, settings.retention),
        ingestion_delay_seconds=settings.ingestion_delay_seconds,
        historian=_historian(settings),
        builds=builds,
        desk=_desk(settings, builds),
        courier=_courier(settings, registry, keys, election),
        election=election,
        viewers=viewers_of(settings.http, port, connection),
        namespaces=settings.namespaces,
        certificate=port.certificate,
    )
    service = Service(dry(parts) if settings.dry_run else parts)
    if isinstance(source, ScrapeSource):
        wanted = service.policies
        Scraping(source, watcher, SCRAPE_SECONDS, lambda: metrics_of(wanted.policies)).start()
    service.run(port.host, port.number)


def _election(settings: Settings, connection: Connection, me: str) -> Candidate | None:
    """In a cluster by default: there a second replica is one number away."""
    ours = in_cluster(settings.kubeconfig, settings.context)
    wanted = ours if settings.leader_elect is None else settings.leader_elect
    _check_shards(settings.lease.shards, wanted or settings.dry_run)
    if not wanted or settings.dry_run:
        return None
    chosen, terms = settings.lease, _terms(settings)
    namespace = chosen.namespace or namespace_of(settings.kubeconfig, settings.context)

    def lease(name: str) -> KubernetesLease:
        return KubernetesLease(connection, namespace, name, terms.write_seconds)

    if chosen.shards == 1:
        return Election(lease(chosen.name), me, terms)
    seats, shards = leases_of(chosen.name, chosen.shards)
    return Shards(
        lease(chosen.name),
        [Election(lease(seat), me, terms) for seat in seats],
        [Election(lease(shard), me, terms) for shard in shards],
        terms.retry_seconds,
    )


def _check_shards(shards: int, elects: bool) -> None:
    if not 1 <= shards <= MOST_SHARDS:
        raise SettingsError(f"--shards {shards}: write 1 to {MOST_SHARDS}")
    if shards > 1 and not elects:
        raise SettingsError(f"--shards {shards}: a shard is a lease, so add --leader-elect")


def _terms(settings: Settings) -> Terms:
    if settings.lease.seconds < LEAST_LEASE_SECONDS:
        least = f"{LEAST_LEASE_SECONDS:.0f} at least, or a slow answer costs the lead"
        raise SettingsError(f"--lease-seconds {settings.lease.seconds:g}: {least}")
    return Terms(settings.lease.seconds)


def _fenced(
    settings: Settings, credentials: Credentials, agent: str, election: Candidate | None
) -> Connection:
    """What is written with: nothing goes through unless we lead."""
    if election is None:
        return Connection(credentials, agent)
    return FencedConnection(credentials, agent, election, _terms(settings).write_seconds)


def _source(settings: Settings) -> MetricSource:
    if settings.prometheus is None and settings.prometheus_config is None:
        recorder = Recorder(settings.recording) if settings.recording else None
        return ScrapeSource(ScrapeSettings(retention_seconds=RETENTION_SECONDS), recorder)
    return _prometheus(settings)


def _prometheus(settings: Settings) -> PrometheusSource:
    try:
        wanted = read_settings(settings.prometheus_config, settings.prometheus)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    return PrometheusSource(wanted)


def _historian(settings: Settings) -> Historian | None:
    """Reads the past from a Prometheus, over connections of its own; a scraper has none."""
    if settings.prometheus is None and settings.prometheus_config is None:
        return None
    return Historian(_prometheus(settings), open_pasts(settings.journal))


def _registry(settings: Settings, logins: SecretLogins | None) -> OciRegistry:
    try:
        access = read_registry_access(settings.registry_config)
    except ValueError as error:
        raise SettingsError(f"--registry-config: {error}") from error
    return OciRegistry(access.settings, Keychain(file=access.credentials_file, secrets=logins))


def _keys(settings: Settings) -> dict[str, bytes]:
    try:
        return read_keys(settings.verdict_key_file) if settings.verdict_key_file else {}
    except ValueError as error:
        raise SettingsError(f"--verdict-key-file: {error}") from error


def _builds(
    settings: Settings,
    registry: OciRegistry,
    keys: dict[str, bytes],
    logins: SecretLogins | None,
) -> BuildsWatch:
    if settings.registry_interval_seconds < LEAST_INTERVAL_SECONDS:
        least = f"{LEAST_INTERVAL_SECONDS:.0f} at least; a webhook tells sooner"
        raise SettingsError(f"--registry-interval {settings.registry_interval_seconds:g}: {least}")
    reader = BuildsReader(registry, keys)
    return BuildsWatch(reader, settings.registry_interval_seconds, logins=logins)


def _courier(
    settings: Settings,
    registry: OciRegistry,
    keys: dict[str, bytes],
    election: Candidate | None,
) -> Courier:
    """Signs with the first key, where there is one."""
    if not keys:
        return Courier(registry, settings.cluster, leadership=election)
    name, key = next(iter(keys.items()))
    signed = partial(sign, name=name, key=key)
    return Courier(registry, settings.cluster, signed, leadership=election)


def _desk(settings: Settings, builds: BuildsWatch) -> WebhookDesk | None:
    """Takes webhooks where there is a secret to check them by."""
    if settings.webhook_secret_file is None:
        return None
    try:
        read_secrets(settings.webhook_secret_file)
    except ValueError as error:
        raise SettingsError(f"--webhook-secret-file: {error}") from error
    return WebhookDesk(settings.webhook_secret_file, builds)


def _port(http: HttpSettings) -> Port:
    try:
        return open_port(http)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _check_paths(paths: tuple[Path, ...]) -> None:
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise SettingsError(f"--policies: no such file or folder: {', '.join(missing)}")
