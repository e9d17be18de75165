"""The trail of looks in the journal's SQLite file.

Why: a picture of a rollout needs every look, and the loop must not wait for a disk: looks are
handed over through a bounded queue and written by a thread of their own.
Never here: what a look says.
"""

import queue
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import structlog

from controller.adapters.retention import Retention
from controller.engine.workload import WorkloadKey
from controller.ports.journal import JournalError
from controller.ports.trail import Step

MOST_LOOKS_OF_ROLLOUT = 20_000
MOST_WAITING = 1_000
LONGEST_CLOSE_SECONDS = 5.0

TABLE = """
create table if not exists looks (
    id integer primary key,
    kind text not null,
    namespace text not null,
    name text not null,
    rollout text not null,
    steps text not null
)
"""
INDEX = "create index if not exists looks_by_rollout on looks (namespace, name, rollout, id)"
INSERT = "insert into looks (kind, namespace, name, rollout, steps) values (?, ?, ?, ?, ?)"
SELECT = (
    "select steps from looks where kind = ? and namespace = ? and name = ? and rollout = ?"
    " order by id desc limit ?"
)
HAS_TABLE = "select 1 from sqlite_master where type = 'table' and name = 'looks'"

Row = tuple[str, str, str, str, str]

log = structlog.get_logger()


class SqliteTrail:
    """The port Trail."""

    def __init__(self, path: Path | str, retention: Retention | None = None) -> None:
        self._path = path
        self._retention = retention or Retention()
        self._waiting: queue.Queue[Row | None] = queue.Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._write_all, name="trail", daemon=True)
        self._thread.start()

    def keep(self, key: WorkloadKey, rollout: str, steps: Sequence[Step]) -> None:
        """Hands the look over; one for which there is no room is lost."""
        text = msgspec.json.encode(list(steps)).decode()
        try:
            self._waiting.put_nowait((key.kind, key.namespace, key.name, rollout, text))
        except queue.Full:
            log.warning("a look is not kept: the journal's disk is too slow", workload=str(key))

    def close(self) -> None:
        """Writes what waits, as far as that is quick."""
        try:
            self._waiting.put(None, timeout=LONGEST_CLOSE_SECONDS)
        except queue.Full:
            return
        self._thread.join(LONGEST_CLOSE_SECONDS)

    def _write_all(self) -> None:
        while rows := self._taken():
            try:
                self._write([row for row in rows if row is not None])
            except sqlite3.Error as error:
                log.warning("looks are not kept", journal=str(self._path), why=str(error))
            if None in rows:
                return

    def _taken(self) -> list[Row | None]:
        """All that waits, at least one."""
        rows = [self._waiting.get()]
        while rows[-1] is not None and not self._waiting.empty():
            rows.append(self._waiting.get())
        return rows

    def _write(self, rows: Sequence[Row]) -> None:
        with closing(sqlite3.connect(self._path, timeout=LONGEST_CLOSE_SECONDS)) as connection:
            connection.execute("pragma journal_mode = wal")
            with connection:
                connection.execute(TABLE)
                connection.execute(INDEX)
                connection.executemany(INSERT, rows)
                self._retention.make_room(connection, ("looks",))


def read_steps(path: Path | str, key: WorkloadKey, rollout: str) -> list[Step]:
    """All that was kept of a rollout, oldest first. Raises JournalError."""
    values = (key.kind, key.namespace, key.name, rollout, MOST_LOOKS_OF_ROLLOUT)
    try:
        with closing(sqlite3.connect(_read_only(path), uri=True)) as connection:
            kept = connection.execute(HAS_TABLE).fetchone()
            rows = connection.execute(SELECT, values).fetchall() if kept else []
    except sqlite3.Error as error:
        raise JournalError(f"journal {path}: {error}; is it the file of `rollctl run`?") from error
    looks = [msgspec.json.decode(text, type=list[Step]) for (text,) in reversed(rows)]
    return [step for look in looks for step in look]


def _read_only(path: Path | str) -> str:
    """Opened this way, a file that is not there is not made."""
    return f"{Path(path).absolute().as_uri()}?mode=ro"
