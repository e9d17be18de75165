"""The command line: `rollctl`, also `kubectl rollctl`.

Why: what a person may type is listed in one place; a command's body is imported only when it
runs, so that help and completion come at once.
Never here: what a command does.
"""

import io
import sys

import typer

from controller.cli import (
    analyze,
    calibrate,
    demo,
    doctor,
    explain,
    freeze,
    history,
    images,
    orders,
    policies,
    run,
    status,
    verdict,
)
from controller.cli.ending import flush

app = typer.Typer(
    name="rollctl",
    help="Compares the metrics of the new and the old image version, pins the good one and"
    " rolls back the bad one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("status")(status.status)
app.command("explain")(explain.explain)
app.command("history")(history.history)
app.command("images")(images.images)
app.command("pin")(orders.pin)
app.command("unpin")(orders.unpin)
app.command("resume")(orders.resume)
app.command("rollback")(orders.rollback)
app.command("freeze")(freeze.freeze)
app.command("thaw")(freeze.thaw)
app.command("analyze")(analyze.analyze)
app.command("verdict")(verdict.verdict)
app.command("verify")(verdict.verify)
app.command("calibrate")(calibrate.calibrate)
app.command("doctor")(doctor.doctor)
app.command("lint")(policies.lint)
app.command("schema")(policies.schema)
app.command("demo")(demo.demo)

EXIT_INTERRUPTED = 130


def main() -> None:
    """Runs the command that was typed. A sign that the terminal's encoding lacks must not end it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    finally:
        flush()
