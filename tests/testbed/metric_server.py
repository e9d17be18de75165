"""A server of the query API, as a process on loopback: started, killed, started again, removed.

Why: two real programs speak that API, and a test may want either.
Never here: which program, what it scrapes; queries, which each test asks for itself.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.testbed.processes import Process, TestbedError, free_ports, memory_folder, wait_until

START_SECONDS = 60.0


class MetricServer:
    """One server on the loopback address; use it in a `with`."""

    def __init__(self, name: str, program: Path) -> None:
        self._name = name
        self._program = program
        self._folder = memory_folder(name)
        (self._port,) = free_ports(1)
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """Where it answers; the same after a restart."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts it, or starts it again on the data it has, and waits until it is ready."""
        self._process = Process(
            self._name, [str(self._program), *self._flags()], self._folder / f"{self._name}.log"
        )
        wait_until(self._is_ready, START_SECONDS, self._tail)

    def kill(self) -> None:
        """Ends it as a crash would; its data stays."""
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """Ends it and removes its data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The instant vector of an expression, as the HTTP API gives it."""
        answer = requests.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=10)
        answer.raise_for_status()
        result: list[dict[str, Any]] = answer.json()["data"]["result"]
        return result

    def _flags(self) -> Sequence[str]:
        raise NotImplementedError

    def _is_ready(self) -> bool:
        if self._process is not None and self._process.exit_code is not None:
            raise TestbedError(self._tail())
        try:
            return requests.get(f"{self.url}/-/ready", timeout=2).ok
        except requests.RequestException:
            return False

    def _tail(self) -> str:
        said = self._process.tail() if self._process is not None else ""
        return f"{self._name} is not ready; its log says:\n{said}"
