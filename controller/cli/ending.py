"""How commands end: one line and an exit code, never a traceback.

Why: scripts read the code, people the line.
Never here: what went well.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

EXIT_ERROR, EXIT_USAGE, EXIT_REFUSED = 1, 2, 4


def tell(line: str) -> None:
    """A line beside the answer, for a person."""
    sys.stderr.write(f"rollctl: {line}\n")


def fail(message: str, code: int = EXIT_ERROR) -> NoReturn:
    """Says what went wrong and ends."""
    tell(message)
    raise SystemExit(code)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Ends with one line where a port, an order or a file says no."""
    from controller.engine.orders import OrderRefusedError
    from controller.ports.journal import JournalError
    from controller.ports.pasts import PastsError
    from controller.ports.platform import PlatformError, Refused, Vanished
    from controller.show.text import plain

    try:
        yield
    except Refused as error:
        fail(plain(str(error)), EXIT_REFUSED)
    except Vanished as error:
        fail(f"{plain(str(error))}; `rollctl status -A --all` shows what there is")
    except (PlatformError, JournalError, PastsError, OrderRefusedError, OSError) as error:
        fail(plain(str(error)))


def say(line: str) -> None:
    """A line of the answer."""
    try:
        sys.stdout.write(f"{line}\n")
    except BrokenPipeError:
        _end_unread()


def flush() -> None:
    """Hands on all of the answer so far."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _end_unread()


def _end_unread() -> NoReturn:
    """Ends well: whoever read us has seen enough. Python's own flush at the end goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)
