"""Runs a program that does not outlive whoever started it.

Why: a killed supervisor must leave no process behind, and nothing is as sure as the kernel.
Never here: an import beyond the standard library: this file runs alone, before the program.
Elsewhere than on Linux the program stays in its parent's process group, which Ctrl-C ends.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def leashed(command: Sequence[str], last: signal.Signals) -> list[str]:
    """The command such that it gets the signal `last` when the calling thread is gone."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(last)), *command]


def _become(parent: int, last: int, command: list[str]) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, last, 0, 0, 0)
    # Whoever died before the line above will not tell us any more.
    if os.getppid() == parent:
        os.execvp(command[0], command)  # noqa: S606 - no shell is meant


if __name__ == "__main__":
    _become(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
