"""The supervisor: keeps the processes as the state wants them, and the state true.

Why: it is to the local platform what controllers and nodes are to a cluster.
Never here: any knowledge of rollctl's records.
"""

import os
import signal
import time
from pathlib import Path

from controller.adapters.local import presence
from controller.adapters.local.fleet import Fleet, addresses
from controller.adapters.local.lifecycle import advanced, stopped
from controller.adapters.local.state import LocalWorkload
from controller.adapters.local.store import Store, write_whole

TICK_SECONDS = 0.1


class Supervisor:
    """Supervises one directory; only one can at a time."""

    def __init__(self, directory: Path) -> None:
        self._store = Store(directory)
        self._store.create()
        self._held = presence.claim(directory)
        self._fleet = Fleet(directory / "logs")
        self._endpoints: dict[str, list[str]] = {}
        self._stopping = False

    def stop(self) -> None:
        """Ends `run` after the tick under way."""
        self._stopping = True

    def run(self) -> None:
        """Supervises until stopped, and leaves no process behind."""
        try:
            while not self._stopping:
                self._tick(time.time())
                time.sleep(TICK_SECONDS)
        finally:
            self._fleet.end()
            self._store.change(stopped)
            os.close(self._held)

    def _tick(self, now: float) -> None:
        signs = self._fleet.look(now)
        state = self._store.change(lambda state: advanced(state, signs, now))
        for workload in state.workloads.values():
            self._tell_endpoints(workload)
        self._fleet.follow(state, now)

    def _tell_endpoints(self, workload: LocalWorkload) -> None:
        """Traffic must know of a leaving pod before the pod is ended."""
        ready = addresses(workload.pods)
        if self._endpoints.get(workload.name) != ready:
            self._endpoints[workload.name] = ready
            file = endpoints_file(self._store.directory, workload.name)
            file.parent.mkdir(exist_ok=True)
            write_whole(file, "".join(f"{address}\n" for address in ready).encode())


def endpoints_file(directory: Path, name: str) -> Path:
    """The file that names the ready pods of a workload, one host:port a line."""
    return directory / "endpoints" / name


def supervise(directory: Path) -> None:
    """Supervises until SIGTERM or SIGINT."""
    supervisor = Supervisor(directory)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    supervisor.run()
