"""`rollctl explain`: the paragraph first, the same as JSON, and the picture from the journal."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from analysis.verdict import Verdict
from controller.adapters.journal import SqliteJournal
from controller.adapters.trail import SqliteTrail
from controller.cli import app, platforms
from controller.cli.platforms import Where
from controller.engine.advance import advance
from controller.engine.outlook import Outlook
from controller.ports.platform import Sighting
from controller.ports.trail import steps_of
from controller.report import Report, report_text
from tests.controller.show.made import WORSE, judged
from tests.controller.show.test_show import held
from tests.fakes import KEY, NOW, after, policy, sight

JUDGED = judged(replace(WORSE, reason="errors: as it is"))
SVG = "{http://www.w3.org/2000/svg}"


class Regressed:
    """A lister of one workload that was rolled back a minute after its rollout was seen."""

    def __init__(self) -> None:
        one = held().workload
        seen = replace(sight(one, policy(), now=NOW + 60.0), judgement=JUDGED)
        change = advance(seen)
        assert change is not None
        rollout = change.record.rollout
        assert rollout is not None
        report = Report(NOW + 60.0, rollout.id, JUDGED, Outlook("next"))
        self.rollout = rollout.id
        self._sighting = Sighting(after(one, change), report_text(report))

    def one(self, namespace: str, name: str) -> Sighting:
        return self._sighting


@pytest.fixture
def lister(monkeypatch: pytest.MonkeyPatch) -> Regressed:
    """The lister that every command asks."""
    found = Regressed()
    where = Where(found, None, ("shop",))  # type: ignore[arg-type]
    monkeypatch.setattr(platforms, "open_platform", lambda *_: where)
    return found


@pytest.fixture
def journal(tmp_path: Path, lister: Regressed) -> Path:
    """A journal with a dozen looks at that rollout."""
    file = tmp_path / "journal.db"
    trail = SqliteTrail(file)
    for number in range(12):
        trail.keep(KEY, lister.rollout, steps_of(JUDGED, NOW + 5.0 * number))
    trail.close()
    return file


def told(*arguments: str) -> tuple[int, str, str]:
    """The exit code, the answer, and what was said beside it."""
    done = CliRunner().invoke(app, ["explain", "deployment/web", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_the_paragraph_comes_first_then_the_decisions(lister: Regressed) -> None:
    """What was found, how sure, what was done; under it every act in its order."""
    code, page, _ = told()
    lines = page.splitlines()
    told_first = " ".join(lines[2 : lines.index("", 2)])
    assert code == 0
    assert lines[0] == "deployment/web in shop: RollingBack (Regressed)"
    assert told_first.startswith("The new version (web:v2) is worse than the old one (web:v1).")
    assert "between +38.7 and +51.2 points" in told_first
    assert "For 60 seconds" in told_first
    assert "So rollctl rolled it back to web:v1@sha256:763100000000" in told_first
    assert page.index("saw a new release") < page.index("rolled the release back")


def test_json_carries_the_paragraph_and_its_figures(lister: Regressed) -> None:
    """One document: paragraph, figures of each metric, decisions."""
    code, page, _ = told("-o", "json")
    document = json.loads(page)
    assert (code, document["kind"]) == (0, "Explanation")
    assert "451 of every 1,000" in document["explanation"]["paragraph"]
    assert document["explanation"]["metrics"][0]["low"] == pytest.approx(0.387)
    assert [decision["act"] for decision in document["decisions"]] == ["Begin", "Hold", "RollBack"]


def test_the_picture_has_every_look_of_the_journal(tmp_path: Path, journal: Path) -> None:
    """As many points as looks were kept, and the page beside it."""
    file = tmp_path / "web.svg"
    code, page, _ = told("--plot", str(file), "--journal", str(journal))
    root = ET.parse(file).getroot()
    points = [use for group in root.iter(f"{SVG}g") for use in group.findall(f"{SVG}use")]
    assert (code, len(points)) == (0, 12)
    assert "Regressed after 60 seconds" in "".join(root.itertext())
    assert "So rollctl rolled it back" in " ".join(page.split())


def test_a_picture_on_stdout_is_nothing_else(journal: Path) -> None:
    """--plot - gives a document that can be piped into a file."""
    code, page, _ = told("--plot", "-", "--journal", str(journal))
    assert (code, ET.fromstring(page).tag) == (0, f"{SVG}svg")


def test_a_picture_needs_a_journal_that_knows_the_rollout(
    tmp_path: Path, lister: Regressed
) -> None:
    """Without one, with a missing one, or with one of something else the command says so, and no
    picture is made."""
    other = tmp_path / "other.db"
    SqliteJournal(other).close()
    file = tmp_path / "web.svg"
    for arguments, code, words in (
        ([], 2, "--journal"),
        (["--journal", str(tmp_path / "missing.db")], 2, "no such file"),
        (["--journal", str(other)], 1, "holds no look"),
    ):
        ended, _, error = told("--plot", str(file), *arguments)
        assert (ended, words in error) == (code, True)
    assert not file.exists()
    assert not (tmp_path / "missing.db").exists()


def test_a_picture_that_cannot_be_written_is_an_error(tmp_path: Path, journal: Path) -> None:
    """The line names the file."""
    file = tmp_path / "nowhere" / "web.svg"
    code, _, error = told("--plot", str(file), "--journal", str(journal))
    assert (code, str(file) in error) == (1, True)


def test_a_verdict_without_metrics_is_explained_by_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where pods never started no figure is claimed to have decided."""
    from controller.show.explanation import explained

    one = held()
    assert one.rollout is not None
    change = advance(replace(sight(one.workload, policy(), Verdict.REGRESSED)))
    assert change is not None
    record = change.record
    reason = "web-2-0 waits: CrashLoopBackOff"
    decisions = (*record.history[:-1], replace(record.history[-1], reason=reason, evidence=()))
    rollout = replace(record.rollout, reason=reason)  # type: ignore[type-var]
    workload = replace(
        after(one.workload, change), record=replace(record, history=decisions, rollout=rollout)
    )
    page = explained(replace(one, workload=workload), NOW).paragraph
    assert (
        f"No comparison of metrics decided about the new version (web:v2), but this: {reason}."
        in page
    )
    assert "Still open: errors." in page
