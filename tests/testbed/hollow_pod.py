"""One pod on a hollow node: its containers' lives, and the one real process that serves for it.

Why: the pod's metrics must come from something that runs, crashes and ends as a program does.
Never here: HTTP to the API server; hollow_node.py carries statuses there.
"""

import contextlib
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.testbed.api import Document
from tests.testbed.images import Behaviour, Image, ImageCatalogue
from tests.testbed.pod_status import (
    Conditions,
    ContainerView,
    Ending,
    Stage,
    pod_phase,
    wanted_conditions,
)
from tests.testbed.processes import Process

POD_PORT = 8080
CHECKOUT = Path(__file__).parents[2]
LIFE_OF_A_CRASHER_SECONDS = 0.05
SHOW_STAGE_SECONDS = 0.3
PULL_RETRY_SECONDS = 1.0
FIRST_BACK_OFF_SECONDS = 0.25
LONGEST_BACK_OFF_SECONDS = 2.0
# Longer than visitors take to notice that a target is gone, as a preStop sleep would be.
GOODBYE_SECONDS = 0.4
STOP_SECONDS = 1.5
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


class HollowPod:
    """One pod bound to one of our nodes."""

    def __init__(
        self, document: Document, address: str, catalogue: ImageCatalogue, log: Path
    ) -> None:
        self.document = document
        self.address = address
        self.unsent = True
        self.stopping = False
        self.removed = False
        self._log = log
        self._ask_at = 0.0
        self._started_at = timestamp()
        self._conditions = Conditions({})
        self._containers = [
            HollowContainer(spec, catalogue) for spec in document["spec"]["containers"]
        ]
        self._server: HollowContainer | None = None

    @property
    def path(self) -> str:
        """Where the API server keeps it."""
        metadata = self.document["metadata"]
        return f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"

    @property
    def uid(self) -> str:
        """Which of the pods of that name it is."""
        return str(self.document["metadata"]["uid"])

    @property
    def app(self) -> str:
        """Its `app` label."""
        return str(self.document["metadata"].get("labels", {}).get("app", ""))

    @property
    def target(self) -> str:
        """Where its process serves."""
        return f"{self.address}:{POD_PORT}"

    @property
    def serves(self) -> bool:
        """Whether visitors may be sent to it."""
        ready = all(container.view.ready for container in self._containers)
        return ready and self._server is not None and not self.stopping

    def seen(self, document: Document) -> None:
        """Takes in what the API server says; a status that another hand changed is sent again."""
        self.document = document
        held = {
            one["type"]: one["status"] for one in document.get("status", {}).get("conditions", [])
        }
        ours = {
            name: "True" if value else "False" for name, (value, _) in self._conditions.seen.items()
        }
        self.unsent = self.unsent or any(held.get(name) != value for name, value in ours.items())

    def step(self, now: float) -> None:
        """Moves every container on and notes whether its status must be sent."""
        before = [vars(container.view).copy() for container in self._containers]
        for container in self._containers:
            if not self.stopping:
                self._step(container, now)
        self.unsent = self.unsent or before != [
            vars(container.view) for container in self._containers
        ]

    def stop(self, now: float) -> None:
        """Takes no new visitors; its process ends once they know. Harmless to repeat."""
        if not self.stopping:
            self.stopping, self._ask_at = True, now + GOODBYE_SECONDS

    def stopped(self, now: float) -> bool:
        """Whether its process is gone; one that does not listen is killed."""
        alive = [process for process in self._processes() if process.exit_code is None]
        if now >= self._ask_at + STOP_SECONDS:
            self.kill()
        elif now >= self._ask_at:
            for process in alive:
                process.ask_to_stop()
        return not alive

    def kill(self) -> None:
        """Ends its process at once."""
        self.stopping = True
        for process in self._processes():
            process.kill()

    def status(self, host_address: str) -> Document:
        """What the kubelet would write now."""
        views = [container.view for container in self._containers]
        wanted = wanted_conditions(views, gates_open=self._gates_open())
        generation = int(self.document["metadata"].get("generation", 1))
        return {
            "phase": pod_phase(views),
            "observedGeneration": generation,
            "startTime": self._started_at,
            "hostIP": host_address,
            "hostIPs": [{"ip": host_address}],
            "podIP": self.address,
            "podIPs": [{"ip": self.address}],
            "conditions": self._conditions.describe(wanted, timestamp(), generation),
            "containerStatuses": [view.describe(self.uid) for view in views],
        }

    def _step(self, container: HollowContainer, now: float) -> None:
        stage = container.view.stage
        if stage is Stage.RUNNING:
            container.watch_over(now, self.address)
        elif not container.due(now):
            return
        elif stage in (Stage.PULL_FAILED, Stage.TERMINATED):
            container.back_off(now)
        elif container.image is not None or container.pull(now):
            container.started(now, self._process_for(container))

    def _process_for(self, container: HollowContainer) -> Process | None:
        image = container.image
        if image is None or not image.behaviour.serves or self._server not in (None, container):
            return None
        self._server = container
        name = str(self.document["metadata"]["name"])
        return Process(
            name, service_command(image, self.address), self._log, working_directory=CHECKOUT
        )

    def _processes(self) -> list[Process]:
        return [
            container.process for container in self._containers if container.process is not None
        ]

    def _gates_open(self) -> bool:
        gates = {gate["conditionType"] for gate in self.document["spec"].get("readinessGates", ())}
        held: list[dict[str, Any]] = self.document.get("status", {}).get("conditions", [])
        return gates <= {condition["type"] for condition in held if condition["status"] == "True"}


def service_command(image: Image, address: str) -> list[str]:
    """The demo service, made to behave as the image says."""
    behaviour = image.behaviour
    crash_after = (
        LIFE_OF_A_CRASHER_SECONDS if behaviour.crash_loop else behaviour.crash_after_seconds
    )
    options = {
        "address": address,
        "port": POD_PORT,
        "version": image.version or "untagged",
        "error-ratio": behaviour.error_ratio,
        "latency-seconds": behaviour.latency_seconds,
        "slow-ratio": behaviour.slow_ratio,
        "slow-seconds": behaviour.slow_seconds,
        "memory-bytes": behaviour.memory_bytes,
        "jobs-per-second": behaviour.jobs_per_second,
        "crash-after-seconds": crash_after,
    }
    # -S and -E: only the standard library is needed, so the rest need not be looked for.
    command = [sys.executable, "-S", "-E", "-m", "controller.demo.service"]
    return command + [f"--{name}={value}" for name, value in options.items()]


def _answers(address: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((address, POD_PORT), timeout=0.2):
        return True
    return False
