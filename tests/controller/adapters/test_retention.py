"""What the journal's file keeps, by age and by size."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from controller.adapters.journal import SqliteJournal
from controller.adapters.retention import DAY_SECONDS, Retention
from controller.adapters.trail import SqliteTrail
from controller.engine.record import Act, Decision
from controller.ports.journal import Entry
from tests.controller.test_trail import step
from tests.fakes import KEY, NOW

MEGABYTE = 1_000_000
LONG = "for a reason that fills the page " * 20


def written(journal: SqliteJournal, count: int, apart_seconds: float = 1.0) -> None:
    """So many decisions, one after the other."""
    for number in range(count):
        decision = Decision(NOW + number * apart_seconds, Act.HOLD, "r", "", f"{number} {LONG}")
        journal.append(Entry(KEY, decision, applied=True))


def rows(path: Path, table: str) -> int:
    """How many a table has."""
    with sqlite3.connect(path) as connection:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


def test_old_decisions_go(tmp_path: Path) -> None:
    """What is older than asked is gone after the next decision, the rest is there."""
    journal = SqliteJournal(tmp_path / "journal.db", Retention(seconds=2 * DAY_SECONDS))
    written(journal, 5, apart_seconds=DAY_SECONDS)
    kept = [round((entry.decision.at - NOW) / DAY_SECONDS) for entry in journal.entries(None, 9)]
    journal.close()
    assert kept == [4, 3, 2]


def test_a_full_file_grows_no_more(tmp_path: Path) -> None:
    """However much is decided, the file stays near the size asked for, and keeps the newest."""
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, Retention(bytes=MEGABYTE))
    written(journal, 3000)
    newest = journal.entries(None, 1)[0].decision.at
    journal.close()
    assert 0.5 * MEGABYTE < path.stat().st_size < 1.2 * MEGABYTE
    assert newest == NOW + 2999
    assert rows(path, "decisions") < 3000


def test_looks_go_before_decisions(tmp_path: Path) -> None:
    """A file that is full of looks loses none of its decisions."""
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path, Retention(bytes=MEGABYTE))
    written(journal, 100)
    for _ in range(8):
        trail = SqliteTrail(path, Retention(bytes=MEGABYTE))
        for number in range(900):
            trail.keep(KEY, "r-1", [replace(step(number), metric=LONG[:200])])
        trail.close()
    journal.close()
    assert rows(path, "decisions") == 100
    assert 1000 < rows(path, "looks") < 7_200
    # A page is free when all of it is; so many looks come in one write.
    assert path.stat().st_size < 1.5 * MEGABYTE
