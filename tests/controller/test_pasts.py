"""What every store of pasts promises, held against each kind; and what a file adds to that."""

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.past import MetricPast, Past
from controller.adapters.journal import SqliteJournal
from controller.adapters.pasts import FORGOTTEN_SECONDS, SqlitePasts
from controller.ports.pasts import Kept, Pasts, PastsError
from tests.fakes import KEY, NOW, MemoryPasts

ERRORS = MetricPast("errors", 42, 0.123, 1.41, 0.00471)
KEPT = Kept({"errors": "0123"}, Past((ERRORS,), 40, NOW, NOW - 14 * 86_400))
OTHER = replace(KEY, name="api")


@pytest.fixture(params=["memory", "file"])
def pasts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pasts]:
    """Each store in turn."""
    if request.param == "memory":
        yield MemoryPasts()
        return
    stored = SqlitePasts(tmp_path / "rollctl.db")
    yield stored
    stored.close()


def test_what_was_kept_is_there(pasts: Pasts) -> None:
    """To the last digit, for its workload alone."""
    pasts.keep(KEY, KEPT)
    assert pasts.kept(KEY) == KEPT
    assert pasts.kept(OTHER) is None
    assert pasts.kept(replace(KEY, namespace="pay")) is None


def test_the_newest_replaces_the_older(pasts: Pasts) -> None:
    """One past a workload."""
    newer = Kept({"errors": "4567"}, replace(KEPT.past, learned_at=NOW + 1))
    pasts.keep(KEY, KEPT)
    pasts.keep(KEY, newer)
    assert pasts.kept(KEY) == newer


def test_a_past_may_be_empty(pasts: Pasts) -> None:
    """That there was nothing to learn can be kept too."""
    nothing = Kept({}, Past((), 0, NOW, NOW))
    pasts.keep(KEY, nothing)
    assert pasts.kept(KEY) == nothing


def test_a_file_outlives_its_process_and_is_shared(tmp_path: Path) -> None:
    """What a command at a desk keeps, a service that runs reads, in the journal's own file."""
    file = tmp_path / "rollctl.db"
    journal, service, desk = SqliteJournal(file), SqlitePasts(file), SqlitePasts(file)
    desk.keep(KEY, KEPT)
    desk.close()
    assert service.kept(KEY) == KEPT
    assert journal.entries(None, 10) == []
    service.close()
    journal.close()
    again = SqlitePasts(file)
    assert again.kept(KEY) == KEPT
    again.close()


def test_a_workload_that_is_long_gone_is_forgotten(tmp_path: Path) -> None:
    """The file does not grow with all the workloads that ever were."""
    stored = SqlitePasts(tmp_path / "rollctl.db")
    stored.keep(OTHER, KEPT)
    later = replace(KEPT.past, learned_at=NOW + FORGOTTEN_SECONDS + 1)
    stored.keep(KEY, Kept({}, later))
    assert stored.kept(OTHER) is None
    assert stored.kept(KEY) is not None
    stored.close()


def test_another_release_s_form_is_nothing(tmp_path: Path) -> None:
    """A row that cannot be read is as if it were not there, and is replaced."""
    file = tmp_path / "rollctl.db"
    stored = SqlitePasts(file)
    stored.keep(KEY, KEPT)
    with sqlite3.connect(file) as connection:
        connection.execute("update pasts set kept = '{}'")
    connection.close()
    assert stored.kept(KEY) is None
    stored.keep(KEY, KEPT)
    assert stored.kept(KEY) == KEPT
    stored.close()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The message names the file."""
    with pytest.raises(PastsError, match="nowhere"):
        SqlitePasts(tmp_path / "nowhere" / "rollctl.db")


def test_threads_share_one_store(tmp_path: Path) -> None:
    """Many threads that keep and read at once lose nothing and fail nowhere."""
    stored = SqlitePasts(tmp_path / "rollctl.db")
    failed: list[Exception] = []

    def work(name: str) -> None:
        try:
            for _ in range(20):
                stored.keep(replace(KEY, name=name), KEPT)
                assert stored.kept(replace(KEY, name=name)) == KEPT
        except (PastsError, AssertionError) as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(f"web-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored.close()
    assert not failed
