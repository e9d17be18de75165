"""What the service told is believed of the rollout that it is about, and of no other."""

from dataclasses import replace

import pytest

from analysis.verdict import Verdict
from controller.engine.outlook import Outlook
from controller.engine.record import Phase
from controller.ports.platform import Sighting
from controller.report import Report
from controller.show.seen import Seen, seen
from controller.show.story import explain
from controller.show.tree import tree
from tests.controller.show.test_show import held
from tests.fakes import NOW, judgement, workload

PHASES_UNDER_WAY = [Phase.PROGRESSING, Phase.ANALYZING, Phase.HOLDING]


def told_of(rollout_id: str, verdict: Verdict) -> Seen:
    """The held rollout of these tests with a report about this one."""
    found = judgement(verdict, "errors: of another day")
    report = Report(NOW, rollout_id, found, Outlook("something of another day"))
    return replace(held(), report=report)


def test_an_earlier_rollouts_report_says_nothing_of_this_one() -> None:
    """Its verdict, its figures and its outlook are neither shown nor an exit code."""
    one = told_of("an-earlier-one", Verdict.REGRESSED)
    page = "\n".join([*tree(one, NOW), *explain(one, NOW)])
    assert (one.verdict, one.exit_code()) == ("", 5)
    assert "another day" not in page
    assert "compares until the verdict" in page


@pytest.mark.parametrize("about", ["", "the-same"])
def test_the_last_findings_stay_after_the_end(about: str) -> None:
    """Between rollouts the last one's findings are still to be read."""
    one = told_of(about, Verdict.REGRESSED)
    assert one.rollout is not None
    ended = replace(one.rollout, id="the-same", phase=Phase.ROLLED_BACK, ended_at=NOW)
    record = replace(one.record, rollout=ended)
    shown = replace(one, workload=replace(one.workload, record=record))
    assert "of another day" in "\n".join(tree(shown, NOW))


@pytest.mark.parametrize("phase", PHASES_UNDER_WAY)
def test_a_rollout_without_a_verdict_is_not_healthy(phase: Phase) -> None:
    """While nothing is decided the exit code says so, so that no script takes it for done."""
    one = replace(held(), report=None)
    assert one.rollout is not None
    record = replace(one.record, rollout=replace(one.rollout, phase=phase))
    assert replace(one, workload=replace(one.workload, record=record)).exit_code() == 5


def test_a_limit_that_has_passed_asks_for_the_service() -> None:
    """What should have happened long ago tells that nobody is there to do it."""
    page = "\n".join(tree(held(), NOW + 7200))
    assert "does `rollctl run` still run?" in page


def test_a_persons_pause_is_told_without_a_rollout() -> None:
    """A paused workload is said to be paused even before rollctl had to do with it."""
    one = seen(Sighting(workload("web:v1", {"web:v1": 4}, paused=True), ""))
    assert any(line.startswith("Paused:") for line in tree(one, NOW))


def test_a_steady_workload_says_what_it_waits_for() -> None:
    """There is always an answer to what happens next."""
    one = seen(Sighting(workload("web:v1", {"web:v1": 4}), ""))
    assert "waits for a new image" in "\n".join(tree(one, NOW))
