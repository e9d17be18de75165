"""`rollctl doctor`: whether an installation can do its work.

Why: it takes the options of `rollctl run`, so that what is checked is what will run.
Never here: checks.
"""

from pathlib import Path
from typing import Annotated

import typer

from controller.cli.options import (
    Context,
    Kubeconfig,
    LeaderElect,
    LeaseNamespace,
    PlainOutput,
    PlainOutputOption,
)


def doctor(
    policies: Annotated[
        list[Path], typer.Option("--policies", "-f", help="Policy file or folder (repeatable).")
    ],
    namespace: Annotated[
        list[str] | None,
        typer.Option("--namespace", "-n", help="As of `run`: this namespace only (repeatable)."),
    ] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    prometheus: Annotated[
        str | None, typer.Option(envvar="ROLLCTL_PROMETHEUS", help="Address of Prometheus.")
    ] = None,
    prometheus_config: Annotated[
        Path | None,
        typer.Option(
            help="YAML file with authentication, TLS, headers and labels (docs/metrics.md)."
        ),
    ] = None,
    registry_config: Annotated[
        Path | None, typer.Option(help="YAML file with authorities and logins of registries.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask for the permissions of a dry run only.")
    ] = False,
    status_api: Annotated[
        bool, typer.Option("--status-api", help="Ask for the permissions of the status API, too.")
    ] = False,
    leader_elect: LeaderElect = None,
    lease_namespace: LeaseNamespace = "",
    output: PlainOutputOption = PlainOutput.TEXT,
) -> None:
    """Check permissions, policies, metrics and registries, and say how to mend what is wrong."""
    from controller.cli.doctoring import Asked, diagnose

    asked = Asked(
        policies=tuple(policies),
        namespaces=tuple(namespace or ()),
        kubeconfig=kubeconfig,
        context=context,
        prometheus=prometheus,
        prometheus_config=prometheus_config,
        registry_config=registry_config,
        dry_run=dry_run,
        status_api=status_api,
        leader_elect=leader_elect,
        lease_namespace=lease_namespace,
        as_json=output is PlainOutput.JSON,
    )
    raise SystemExit(diagnose(asked))
