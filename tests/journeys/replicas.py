"""Two replicas that share a lease, and everything that can part them from it.

Why: hand-overs are only trusted on real processes, a real API server and a real wire.
Never here: assertions, releases.
"""

import contextlib
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import yaml

from controller.engine.sharding import leases_of, shard_of
from controller.engine.workload import WorkloadKey
from tests.deploy.accounts import HOME, grant, renamed, shipped
from tests.deploy.roles import DEPLOY
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed
from tests.testbed.control_plane import Audited

LEASE_SECONDS = 6.0
ACCOUNT = "rollctl-replicas"
WRITING = frozenset({"create", "update", "patch", "delete"})


class Wire:
    """Carries bytes to an address; cut, it swallows them and tells nobody, as a firewall does."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._open = threading.Event()
        self._open.set()
        self._closing = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0.2)
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._open.set()
        self._thread.join()
        self._server.close()

    def cut(self) -> None:
        """From now on nothing gets through."""
        self._open.clear()

    def mend(self) -> None:
        """Connections that were cut are gone, new ones get through."""
        self._open.set()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(OSError):
                near, _ = self._server.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near:
            if not self._open.wait(60.0):
                return
            with contextlib.suppress(OSError), socket.create_connection(self._to, 5.0) as far:
                self._carried(near, far)

    def _carried(self, near: socket.socket, far: socket.socket) -> None:
        """Until either end is closed or the wire was cut: what was sent then never arrives."""
        with selectors.DefaultSelector() as ready:
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while not self._closing.is_set():
                for key, _ in ready.select(0.2):
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr] # a socket, as registered
                    if not self._open.is_set():
                        self._open.wait()
                        return
                    if not data:
                        return
                    key.data.sendall(data)


@dataclass
class Replica:
    """One process with a wire of its own."""

    service: Rollctl
    wire: Wire

    @property
    def leads(self) -> bool:
        """Whether it leads anything."""
        return self.shards > 0

    @property
    def shards(self) -> int:
        """How many shards it leads, as its own metric says."""
        page = self.service.page("metrics").splitlines()
        return sum(
            int(float(line.split()[1])) for line in page if line.startswith("rollctl_leader ")
        )

    @property
    def frozen(self) -> bool:
        """Whether it has heard of a freeze."""
        return "rollctl_frozen 1.0" in self.service.page("metrics")

    def signalled(self, number: signal.Signals) -> None:
        """Sends a signal to the process."""
        os.kill(self.service.pid, number)


class Replicas:
    """Two, under the shipped account, governing everything by the same policies."""

    def __init__(self, testbed: Testbed, folder: Path, wires: Sequence[Wire], shards: int) -> None:
        self.testbed = testbed
        self.policies = folder / "policies"
        self._shards = shards
        kubeconfig = _account(testbed, shards)
        self.all = [
            Replica(self._made(folder / str(number), kubeconfig, wire), wire)
            for number, wire in enumerate(wires)
        ]

    def _made(self, folder: Path, kubeconfig: Path, wire: Wire) -> Rollctl:
        folder.mkdir(parents=True)
        self.policies.mkdir(exist_ok=True)
        own = folder / "kubeconfig"
        content = yaml.safe_load(kubeconfig.read_text())
        content["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{wire.port}"
        own.write_text(yaml.safe_dump(content))
        (folder / "policies").symlink_to(self.policies)
        options = ("--leader-elect", "--lease-namespace", HOME)
        terms = ("--lease-seconds", f"{LEASE_SECONDS:g}", "--shards", str(self._shards))
        return Rollctl(folder, own, self.testbed.prometheus.url, *options, *terms)

    def start(self) -> None:
        """Both."""
        for replica in self.all:
            replica.service.start()

    def stop(self) -> None:
        """Both, whatever state they are in."""
        for replica in self.all:
            replica.service.stop()

    def leader(self, seconds: float = 60.0) -> Replica:
        """The one that leads, waited for."""
        self.testbed.wait(
            lambda: any(one.leads for one in self.all), seconds, "nobody came to lead"
        )
        return next(one for one in self.all if one.leads)

    def other(self, replica: Replica) -> Replica:
        """The other one."""
        return next(one for one in self.all if one is not replica)

    def wait_governed(self, name: str) -> None:
        """Both know the policy."""
        for replica in self.all:
            replica.service.wait_ready()
            self.testbed.wait(
                lambda one=replica: one.service.governs(name),  # type: ignore[misc] # its own each
                30.0,
                "policies were not loaded",
            )

    def journalled(self, key: WorkloadKey) -> tuple[str, ...]:
        """Each has a journal of its own, which tells of its own time alone."""
        del key
        return ()

    # What parts a leader from its lease; each says after how many seconds the other one led.

    def kill(self) -> float:
        """SIGKILL; it is started again afterwards."""
        leader, begun = self.leader(), time.monotonic()
        leader.service.kill()
        seconds = self._succeeded(leader, begun)
        leader.service.start()
        return seconds

    def end(self) -> float:
        """SIGTERM, and a new start."""
        leader, begun = self.leader(), time.monotonic()
        leader.service.stop()
        seconds = self._succeeded(leader, begun)
        leader.service.start()
        return seconds

    def pause(self) -> float:
        """SIGSTOP until the other leads, then SIGCONT."""
        leader, begun = self.leader(), time.monotonic()
        leader.signalled(signal.SIGSTOP)
        try:
            return self._succeeded(leader, begun)
        finally:
            leader.signalled(signal.SIGCONT)

    def part(self) -> float:
        """Cut off from the API server until the other leads, then mended."""
        leader, begun = self.leader(), time.monotonic()
        leader.wire.cut()
        try:
            return self._succeeded(leader, begun)
        finally:
            leader.wire.mend()

    def _succeeded(self, leader: Replica, begun: float) -> float:
        other = self.other(leader)
        self.testbed.wait(lambda: other.leads, 60.0, "nobody took over")
        return time.monotonic() - begun


@contextlib.contextmanager
def replicas(testbed: Testbed, folder: Path, shards: int = 1) -> Iterator[Replicas]:
    """Two running ones, for a while."""
    parts = urlsplit(testbed.control_plane.url)
    assert parts.hostname
    assert parts.port
    with Wire(parts.hostname, parts.port) as one, Wire(parts.hostname, parts.port) as two:
        made = Replicas(testbed, folder, (one, two), shards)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def usurped(testbed: Testbed, shards: int = 1) -> tuple[list[Audited], int]:
    """By the API server's own log: the writes of who had not written the lease of their namespace last,
    which is to be none; and how often a lease passed from one to another."""
    requests = sorted(testbed.control_plane.audited(_named(shards)), key=lambda one: one.ended)
    holders: dict[str, str] = {}
    wrong, passed = [], 0
    for one in requests:
        if one.verb not in WRITING or not 200 <= one.code < 300:
            continue
        if one.resource == "leases":
            passed += holders.get(one.name, one.agent) != one.agent
            holders[one.name] = one.agent
        elif one.agent != holders.get(_lease_of(one.namespace, shards)):
            wrong.append(one)
    return wrong, passed


def _lease_of(namespace: str, shards: int) -> str:
    return HOME if shards == 1 else leases_of(HOME, shards)[1][shard_of(namespace, shards)]


def _named(shards: int) -> str:
    return ACCOUNT if shards == 1 else f"{ACCOUNT}-{shards}"


def _account(testbed: Testbed, shards: int) -> Path:
    """One of their own, with the shipped roles: the audit log tells their requests from others'."""
    account = _named(shards)
    path = shipped(testbed, "cluster", account=account)
    file = DEPLOY / "kustomize" / "rbac" / "lease" / "rbac.yaml"
    for document in yaml.safe_load_all(file.read_text()):
        for rule in document.get("rules", ()):
            if shards > 1 and "resourceNames" in rule:
                rule["resourceNames"] = [HOME, *chain.from_iterable(leases_of(HOME, shards))]
        grant(testbed, renamed(document, account), HOME)
    return path
