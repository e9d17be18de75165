"""What a kubelet would write into a pod's status, from what its containers are doing.

Why: controllers and rollctl read nothing else of a pod, so this must be right to the field.
Never here: processes, time or the API; times come in as text.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.testbed.api import Document


class Stage(Enum):
    """Where a container is in its life."""

    CREATING = "ContainerCreating"
    PULL_FAILED = "ErrImagePull"
    PULL_BACK_OFF = "ImagePullBackOff"
    RUNNING = "Running"
    TERMINATED = "Terminated"
    CRASH_BACK_OFF = "CrashLoopBackOff"


WAITING = {Stage.CREATING, Stage.PULL_FAILED, Stage.PULL_BACK_OFF, Stage.CRASH_BACK_OFF}


@dataclass(frozen=True)
class Ending:
    """How a container's last run ended."""

    exit_code: int
    reason: str
    started_at: str
    finished_at: str

    def describe(self, container_id: str) -> Document:
        """As a `terminated` state."""
        return {
            "exitCode": self.exit_code,
            "reason": self.reason,
            "startedAt": self.started_at,
            "finishedAt": self.finished_at,
            "containerID": container_id,
        }


@dataclass
class ContainerView:
    """One container, as its status shows it."""

    name: str
    image: str
    image_id: str = ""
    stage: Stage = Stage.CREATING
    ready: bool = False
    restarts: int = 0
    started_at: str = ""
    ending: Ending | None = None

    def describe(self, pod_uid: str) -> Document:
        """As an entry of `containerStatuses`."""
        ran = self.restarts > 0 or self.stage in (
            Stage.RUNNING,
            Stage.TERMINATED,
            Stage.CRASH_BACK_OFF,
        )
        return {
            "name": self.name,
            "image": self.image,
            "imageID": self.image_id,
            **({"containerID": self._container_id(pod_uid, self.restarts)} if ran else {}),
            "started": self.stage is Stage.RUNNING,
            "ready": self.ready,
            "restartCount": self.restarts,
            "state": self._state(pod_uid),
            "lastState": self._last_state(pod_uid),
        }

    def _state(self, pod_uid: str) -> Document:
        if self.stage is Stage.RUNNING:
            return {"running": {"startedAt": self.started_at}}
        if self.stage is Stage.TERMINATED and self.ending is not None:
            return {"terminated": self.ending.describe(self._container_id(pod_uid, self.restarts))}
        return {
            "waiting": {"reason": self.stage.value, "message": f"{self.stage.value}: {self.image}"}
        }

    def _last_state(self, pod_uid: str) -> Document:
        if self.ending is None or self.stage is Stage.TERMINATED:
            return {}
        run = self.restarts if self.stage is Stage.CRASH_BACK_OFF else self.restarts - 1
        return {"terminated": self.ending.describe(self._container_id(pod_uid, run))}

    def _container_id(self, pod_uid: str, run: int) -> str:
        return "containerd://" + hashlib.sha256(f"{pod_uid}/{self.name}/{run}".encode()).hexdigest()


@dataclass
class Conditions:
    """A pod's conditions and when each last changed."""

    seen: dict[str, tuple[bool, str]]

    def describe(self, wanted: dict[str, bool], now: str, generation: int) -> list[Document]:
        """As `conditions`; a condition that holds on keeps its transition time."""
        for name, value in wanted.items():
            if name not in self.seen or self.seen[name][0] != value:
                self.seen[name] = (value, now)
        return [self._one(name, generation) for name in wanted]

    def _one(self, name: str, generation: int) -> Document:
        value, since = self.seen[name]
        why: dict[str, Any] = {"reason": None, "message": None}
        if not value:
            why = {"reason": "ContainersNotReady", "message": "containers with unready status"}
        status = "True" if value else "False"
        return {
            "type": name,
            "status": status,
            "lastTransitionTime": since,
            "observedGeneration": generation,
            **why,
        }


def pod_phase(views: list[ContainerView]) -> str:
    """Pending until every container has run once."""
    never_ran = any(view.stage in WAITING and view.ending is None for view in views)
    return "Pending" if never_ran else "Running"


def wanted_conditions(views: list[ContainerView], *, gates_open: bool) -> dict[str, bool]:
    """Which conditions hold."""
    ready = all(view.ready for view in views)
    return {
        "PodReadyToStartContainers": True,
        "Initialized": True,
        "ContainersReady": ready,
        "Ready": ready and gates_open,
    }
