"""What was learned of workloads' pasts, in a SQLite file, which may be the journal's.

Why: a restarted controller knows at once what it knew, and `rollctl calibrate` at a desk can
hand it what it learned.
Never here: learning, deciding what is stale.
"""

import sqlite3
import threading
from pathlib import Path

import msgspec

from controller.engine.workload import WorkloadKey
from controller.ports.pasts import Kept, PastsError

FORGOTTEN_SECONDS = 60 * 86_400.0
TABLE = """
create table if not exists pasts (
    kind text not null,
    namespace text not null,
    name text not null,
    learned_at real not null,
    kept text not null,
    primary key (kind, namespace, name)
)
"""
KEEP = (
    "insert or replace into pasts (kind, namespace, name, learned_at, kept) values (?, ?, ?, ?, ?)"
)
FORGET = "delete from pasts where learned_at < ?"
SELECT = "select kept from pasts where kind = ? and namespace = ? and name = ?"


class SqlitePasts:
    """The port Pasts; `path` may be ":memory:". Safe to share between threads. What is much
    older than anything that was learned since is forgotten with the workload it was about."""

    def __init__(self, path: Path | str) -> None:
        """Raises PastsError."""
        self._path = path
        self._lock = threading.Lock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=5.0)
            self._connection.execute("pragma journal_mode = wal")
            with self._connection:
                self._connection.execute(TABLE)
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> PastsError:
        return PastsError(f"pasts in {self._path}: {error}; is the folder writable, the disk full?")

    def keep(self, key: WorkloadKey, kept: Kept) -> None:
        """Replaces what was kept before."""
        text = msgspec.json.encode(kept).decode()
        learned_at = kept.past.learned_at
        try:
            with self._lock, self._connection:
                row = (key.kind, key.namespace, key.name, learned_at, text)
                self._connection.execute(KEEP, row)
                self._connection.execute(FORGET, (learned_at - FORGOTTEN_SECONDS,))
        except sqlite3.Error as error:
            raise self._fault(error) from error

    def kept(self, key: WorkloadKey) -> Kept | None:
        """What is kept; what an older release wrote in another form is nothing."""
        try:
            with self._lock:
                place = (key.kind, key.namespace, key.name)
                row = self._connection.execute(SELECT, place).fetchone()
            return msgspec.json.decode(row[0], type=Kept) if row else None
        except sqlite3.Error as error:
            raise self._fault(error) from error
        except msgspec.DecodeError:
            return None

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()
