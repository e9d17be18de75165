"""The trail of looks: kept beside the journal, bounded, and never in the way of the loop."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from analysis.verdict import Verdict
from controller.adapters import trail as adapter
from controller.adapters.journal import SqliteJournal
from controller.adapters.trail import SqliteTrail, read_steps
from controller.engine.outlook import Outlook
from controller.engine.workload import WorkloadKey
from controller.perform import Performer
from controller.ports.journal import JournalError
from controller.ports.trail import Step, steps_of
from controller.report import Report
from controller.telemetry import Telemetry
from tests.fakes import KEY, NOW, FakePlatform, MemoryJournal, judgement, workload


@dataclass
class MemoryTrail:
    """The port in memory."""

    kept: list[tuple[str, Sequence[Step]]] = field(default_factory=list)

    def keep(self, key: WorkloadKey, rollout: str, steps: Sequence[Step]) -> None:
        self.kept.append((rollout, steps))


def step(number: int) -> Step:
    """A look `number` seconds after the others began."""
    return Step(NOW + number, "errors", 0.01 * number, -0.5, None, Verdict.INCONCLUSIVE)


def kept(path: Path, looks: int, rollout: str = "r-1") -> None:
    """Keeps so many looks and closes."""
    trail = SqliteTrail(path)
    for number in range(looks):
        trail.keep(KEY, rollout, [step(number)])
    trail.close()


def test_looks_come_back_in_order_and_only_those_of_the_rollout(tmp_path: Path) -> None:
    """What was kept of one rollout is read oldest first, beside a journal in the same file."""
    path = tmp_path / "journal.db"
    SqliteJournal(path).close()
    kept(path, 5)
    kept(path, 2, "r-2")
    assert read_steps(path, KEY, "r-1") == [step(number) for number in range(5)]


def test_a_locked_file_does_not_hold_up_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody holds the journal's lock, and when there is no more room, keeping a look
    takes no time and raises nothing."""
    monkeypatch.setattr(adapter, "MOST_WAITING", 10)
    path = tmp_path / "journal.db"
    SqliteJournal(path).close()
    holder = sqlite3.connect(path)
    holder.execute("begin exclusive")
    trail = SqliteTrail(path)
    began = time.monotonic()
    for number in range(50):
        trail.keep(KEY, "r-1", [step(number)])
    took = time.monotonic() - began
    holder.rollback()
    holder.close()
    trail.close()
    assert took < 0.5
    assert 10 <= len(read_steps(path, KEY, "r-1")) < 50


def test_a_disk_that_cannot_be_written_ends_no_thread(tmp_path: Path) -> None:
    """A look that cannot be written is lost, and the next is tried."""
    path = tmp_path / "later" / "journal.db"
    trail = SqliteTrail(path)
    trail.keep(KEY, "r-1", [step(0)])
    time.sleep(0.2)
    path.parent.mkdir()
    trail.keep(KEY, "r-1", [step(1)])
    trail.close()
    assert read_steps(path, KEY, "r-1") == [step(1)]
    assert not [thread for thread in threading.enumerate() if thread.name == "trail"]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    """A journal that is not there is an error, one without looks is empty."""
    with pytest.raises(JournalError, match=r"nothing\.db"):
        read_steps(tmp_path / "nothing.db", KEY, "r-1")
    assert not (tmp_path / "nothing.db").exists()
    SqliteJournal(tmp_path / "journal.db").close()
    assert read_steps(tmp_path / "journal.db", KEY, "r-1") == []


def test_each_judgement_is_kept_once() -> None:
    """However often a report is shown, its judgement is one look; between rollouts there is none."""
    trail = MemoryTrail()
    performer = Performer(FakePlatform(), MemoryJournal(), trail, Telemetry("test"), applies=True)
    one = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    first, second = judgement(Verdict.INCONCLUSIVE), judgement(Verdict.REGRESSED)
    for number, (rollout, said) in enumerate(
        [("r-1", first), ("r-1", first), ("r-1", second), ("", judgement(Verdict.HEALTHY))]
    ):
        performer.publish(one, Report(NOW + number, rollout, said, Outlook("next")))
    verdicts = [(rollout, [step.verdict for step in steps]) for rollout, steps in trail.kept]
    assert verdicts == [("r-1", [Verdict.INCONCLUSIVE]), ("r-1", [Verdict.REGRESSED])]


def test_missing_data_leave_no_figure_on_the_trail() -> None:
    """Failures that nobody counts look like none: of such a metric only the verdict is kept."""
    (silent,) = steps_of(judgement(Verdict.NO_DATA), NOW)
    assert (silent.effect, silent.low, silent.high) == (None, None, None)
    (told,) = steps_of(judgement(Verdict.HEALTHY), NOW)
    assert (told.effect, told.low, told.high) == (0.0, -0.1, 0.1)
