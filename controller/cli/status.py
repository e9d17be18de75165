"""`rollctl status`: a table of all workloads, or everything about one.

Why: see the module of each part; this one only reads the options.
Never here: layout.
"""

import time
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
    Output,
    OutputOption,
    Selector,
)


def status(
    target: MaybeTarget = None,
    namespace: Namespace = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Show again on change.")] = False,
    output: OutputOption = Output.TEXT,
    no_headers: NoHeaders = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what rollctl never had to do with.")
    ] = False,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Show what runs where, what is compared, and what happens next."""
    from controller.cli.ending import one_line_errors
    from controller.cli.looks import Listing, One, show_once, watch_on
    from controller.cli.platforms import name_of, open_platform

    with one_line_errors():
        where = open_platform(local, kubeconfig, context, namespace, every_namespace=all_namespaces)
        look = (
            One(where, name_of(target), output)
            if target
            else Listing(where, selector, output, everything=everything, head=not no_headers)
        )
        code = watch_on(look, time.time, time.sleep) if watch else show_once(look, time.time())
    raise SystemExit(code)
