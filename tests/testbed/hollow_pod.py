"""One pod on a hollow node: its containers' lives, and the one real process that serves for it.

Why: the pod's metrics must come from something that runs, crashes and ends as a program does.
Never here: HTTP to the API server; hollow_node.py carries statuses there.
"""

import sys
from pathlib import Path
from typing import Any

from tests.testbed.addresses import POD_PORT
from tests.testbed.api import Document
from tests.testbed.hollow_container import LIFE_OF_A_CRASHER_SECONDS, HollowContainer, timestamp
from tests.testbed.images import Image, ImageCatalogue
from tests.testbed.pod_status import Conditions, Stage, pod_phase, wanted_conditions
from tests.testbed.processes import CHECKOUT, Process

# Longer than visitors take to notice that a target is gone, as a preStop sleep would be.
GOODBYE_SECONDS = 0.4
STOP_SECONDS = 1.5


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
