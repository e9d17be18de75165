"""The audit trail in one SQLite file.

Why: it outlives the workloads and the controller, and any tool can read it.
Never here: state that decisions depend on.
"""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from controller.adapters.retention import Retention
from controller.engine.record import Decision
from controller.engine.workload import WorkloadKey
from controller.ports.journal import Entry, JournalError

TABLE = """
create table if not exists decisions (
    id integer primary key,
    at real not null,
    kind text not null,
    namespace text not null,
    name text not null,
    applied integer not null,
    decision text not null
)
"""
INDEX = "create index if not exists by_workload on decisions (namespace, name, id)"
INSERT = (
    "insert into decisions (at, kind, namespace, name, applied, decision) values (?, ?, ?, ?, ?, ?)"
)
SELECT = "select kind, namespace, name, applied, decision from decisions"
OF_WORKLOAD = " where kind = ? and namespace = ? and name = ?"
NEWEST = " order by id desc limit ?"


class SqliteJournal:
    """The port Journal; `path` may be ":memory:". Safe to share between threads."""

    def __init__(self, path: Path | str, retention: Retention | None = None) -> None:
        self._path = path
        self._retention = retention or Retention()
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=5.0)
            self._connection.execute("pragma journal_mode = wal")
            with self._connection:
                self._connection.execute(TABLE)
                self._connection.execute(INDEX)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: sqlite3.Error) -> JournalError:
        return JournalError(
            f"journal {self._path}: {error}; is the folder writable, the disk full?"
        )

    def append(self, entry: Entry) -> None:
        """Writes one entry; what the retention no longer keeps goes."""
        key, decision = entry.key, msgspec.json.encode(entry.decision).decode()
        row = (entry.decision.at, key.kind, key.namespace, key.name, entry.applied, decision)
        try:
            with self._lock, self._connection:
                self._connection.execute(INSERT, row)
                self._retention.drop_old(self._connection, entry.decision.at)
                self._retention.make_room(self._connection, ("looks", "decisions"))
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def entries(self, key: WorkloadKey | None, limit: int) -> Sequence[Entry]:
        """Newest first."""
        values = (key.kind, key.namespace, key.name) if key is not None else ()
        query = f"{SELECT}{OF_WORKLOAD if values else ''}{NEWEST}"
        try:
            with self._lock:
                rows = self._connection.execute(query, (*values, limit)).fetchall()
        except sqlite3.Error as error:
            raise self._fault(error) from error
        return [_entry(*row) for row in rows]

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()


def _entry(kind: str, namespace: str, name: str, applied: int, decision: str) -> Entry:
    key = WorkloadKey(kind, namespace, name)
    return Entry(key, msgspec.json.decode(decision, type=Decision), bool(applied))
