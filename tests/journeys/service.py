"""The service as it is run in production: a process of its own, killed and started at will.

Why: a journey must show what a person gets, so nothing of rollctl runs inside the test.
Never here: assertions.
"""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

START_SECONDS = 40.0
STOP_SECONDS = 20.0


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Rollctl:
    """One `rollctl run`. As a context it is started and, at the end, stopped. One that is told to serve
    over TLS is asked with `trust`."""

    def __init__(self, folder: Path, kubeconfig: Path, prometheus: str, *options: str) -> None:
        self.policies = folder / "policies"
        self.policies.mkdir(parents=True, exist_ok=True)
        self.log = folder / "service.log"
        self.trust: ssl.SSLContext | None = None
        self._options = ["--kubeconfig", str(kubeconfig), "--prometheus", prometheus, *options]
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self, patience_seconds: float = START_SECONDS) -> None:
        """Returns when the service is ready."""
        self.spawn()
        self.wait_ready(patience_seconds)

    def wait_ready(self, patience_seconds: float = START_SECONDS) -> None:
        """Returns when the service is ready; fails where it has ended instead."""
        deadline = time.monotonic() + patience_seconds
        while self.page("readyz") != "ok":
            ended = self._process.poll() if self._process is not None else 0
            if ended is not None or time.monotonic() > deadline:
                how = "is not ready" if ended is None else f"ended with {ended}"
                raise AssertionError(f"the service {how}:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def spawn(self) -> None:
        """Begins, and returns at once."""
        self._port = free_port()
        command = [sys.executable, "-m", "controller.cli", "run", "-f", str(self.policies)]
        command += [*self._options, "--listen", f"127.0.0.1:{self._port}"]
        environment = {**os.environ, "PYTHONWARNINGS": "error::ResourceWarning"}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    @property
    def running(self) -> bool:
        """Whether it was started and not stopped since."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http{'s' if self.trust else ''}://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port of its pages."""
        return self._port

    def page(self, name: str) -> str:
        """One of the service's own pages, "" while it does not answer well."""
        try:
            where = f"{self.address}/{name}"
            with urllib.request.urlopen(where, timeout=2, context=self.trust) as page:
                text: str = page.read().decode()
                return text
        except (OSError, urllib.error.URLError):
            return ""

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """SIGTERM, and the exit code; a service that does not end is a failure."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError("the service did not end after SIGTERM") from None

    def governs(self, policy: str) -> bool:
        """Whether the policies loaded last have one of this name."""
        loaded = [line["policies"] for line in self.events() if "policies" in line]
        return bool(loaded) and policy in loaded[-1]

    def memory_megabytes(self) -> float:
        """What the process keeps in memory."""
        pid = self._process.pid if self._process else 0
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def events(self, workload: str = "") -> list[dict[str, Any]]:
        """The service's log, line by line, of one workload where it is named."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]
        return [line for line in lines if workload in line.get("workload", "")]
