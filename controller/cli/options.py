"""Options that several commands share, spelled as kubectl spells them.

Why: one name, one meaning, one help text.
Never here: what they do.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Target = Annotated[str, typer.Argument(metavar="TYPE/NAME", help="As in deployment/web.")]
MaybeTarget = Annotated[
    str | None, typer.Argument(metavar="[TYPE/NAME]", help="As in deployment/web.")
]
Namespace = Annotated[
    str | None, typer.Option("--namespace", "-n", help="Namespace; default: the context's.")
]
AllNamespaces = Annotated[bool, typer.Option("--all-namespaces", "-A", help="Every namespace.")]
Context = Annotated[str | None, typer.Option("--context", help="Context of the kubeconfig.")]
Kubeconfig = Annotated[str | None, typer.Option("--kubeconfig", help="Path of a kubeconfig.")]
Local = Annotated[
    Path | None, typer.Option("--local", help="Directory of a local platform, as of the demo.")
]
Selector = Annotated[str, typer.Option("--selector", "-l", help="Label selector.")]
NoHeaders = Annotated[bool, typer.Option("--no-headers", help="Leave out the head of a table.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the record.")]
AsName = Annotated[str, typer.Option("--as-name", help="Who orders; default: you.")]

RegistryConfig = Annotated[
    Path | None, typer.Option(help="YAML file with authorities and logins of registries.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(help="File with keys, NAME KEY a line; only what one of them signed is believed."),
]
LEADER = "Leader election"
LeaderElect = Annotated[
    bool | None,
    typer.Option(
        "--leader-elect/--no-leader-elect",
        rich_help_panel=LEADER,
        help="Write only while holding a lease that all replicas share. By default in a cluster,"
        " and not with a kubeconfig; a dry run never needs it.",
    ),
]
LeaseNamespace = Annotated[
    str, typer.Option(rich_help_panel=LEADER, help="Namespace of the lease; by default our own.")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", help="Draw each metric's interval over time as SVG; - is stdout."),
]


class Output(StrEnum):
    """How to print."""

    TEXT = "text"
    WIDE = "wide"
    NAME = "name"
    JSON = "json"
    YAML = "yaml"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print.")]


class PlainOutput(StrEnum):
    """How to print what is no list of workloads."""

    TEXT = "text"
    JSON = "json"


PlainOutputOption = Annotated[PlainOutput, typer.Option("--output", "-o", help="How to print.")]
