"""`rollctl run`: the service.

Why: what a person may set of the service is listed here.
Never here: what the parts do.
"""

from pathlib import Path
from typing import Annotated

import typer

from controller.cli.options import LEADER, LeaderElect, LeaseNamespace

PROMETHEUS, REGISTRY, OUTPUT = "Prometheus", "Registry", "Service"
HTTP = "HTTP"


def run(
    policies: Annotated[
        list[Path], typer.Option("--policies", "-f", help="Policy file or folder (repeatable).")
    ],
    namespace: Annotated[
        list[str] | None,
        typer.Option("--namespace", "-n", help="Watch this namespace only (repeatable)."),
    ] = None,
    kubeconfig: Annotated[str | None, typer.Option(help="Path of a kubeconfig.")] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig.")] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            envvar="ROLLCTL_PROMETHEUS",
            rich_help_panel=PROMETHEUS,
            help="Address of Prometheus; without one rollctl scrapes the pods itself.",
        ),
    ] = None,
    prometheus_config: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=PROMETHEUS,
            help="YAML file with authentication, TLS, headers and labels (docs/metrics.md).",
        ),
    ] = None,
    recording: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=PROMETHEUS,
            help="Without Prometheus: keep what is scraped in this OpenMetrics file, so that a"
            " restart can read it again.",
        ),
    ] = None,
    ingestion_delay: Annotated[
        float,
        typer.Option(
            rich_help_panel=PROMETHEUS,
            help="Seconds after which a sample can be read; windows wait that long.",
        ),
    ] = 1.0,
    registry_config: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=REGISTRY,
            help="YAML file with authorities and logins of registries (docs/images.md); without"
            " one ~/.docker/config.json is used.",
        ),
    ] = None,
    pull_secrets: Annotated[
        bool,
        typer.Option(
            "--pull-secrets",
            rich_help_panel=REGISTRY,
            help="Ask registries with the imagePullSecrets that governed workloads name, too; needs"
            " rights of its own (deploy/pull-secrets.yaml).",
        ),
    ] = False,
    registry_interval: Annotated[
        float,
        typer.Option(
            rich_help_panel=REGISTRY,
            help="Seconds after which a repository that a policy names is looked at again.",
        ),
    ] = 60.0,
    webhook_secret_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=REGISTRY,
            help="File with the secret that webhooks are signed with, one a line; with it"
            " /webhooks/registry and /webhooks/ci are served.",
        ),
    ] = None,
    cluster: Annotated[
        str,
        typer.Option(
            rich_help_panel=REGISTRY,
            help="What this cluster is called in the verdicts that are attached to images; without"
            " a name none is attached.",
        ),
    ] = "",
    verdict_key_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=REGISTRY,
            help="File with keys, NAME KEY a line: the first signs verdicts, and only what is signed"
            " by one of them is believed.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide and record, but write nothing.")
    ] = False,
    leader_elect: LeaderElect = None,
    lease_namespace: LeaseNamespace = "",
    lease_name: Annotated[
        str, typer.Option(rich_help_panel=LEADER, help="Name of the lease.")
    ] = "rollctl",
    lease_seconds: Annotated[
        float,
        typer.Option(
            rich_help_panel=LEADER,
            help="Seconds without a renewal after which another replica takes the lead.",
        ),
    ] = 15.0,
    shards: Annotated[
        int,
        typer.Option(
            rich_help_panel=LEADER,
            help="Divide the namespaces among this many leases, so that replicas share the work; the same"
            " number in each (docs/operations.md).",
        ),
    ] = 1,
    journal: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=OUTPUT,
            help="SQLite file for the audit trail, and for what is learned of pasts.",
        ),
    ] = None,
    journal_days: Annotated[
        float,
        typer.Option(
            rich_help_panel=OUTPUT, min=0.01, help="Decisions older than this leave the journal."
        ),
    ] = 90.0,
    journal_megabytes: Annotated[
        int,
        typer.Option(
            rich_help_panel=OUTPUT,
            min=1,
            help="Beyond this the journal forgets its oldest: first looks, then decisions.",
        ),
    ] = 512,
    listen: Annotated[
        str,
        typer.Option(
            rich_help_panel=HTTP, help="Where /livez, /readyz, /metrics and all else are."
        ),
    ] = "127.0.0.1:9746",
    tls_cert_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=HTTP,
            help="PEM file with the certificate of that port, its chain after it; read again when it"
            " changes.",
        ),
    ] = None,
    tls_key_file: Annotated[
        Path | None, typer.Option(rich_help_panel=HTTP, help="PEM file with its key.")
    ] = None,
    status_api: Annotated[
        bool,
        typer.Option(
            "--status-api",
            rich_help_panel=HTTP,
            help="Serve /api/v1/status to whom the API server lets list Deployments; needs rights of its"
            " own (docs/security.md).",
        ),
    ] = False,
    api_audience: Annotated[
        str,
        typer.Option(
            rich_help_panel=HTTP,
            help="With --status-api: take only tokens made for this audience, which are of no use"
            " elsewhere.",
        ),
    ] = "",
    api_token_file: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=HTTP,
            help="Serve /api/v1/status to who has a token of this file, one a line; read again when it"
            " changes.",
        ),
    ] = None,
    log_format: Annotated[str, typer.Option(rich_help_panel=OUTPUT, help="json or text.")] = "json",
) -> None:
    """Watch rollouts, compare old and new, pin the good image, roll back the bad one."""
    from controller.adapters.retention import DAY_SECONDS, Retention
    from controller.service import LeaseSettings, Settings, serve
    from controller.serving import HttpSettings

    serve(
        Settings(
            policies=tuple(policies),
            namespaces=tuple(namespace or ()),
            kubeconfig=kubeconfig,
            context=context,
            prometheus=prometheus,
            prometheus_config=prometheus_config,
            recording=recording,
            ingestion_delay_seconds=ingestion_delay,
            dry_run=dry_run,
            journal=journal,
            http=HttpSettings(
                listen, tls_cert_file, tls_key_file, status_api, api_audience, api_token_file
            ),
            log_format=log_format,
            registry_config=registry_config,
            pull_secrets=pull_secrets,
            registry_interval_seconds=registry_interval,
            webhook_secret_file=webhook_secret_file,
            cluster=cluster,
            verdict_key_file=verdict_key_file,
            leader_elect=leader_elect,
            lease=LeaseSettings(lease_namespace, lease_name, lease_seconds, shards),
            retention=Retention(journal_days * DAY_SECONDS, journal_megabytes * 1_000_000),
        )
    )
