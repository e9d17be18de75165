"""Real processes that cannot outlive the test run, free ports, and waiting with a deadline.

Why: a test that dies must leave nothing behind, and one that waits must say what it waited for.
Never here: what the processes are.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

CHECKOUT = Path(__file__).parents[2]
POLL_SECONDS = 0.05
STOP_SECONDS = 5.0
TAIL_LINES = 30
MEMORY_DISK = Path("/dev/shm")
PREFIX = "rollctl-testbed-"

# The kernel sends the parent-death signal when the *thread* that started the child ends, so one
# thread that lives as long as the interpreter starts them all.
_starter = ThreadPoolExecutor(1, thread_name_prefix="testbed-starter")


class TestbedError(Exception):
    """The testbed itself does not work; the message says which part and shows its last words."""

    __test__ = False


class Process:
    """One started program and its log."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        *,
        working_directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._popen = _starter.submit(_start, command, log, working_directory, environment).result()

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        """Sends SIGTERM and does not wait."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it as a crash would, with SIGKILL, and waits until it is gone."""
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def stop(self, patience_seconds: float = STOP_SECONDS) -> None:
        """Ends it politely, or by force when it does not listen."""
        self.ask_to_stop()
        try:
            self._popen.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-TAIL_LINES:])

    def _signal(self, number: signal.Signals) -> None:
        # Popen.send_signal polls first, so an id that was reaped and given to another is never hit.
        with contextlib.suppress(ProcessLookupError):
            self._popen.send_signal(number)


def _start(
    command: Sequence[str],
    log: Path,
    working_directory: Path | None,
    environment: Mapping[str, str] | None,
) -> subprocess.Popen[bytes]:
    with log.open("ab") as sink:
        return subprocess.Popen(
            [*_dies_with_us(), *command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=working_directory,
            env=environment,
            # Ctrl-C is for the test run; it then ends these in its own order.
            start_new_session=True,
        )


def _dies_with_us() -> list[str]:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise TestbedError("setpriv (util-linux) is needed, so that nothing outlives a killed run")
    # The run may have been killed before the signal was asked for; then the shell has another
    # parent already, and nothing is started.
    guard = 'test "$PPID" = "$0" && exec "$@"'
    return [setpriv, "--pdeathsig", "KILL", "--", "sh", "-c", guard, str(os.getpid())]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nothing listens on now."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def wait_until(
    happened: Callable[[], bool],
    timeout_seconds: float,
    message: str | Callable[[], str],
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Returns when it happened. Raises TestbedError with the message after the deadline."""
    deadline = time.monotonic() + timeout_seconds
    while not happened():
        if time.monotonic() > deadline:
            text = message if isinstance(message, str) else message()
            raise TestbedError(f"not within {timeout_seconds:g} s: {text}")
        time.sleep(poll_seconds)


def memory_folder(purpose: str) -> Path:
    """A new folder in memory where the machine has such, else on disk; the caller removes it."""
    parent = MEMORY_DISK if os.access(MEMORY_DISK, os.W_OK) else None
    if parent is not None:
        _sweep(parent)
    return Path(mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{purpose}-", dir=parent))


def _sweep(parent: Path) -> None:
    # A run that was killed could not remove its own.
    for folder in parent.glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-", 1)[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)
