"""`rollctl history`: nothing that is kept of a workload is left out, and reading makes nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.adapters.journal import SqliteJournal
from controller.cli import app
from controller.engine.record import Act, Decision
from controller.engine.workload import WorkloadKey
from controller.ports.journal import Entry
from tests.fakes import KEY, NOW

ELSEWHERE = replace(KEY, namespace="bank")
OTHER = replace(KEY, name="api")
LATER_ENTRIES = 60


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal whose oldest entries are the only ones about `web`, in two namespaces."""
    file = tmp_path / "journal.db"
    written = SqliteJournal(file)
    for number, key in enumerate([ELSEWHERE, KEY] + [OTHER] * LATER_ENTRIES):
        written.append(entry(key, number))
    written.close()
    return file


def entry(key: WorkloadKey, number: int) -> Entry:
    """A hold of a workload, a second after the one before."""
    decision = Decision(NOW + number, Act.HOLD, "r", "", f"reason {number}")
    return Entry(key, decision, applied=True)


def told(*arguments: str) -> list[str]:
    """The lines under no head, with the code 0."""
    done = CliRunner().invoke(app, ["history", "--no-headers", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_a_target_is_found_behind_newer_entries(journal: Path) -> None:
    """However much was decided about others since, what was decided of one is told."""
    lines = told("deployment/web", "-n", "shop", "--journal", str(journal))
    assert [line.split()[-1] for line in lines] == ["1"]


def test_a_journal_tells_of_every_namespace_unless_one_is_named(journal: Path) -> None:
    """A journal is one trail, and -n narrows it."""
    assert len(told("web", "--journal", str(journal))) == 2
    assert len(told("-n", "bank", "--journal", str(journal))) == 1


def test_the_newest_come_first_up_to_the_limit(journal: Path) -> None:
    """--limit cuts the oldest."""
    lines = told("--journal", str(journal), "--limit", "2")
    assert [line.split()[-1] for line in lines] == ["61", "60"]


def test_reading_makes_no_journal(tmp_path: Path) -> None:
    """A mistyped journal is a wrong argument, and stays absent."""
    missing = tmp_path / "missing.db"
    done = CliRunner().invoke(app, ["history", "--journal", str(missing)])
    assert (done.exit_code, missing.exists()) == (2, False)
    assert "no such file" in done.stderr
