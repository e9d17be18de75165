"""The processes of all pods: started, looked at, ended.

Why: everything that touches a process is in one place, so that nothing is left behind.
Never here: which pods there shall be.
"""

import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from controller.adapters.local.leash import leashed
from controller.adapters.local.lifecycle import Sign
from controller.adapters.local.state import HOST, LocalPod, LocalWorkload, State

PROBE_SECONDS = 1.0
READY_PROBE_EVERY_SECONDS = 1.0
FAILURES_OF_UNREADY = 3
QUIET_SECONDS = 0.6
"""A pod that leaves serves on this long, until nobody sends to it any more."""
GRACE_SECONDS = 5.0


@dataclass
class _Running:
    """One process and what is known of its health."""

    process: subprocess.Popen[bytes]
    port: int
    ready: bool = False
    failures: int = 0
    probed_at: float = field(default=float("-inf"))
    told_at: float | None = None


class Fleet:
    """All processes of one supervisor."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, _Running] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def look(self, now: float) -> Mapping[str, Sign]:
        """What every process shows; one that has exited is told of once."""
        signs = {name: _sign(running, now) for name, running in self._running.items()}
        for name in [name for name, sign in signs.items() if sign.exited]:
            del self._running[name]
        return signs

    def follow(self, state: State, now: float) -> None:
        """Starts what shall run and does not, and ends what shall not run and does."""
        workloads = state.workloads.values()
        wanted = {pod.name: (w, pod) for w in workloads for pod in w.pods}
        for name, (workload, pod) in wanted.items():
            if name not in self._running and _is_due(pod, now):
                self._start(state, workload, pod)
        for name, running in self._running.items():
            leaving_at = wanted[name][1].leaving_at if name in wanted else now - QUIET_SECONDS
            if leaving_at is not None and now >= leaving_at + QUIET_SECONDS:
                _end(running, now)

    def _start(self, state: State, workload: LocalWorkload, pod: LocalPod) -> None:
        revision = workload.revision(pod.revision)
        port = pod.port or _free_port()
        command = [part.format(host=HOST, port=port) for part in state.images[pod.digest]]
        environment = revision.template.environment if revision else {}
        with (self._logs / f"{pod.name}.log").open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - running images is its purpose
                leashed(command, signal.SIGKILL),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
            )
        self._running[pod.name] = _Running(process, port)

    def end(self) -> None:
        """Ends every process and waits until it has ended."""
        processes = [running.process for running in self._running.values()]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


def _is_due(pod: LocalPod, now: float) -> bool:
    return pod.leaving_at is None and bool(pod.digest) and now >= pod.start_at


def _sign(running: _Running, now: float) -> Sign:
    if running.process.poll() is not None:
        return Sign(running.port, ready=False, exited=True)
    every = READY_PROBE_EVERY_SECONDS if running.ready else 0.0
    if running.told_at is None and now - running.probed_at >= every:
        running.probed_at = now
        _judge(running, _answers(running.port))
    return Sign(running.port, running.ready)


def _judge(running: _Running, answered: bool) -> None:
    running.failures = 0 if answered else running.failures + 1
    if answered or running.failures >= FAILURES_OF_UNREADY:
        running.ready = answered


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(running: _Running, now: float) -> None:
    if running.told_at is None:
        running.process.terminate()
        running.told_at = now
    elif now >= running.told_at + GRACE_SECONDS:
        running.process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def addresses(pods: Iterable[LocalPod]) -> list[str]:
    """Where traffic shall go: the ready pods that stay."""
    return sorted(p.address for p in pods if p.ready_at is not None and p.leaving_at is None)
