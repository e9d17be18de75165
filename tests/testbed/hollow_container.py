"""One container on a hollow node: pulled, started, ready, dead, backing off, started again.

Why: what a rollout waits for and what a rollback saves from are these stages, in this order.
Never here: HTTP to the API server, or which process runs.
"""

import contextlib
import socket
from datetime import UTC, datetime

from tests.testbed.addresses import POD_PORT
from tests.testbed.api import Document
from tests.testbed.images import Behaviour, Image, ImageCatalogue
from tests.testbed.pod_status import ContainerView, Ending, Stage
from tests.testbed.processes import Process

LIFE_OF_A_CRASHER_SECONDS = 0.05
SHOW_STAGE_SECONDS = 0.3
PULL_RETRY_SECONDS = 1.0
FIRST_BACK_OFF_SECONDS = 0.25
LONGEST_BACK_OFF_SECONDS = 2.0
OUT_OF_MEMORY_CODE = 137


def timestamp() -> str:
    """Now, as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class HollowContainer:
    """One container's life, moved on by `step`."""

    def __init__(self, spec: Document, catalogue: ImageCatalogue) -> None:
        self.view = ContainerView(spec["name"], spec["image"])
        self.image: Image | None = None
        self.process: Process | None = None
        self._catalogue = catalogue
        self._next_at = 0.0
        self._ready_at = 0.0
        self._running_at = 0.0

    def pull(self, now: float) -> bool:
        """Looks its image up; whether it may start."""
        found = self._catalogue.resolve(self.view.image)
        if found is None or found.behaviour.pull_error:
            self.view.stage, self._next_at = Stage.PULL_FAILED, now + SHOW_STAGE_SECONDS
            return False
        self.image, self.view.image_id = found, found.image_id
        return True

    def due(self, now: float) -> bool:
        """Whether it waits for nothing any more."""
        return self.view.stage is not Stage.RUNNING and now >= self._next_at

    def started(self, now: float, process: Process | None) -> None:
        """It runs from now on."""
        self.process, self._running_at = process, now
        self._ready_at = now + self._behaviour.ready_after_seconds
        self.view.restarts += self.view.ending is not None
        self.view.stage, self.view.started_at = Stage.RUNNING, timestamp()

    def back_off(self, now: float) -> None:
        """From the failure to the wait that follows it."""
        if self.view.stage is Stage.PULL_FAILED:
            self.view.stage, self._next_at = Stage.PULL_BACK_OFF, now + PULL_RETRY_SECONDS
        else:
            wait = min(FIRST_BACK_OFF_SECONDS * 2**self.view.restarts, LONGEST_BACK_OFF_SECONDS)
            self.view.stage, self._next_at = Stage.CRASH_BACK_OFF, now + wait

    def watch_over(self, now: float, address: str) -> None:
        """Notices that it died or became ready."""
        code = self._death(now)
        if code is not None:
            self._ended(code, now)
        elif not self.view.ready and self._may_be_ready(now):
            self.view.ready = self.process is None or _answers(address)

    @property
    def _behaviour(self) -> Behaviour:
        return self.image.behaviour if self.image is not None else Behaviour()

    def _death(self, now: float) -> int | None:
        old = now - self._running_at > LIFE_OF_A_CRASHER_SECONDS
        if self._behaviour.oom and old:
            if self.process is not None:
                self.process.kill()
            return OUT_OF_MEMORY_CODE
        if self.process is not None:
            return self.process.exit_code
        return 1 if self._behaviour.crash_loop and old else None

    def _ended(self, code: int, now: float) -> None:
        reason = "OOMKilled" if self._behaviour.oom else "Error" if code else "Completed"
        shown = 128 - code if code < 0 else code
        self.view.ending = Ending(shown, reason, self.view.started_at, timestamp())
        self.view.stage, self.view.ready, self.process = Stage.TERMINATED, False, None
        self._next_at = now + SHOW_STAGE_SECONDS

    def _may_be_ready(self, now: float) -> bool:
        return now >= self._ready_at and not (
            self._behaviour.never_ready or self._behaviour.dies_at_once
        )


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, POD_PORT), timeout=0.2):
        return True
    return False
