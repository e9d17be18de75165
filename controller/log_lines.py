"""How the log is spelled: a line of JSON or a line for a person each.

Why: what is logged names workloads, answers and people in texts of others, and a log that can be
forged proves nothing.
Never here: what is logged.
"""

import sys
from typing import Any

import structlog

from controller.printable import printable

TRACEBACK = "exception"


def log_lines(form: str) -> None:
    """Structured log lines to stderr: "json", or "text" for a person."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *rendered(form, colours=sys.stderr.isatty()),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def log_beside_the_answer() -> None:
    """For a command whose answer is on stdout, where structlog writes unless it is told otherwise."""
    if not structlog.is_configured():
        log_lines("text")


def rendered(form: str, *, colours: bool) -> tuple[structlog.typing.Processor, ...]:
    """The last steps. JSON spells whatever is no ASCII by itself."""
    if form == "json":
        return (structlog.processors.JSONRenderer(),)
    return (one_line_each, structlog.dev.ConsoleRenderer(colors=colours))


def one_line_each(_logger: Any, _method: str, event: Any) -> dict[str, Any]:
    """Each text in one printable line, but for a traceback, which has lines of its own."""
    return {name: _shown(name, value) for name, value in event.items()}


def _shown(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return "\n".join(map(printable, value.split("\n"))) if name == TRACEBACK else printable(value)
