"""Records and reports survive being spelled; the journal survives being closed."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.question import Tolerance
from analysis.verdict import Finding, Judgement, Verdict
from controller.adapters.journal import SqliteJournal
from controller.annotations import AnnotationError, read_record, record_text
from controller.engine.outlook import Outlook
from controller.engine.record import HISTORY_LENGTH, Act, Decision, Record
from controller.ports.journal import Entry, JournalError
from controller.report import Report, read_report, report_text
from tests.controller.show.made import ERRORS, finding, judged
from tests.fakes import KEY, NOW

# JSON has no other numbers; what is not finite is None in a record and a report.
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
LARGEST_ANNOTATIONS_BYTES = 256 * 1024


@given(st.from_type(Record))
def test_records_round_trip(record: Record) -> None:
    """Whatever a record holds, its text gives it back."""
    assert read_record(record_text(record)) == record


def tolerant(judgement: Judgement) -> Judgement:
    """The same, its tolerances such as there are."""
    return replace(judgement, findings=tuple(map(_tolerant, judgement.findings)))


def _tolerant(finding: Finding) -> Finding:
    tolerance = replace(finding.question.tolerance, amount=0.1)
    return replace(finding, question=replace(finding.question, tolerance=tolerance))


@given(st.from_type(Judgement).map(tolerant), st.from_type(Outlook), st.text())
def test_reports_round_trip(judgement: Judgement, outlook: Outlook, source: str) -> None:
    """Whatever a report holds, its text gives it back."""
    report = Report(NOW, "r", judgement, outlook, source, ("trouble",))
    assert read_report(report_text(report)) == report


@given(st.text())
def test_any_text_is_a_record_or_an_error(text: str) -> None:
    """A garbled annotation gives a clear error, never another failure."""
    with suppress(AnnotationError):
        assert isinstance(read_record(text), Record)


def test_a_full_history_fits() -> None:
    """Ten decisions with long evidence stay well below what a workload may carry."""
    sentence = "x" * 600
    decision = Decision(
        NOW, Act.ROLL_BACK, "r" * 20, "Regressed", sentence * 3, evidence=(sentence,) * 6
    )
    record = Record(history=(decision,) * HISTORY_LENGTH)
    assert len(record_text(record)) < LARGEST_ANNOTATIONS_BYTES / 3


def test_the_journal_keeps(tmp_path: Path) -> None:
    """What was appended is there after closing, newest first, by workload or all."""
    path = tmp_path / "journal.db"
    journal = SqliteJournal(path)
    other = replace(KEY, name="api")
    for number, key in enumerate((KEY, other, KEY)):
        decision = Decision(NOW + number, Act.HOLD, "r", "", f"reason {number}")
        journal.append(Entry(key, decision, applied=number != 1))
    journal.close()
    reopened = SqliteJournal(path)
    assert [e.decision.reason for e in reopened.entries(None, 2)] == ["reason 2", "reason 1"]
    assert [e.applied for e in reopened.entries(other, 9)] == [False]
    reopened.close()


def test_a_journal_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """The error names the file and what to look at."""
    with pytest.raises(JournalError, match="nowhere"):
        SqliteJournal(tmp_path / "nowhere" / "journal.db")


@pytest.mark.parametrize("amount", [0.0, -0.1, 1e-300, 1e300])
def test_a_report_with_a_tolerance_that_is_none_is_refused(amount: float) -> None:
    """Nothing can be drawn beside it; no policy has one."""
    found = finding(replace(ERRORS, tolerance=Tolerance(amount)), Verdict.HEALTHY)
    report = Report(NOW, "r", judged(found), Outlook("next"))
    with pytest.raises(AnnotationError, match="a tolerance of"):
        read_report(report_text(report))
