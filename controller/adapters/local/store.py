"""One directory that holds the state, changed by one process at a time.

Why: the supervisor, the controller and the commands are processes of their own; a lock
and an atomic rename are all they need to agree.
Never here: what the state means.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from controller.adapters.local.state import State
from controller.ports.platform import Refused, Unavailable

Stamp = tuple[int, int, int]

NEVER: Stamp = (0, 0, 0)


class Store:
    """The state of one local platform."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file = directory / "state.json"

    def create(self) -> None:
        """Makes an empty state where there is none yet."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with self._lock():
            if not self._file.exists():
                self._write(State())

    def read(self) -> State:
        """The state as it is. Raises Refused where there is none or it cannot be read."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=State)
        except FileNotFoundError:
            raise Refused(
                f"no local platform in {self.directory}; `rollctl demo` starts one"
            ) from None
        except (OSError, msgspec.DecodeError) as error:
            raise Refused(f"{self._file} cannot be read: {error}") from error

    def change(self, alter: Callable[[State], State]) -> State:
        """Alters the state while nobody else does; an exception leaves it as it was."""
        with self._lock():
            before = self.read()
            after = alter(before)
            if after != before:
                self._write(after)
        return after

    def stamp(self) -> Stamp:
        """Differs after every change."""
        try:
            stat = self._file.stat()
        except OSError:
            return NEVER
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def _write(self, state: State) -> None:
        write_whole(self._file, msgspec.json.encode(state))

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            handle = os.open(self.directory / "state.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Unavailable(f"{self.directory} cannot be changed: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def write_whole(file: Path, content: bytes) -> None:
    """Replaces a file so that a reader sees the old content or the new, never a part."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(file)
