"""`rollctl calibrate`: learns from a service's own past how far apart its good pods lie.

Why: the service learns it by itself; a person wants to see it, or to have it learned at once.
Never here: the learning.
"""

from pathlib import Path
from typing import Annotated

import typer

from controller.cli.options import (
    AllNamespaces,
    Context,
    Kubeconfig,
    MaybeTarget,
    Namespace,
    NoHeaders,
    PlainOutput,
    PlainOutputOption,
    Selector,
)


def calibrate(
    policies: Annotated[
        list[Path], typer.Option("--policies", "-f", help="Policy file or folder (repeatable).")
    ],
    target: MaybeTarget = None,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    prometheus: Annotated[
        str | None, typer.Option(envvar="ROLLCTL_PROMETHEUS", help="Address of Prometheus.")
    ] = None,
    prometheus_config: Annotated[
        Path | None,
        typer.Option(
            help="YAML file with authentication, TLS, headers and labels (docs/metrics.md)."
        ),
    ] = None,
    days: Annotated[float, typer.Option(help="How far to look back.", min=0.001)] = 14.0,
    journal: Annotated[
        str | None,
        typer.Option(help="Keep it in this SQLite file: that of `rollctl run --journal`."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it, but keep nothing.")] = False,
    output: PlainOutputOption = PlainOutput.TEXT,
    no_headers: NoHeaders = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Learn from Prometheus how much equally good pods of a service differ."""
    from controller.cli.calibrating import Asked, calibrate_all
    from controller.cli.ending import one_line_errors
    from controller.cli.platforms import open_platform

    with one_line_errors():
        where = open_platform(None, kubeconfig, context, namespace, every_namespace=all_namespaces)
        asked = Asked(
            policies=tuple(policies),
            target=target,
            labels=selector,
            prometheus=prometheus,
            prometheus_config=prometheus_config,
            days=days,
            journal=None if dry_run else journal,
            keeps=not dry_run,
            as_json=output is PlainOutput.JSON,
            head=not no_headers,
        )
        code = calibrate_all(where, asked)
    raise SystemExit(code)
