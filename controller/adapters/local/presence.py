"""Whether a supervisor lives, and that there is only one.

Why: a lock ends with its process however it died, so it never lies as a pid file does.
Never here: the state.
"""

import fcntl
import os
from pathlib import Path

from controller.ports.platform import Refused

FILE = "supervisor.lock"


def claim(directory: Path) -> int:
    """Takes the directory for this process; the handle holds it. Raises Refused when taken."""
    handle = os.open(directory / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Refused(f"{directory} has a supervisor already; end that one first") from None
    return handle


def is_supervised(directory: Path) -> bool:
    """Whether some process holds the directory."""
    try:
        handle = os.open(directory / FILE, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
