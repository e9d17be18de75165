"""What commands say, and how they end: one line and an exit code, never a traceback.

Why: scripts read the code, people the line; and whatever names and answers hold, all of it goes
through the doors here, which let nothing through that moves a cursor or begins a line.
Never here: what is said.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from controller.printable import printable

EXIT_ERROR, EXIT_USAGE, EXIT_REFUSED = 1, 2, 4


def tell(line: str) -> None:
    """A line beside the answer, for a person, that names who says it."""
    note(f"rollctl: {line}")


def note(line: str) -> None:
    """A line beside the answer, for a person."""
    sys.stderr.write(f"{printable(line)}\n")


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

    try:
        yield
    except Refused as error:
        fail(str(error), EXIT_REFUSED)
    except Vanished as error:
        fail(f"{error}; `rollctl status -A --all` shows what there is")
    except (PlatformError, JournalError, PastsError, OrderRefusedError, OSError) as error:
        fail(str(error))


def say(line: str) -> None:
    """A line of the answer."""
    hand_over(f"{printable(line)}\n")


def say_document(document: str) -> None:
    """An answer for a program, in many lines; whoever wrote it has spelled all that is unprintable."""
    for line in document.split("\n"):
        say(line)


def hand_over(text: str) -> None:
    """Text of the answer, as it is."""
    try:
        sys.stdout.write(text)
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
