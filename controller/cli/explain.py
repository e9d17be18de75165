"""`rollctl explain TYPE/NAME`: why, in a paragraph with figures, and as a picture.

Why: a tool that acts must be able to say why.
Never here: the sentences, the drawing.
"""

import time
from typing import Annotated

import typer

from controller.cli.options import (
    Context,
    Kubeconfig,
    Local,
    Namespace,
    PlainOutput,
    PlainOutputOption,
    Plot,
    Target,
)


def explain(
    target: Target,
    namespace: Namespace = None,
    output: PlainOutputOption = PlainOutput.TEXT,
    plot: Plot = None,
    journal: Annotated[
        str | None,
        typer.Option(help="With --plot: the SQLite journal that `rollctl run` keeps."),
    ] = None,
    kubeconfig: Kubeconfig = None,
    context: Context = None,
    local: Local = None,
) -> None:
    """Say why a workload is as it is, and on what evidence."""
    from controller.cli.ending import one_line_errors, say, say_document
    from controller.cli.pictures import STDOUT, journal_of, picture_of, write_picture
    from controller.cli.platforms import name_of, open_platform
    from controller.show.document import as_json, explanation_document
    from controller.show.seen import seen
    from controller.show.story import explain as told

    trail = journal_of(journal) if plot is not None else ""
    now = time.time()
    with one_line_errors():
        where = open_platform(local, kubeconfig, context, namespace)
        one = seen(where.lister.one(where.namespace, name_of(target)))
        if plot is not None:
            write_picture(plot, picture_of(one, trail))
    if plot == STDOUT:
        return
    if output is PlainOutput.JSON:
        say_document(as_json(explanation_document(one, now)))
        return
    for line in told(one, now):
        say(line)
