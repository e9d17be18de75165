"""`rollctl history`: every decision, newest first.

Why: what was decided last week must be there to read.
Never here: layout.
"""

from typing import Annotated

import typer

from controller.cli.options import (
    AllNamespaces,
    Context,
    Kubeconfig,
    Local,
    MaybeTarget,
    Namespace,
    NoHeaders,
)


def history(
    target: MaybeTarget = None,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    journal: Annotated[
        str | None, typer.Option(help="Read this SQLite journal instead of the workloads.")
    ] = None,
    most: Annotated[int, typer.Option("--limit", help="How many at the most.")] = 50,
    no_headers: NoHeaders = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """List what was decided, of one workload or of all."""
    from controller.cli.ending import one_line_errors, say
    from controller.cli.platforms import open_platform
    from controller.cli.trails import journalled, recorded
    from controller.show.story import history as told

    with one_line_errors():
        if journal is not None:
            entries = journalled(journal, target, namespace, most)
        else:
            where = open_platform(
                local, kubeconfig, context, namespace, every_namespace=all_namespaces
            )
            entries = recorded(where, target)
    for line in told(entries[:most], head=not no_headers):
        say(line)
