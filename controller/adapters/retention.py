"""What the journal's file keeps, by age and by size.

Why: a file that only grows ends as a full disk, at the worst of times.
Never here: what is kept.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

DAY_SECONDS = 86_400.0
SHARE = 20

AGED = (
    "delete from decisions where at < ? and id in (select id from decisions order by id limit 100)"
)
IS_THERE = "select 1 from sqlite_master where type = 'table' and name = ?"
SPAN = "select min(id), max(id) from {}"
OLDER = "delete from {} where id <= ?"


@dataclass(frozen=True, slots=True)
class Retention:
    """Decisions older than `seconds` go, and beyond so many `bytes` the oldest of what is there: first
    looks, of which there are thousands a decision, then decisions."""

    seconds: float = 90.0 * DAY_SECONDS
    bytes: int = 512 * 1024 * 1024

    def drop_old(self, connection: sqlite3.Connection, now: float) -> None:
        """Removes some of the decisions that are too old, more than one write adds. Raises sqlite3.Error."""
        connection.execute(AGED, (now - self.seconds,))

    def make_room(self, connection: sqlite3.Connection, tables: Sequence[str]) -> None:
        """Where the file is too large, removes the oldest of the first of these tables that has any, until
        it no longer is. Raises sqlite3.Error."""
        while _used_bytes(connection) > self.bytes:
            if not any(_removed_oldest(connection, table) for table in tables):
                return


def _used_bytes(connection: sqlite3.Connection) -> int:
    """Without pages that are free to be used again, which the file keeps."""
    whole, free, size = (
        int(connection.execute(f"pragma {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (whole - free) * size


def _removed_oldest(connection: sqlite3.Connection, table: str) -> bool:
    """Removes the oldest twentieth of a table; whether there was any."""
    if connection.execute(IS_THERE, (table,)).fetchone() is None:
        return False
    first, last = connection.execute(SPAN.format(table)).fetchone()
    if first is None:
        return False
    connection.execute(OLDER.format(table), (first + (last - first) // SHARE,))
    return True
