"""Looks at the local platform: the port's Watcher.

Why: news is a file that changed, so looking is a stat and no thread is needed.
Never here: changing anything.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from controller.adapters.local.picture import key_of, picture
from controller.adapters.local.presence import is_supervised
from controller.adapters.local.store import NEVER, Store
from controller.annotations import FINDINGS
from controller.engine.workload import Workload, WorkloadKey

LOOK_EVERY_SECONDS = 0.05


class LocalWatcher:
    """Keeps the last picture of every workload."""

    def __init__(self, directory: Path) -> None:
        self._store = Store(directory)
        self._stamp = NEVER
        self._workloads: dict[WorkloadKey, Workload] = {}
        self._findings: dict[WorkloadKey, str] = {}
        self._changed: set[WorkloadKey] = set()

    def start(self) -> None:
        """Begins to watch. Raises Refused where there is no local platform."""
        self._refresh()

    def stop(self) -> None:
        """Ends the watch."""

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        """Waits for news and takes it."""
        deadline = time.monotonic() + timeout_seconds
        self._refresh()
        while not self._changed and (left := deadline - time.monotonic()) > 0:
            time.sleep(min(LOOK_EVERY_SECONDS, left))
            self._refresh()
        taken = frozenset(self._changed)
        self._changed.clear()
        return taken

    def workload(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen."""
        return self._workloads.get(key)

    def findings_text(self, key: WorkloadKey) -> str:
        """The annotation."""
        return self._findings.get(key, "")

    def keys(self) -> Sequence[WorkloadKey]:
        """All workloads in sight, sorted."""
        return sorted(self._workloads)

    def trouble(self) -> str:
        """Why the picture may be old."""
        if not is_supervised(self._store.directory):
            return f"no supervisor runs in {self._store.directory}: this is how it was left"
        return ""

    def _refresh(self) -> None:
        stamp = self._store.stamp()
        if stamp == self._stamp and stamp != NEVER:
            return
        local = self._store.read().workloads.values()
        drawn = map(picture, local)
        fresh = {workload.key: workload for workload in drawn}
        before = self._workloads
        every = fresh.keys() | before.keys()
        self._changed |= {key for key in every if fresh.get(key) != before.get(key)}
        self._findings = {key_of(one.name): one.annotations.get(FINDINGS, "") for one in local}
        self._workloads, self._stamp = fresh, stamp
