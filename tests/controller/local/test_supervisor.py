"""Laws of the supervisor with real processes: started, mended, and never left behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from controller.adapters.local.desk import Desk
from controller.adapters.local.presence import is_supervised
from controller.adapters.local.state import LocalWorkload
from controller.adapters.local.store import Store
from controller.adapters.local.supervisor import endpoints_file
from controller.adapters.local.watcher import LocalWatcher

pytestmark = pytest.mark.slow

PATIENCE_SECONDS = 20.0
SERVE = [sys.executable, "-m", "controller.demo.service", "--address", "{host}", "--port", "{port}"]


class Platform:
    """A supervisor as a process of its own, with one workload."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.desk = Desk(directory)
        for version in ("v1", "v2"):
            self.desk.push(f"shop/web:{version}", [*SERVE, "--version", version])
        self.desk.create("web", "shop/web:v1", 2, {"app": "web"})
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "controller.adapters.local", str(self.directory)]
        return subprocess.Popen(command, stderr=subprocess.PIPE)

    @property
    def web(self) -> LocalWorkload:
        return Store(self.directory).read().workloads["web"]

    def until(self, arrived: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not arrived():
            assert time.monotonic() < deadline, self.web
            time.sleep(0.05)

    def until_ready(self, pods: int = 2) -> None:
        self.until(lambda: sum(pod.ready_at is not None for pod in self.web.staying()) == pods)

    def answers(self) -> list[str]:
        """What every address that the platform names answers."""
        named = endpoints_file(self.directory, "web").read_text(encoding="utf-8").split()
        return [get(f"http://{address}/") for address in named]

    def end(self, last: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(last)
        self.process.communicate(timeout=PATIENCE_SECONDS)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return str(answer.read().decode().strip())


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """Two ready pods of v1."""
    platform = Platform(tmp_path)
    try:
        platform.until_ready()
        yield platform
    finally:
        if platform.process.poll() is None:
            platform.end()


def processes_of(platform: Platform) -> list[int]:
    """Every process that serves on a port of this platform's pods."""
    ports = {str(pod.port).encode() for pod in platform.web.pods}
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and serves(p, ports)]


def serves(process: Path, ports: set[bytes]) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"controller.demo.service" in words and bool(ports & set(words))


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


def test_traffic_always_finds_only_ready_pods(platform: Platform) -> None:
    """In the middle of a rollout every address that is named answers."""
    platform.desk.set_image("web", "shop/web:v2")
    answers: list[str] = []
    while (latest := platform.answers()) != ["v2", "v2"]:
        answers += latest
        time.sleep(0.05)
    assert set(answers) <= {"v1", "v2"}


@on_linux
def test_a_killed_pod_is_started_again(platform: Platform) -> None:
    """A pod whose process is killed comes back under its name and counts a restart."""
    names = {pod.name for pod in platform.web.pods}
    os.kill(processes_of(platform)[0], signal.SIGKILL)
    platform.until(lambda: sum(pod.restarts for pod in platform.web.pods) == 1)
    platform.until_ready()
    assert {pod.name for pod in platform.web.pods} == names


@on_linux
@pytest.mark.parametrize("last", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_behind(platform: Platform, last: signal.Signals) -> None:
    """However the supervisor ends, its pods end with it."""
    assert len(processes_of(platform)) == 2
    platform.end(last)
    platform.until(lambda: not processes_of(platform))


def test_a_new_supervisor_takes_up_where_the_old_one_ended(platform: Platform) -> None:
    """A restart brings the same pods back, in a pause as well."""
    names = {pod.name for pod in platform.web.pods}
    platform.desk.pause("web")
    platform.end(signal.SIGKILL)
    platform.process = platform.start()
    platform.until(lambda: is_supervised(platform.directory))
    platform.until_ready()
    assert {pod.name for pod in platform.web.pods} == names


def test_there_is_only_one_supervisor(platform: Platform) -> None:
    """A second supervisor of the same directory ends at once and says why."""
    second = platform.start()
    _, told = second.communicate(timeout=PATIENCE_SECONDS)
    assert second.returncode != 0
    assert b"has a supervisor already" in told


def test_what_is_left_says_that_it_is_old(platform: Platform) -> None:
    """Without a supervisor the picture is still there, and is called old."""
    watcher = LocalWatcher(platform.directory)
    watcher.start()
    assert not watcher.trouble()
    platform.end()
    assert "no supervisor" in watcher.trouble()
    watcher.take_changed(0)
    workload = watcher.workload(watcher.keys()[0])
    assert workload is not None
    assert all(pod.ready_at is None for pod in workload.pods)
