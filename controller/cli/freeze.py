"""`rollctl freeze | thaw`: hands off everything, everywhere, and back to work.

Why: one order for an incident, which needs neither a policy nor a restart.
Never here: what it does.
"""

from typing import Annotated

import typer

from controller.cli.options import AsName, Context, Kubeconfig

LeaseNamespace = Annotated[
    str, typer.Option(help="Namespace of the controller and its lease.", show_default=True)
]
LeaseName = Annotated[str, typer.Option(help="Name of the lease.", show_default=True)]


def freeze(
    lasting: Annotated[
        str, typer.Option("--for", help="How long, as in 30m or 2h; default: until `rollctl thaw`.")
    ] = "",
    reason: Annotated[
        str, typer.Option(help="Why; kept on the lease, and shown wherever something is held back.")
    ] = "",
    as_name: AsName = "",
    lease_namespace: LeaseNamespace = "rollctl",
    lease_name: LeaseName = "rollctl",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Tell rollctl to change nothing anywhere until it is thawed; it goes on watching."""
    from controller.cli import freezing
    from controller.cli.ending import EXIT_USAGE, fail
    from policies.durations import parse_duration

    try:
        seconds = parse_duration(lasting) if lasting else None
    except ValueError as error:
        fail(f"--for {lasting}: {error}", EXIT_USAGE)
    place = freezing.Place(kubeconfig, context, lease_namespace, lease_name)
    freezing.freeze(place, seconds, reason, as_name)


def thaw(
    lease_namespace: LeaseNamespace = "rollctl",
    lease_name: LeaseName = "rollctl",
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Let rollctl act again."""
    from controller.cli import freezing

    freezing.thaw(freezing.Place(kubeconfig, context, lease_namespace, lease_name))
