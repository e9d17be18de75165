"""Doing what was decided, and telling of it only when there is news."""

from dataclasses import replace

import pytest

from analysis.verdict import Verdict
from controller.engine.advance import advance
from controller.engine.change import Change
from controller.engine.outlook import Outlook
from controller.engine.workload import Workload
from controller.perform import PUBLISH_EVERY_SECONDS, RETRY_SECONDS, Performer
from controller.ports.journal import Entry, JournalError
from controller.ports.platform import Conflict, Refused, Unavailable, Vanished
from controller.ports.trail import NoTrail
from controller.report import Report, read_report
from controller.telemetry import Telemetry
from tests.fakes import KEY, NOW, FakePlatform, MemoryJournal, judgement, policy, sight, workload


class FullDisk(MemoryJournal):
    def append(self, entry: Entry) -> None:
        raise JournalError("the disk is full")


class DeafPlatform(FakePlatform):
    """Takes changes and no reports."""

    deaf = True

    def publish(self, workload: Workload, findings_text: str) -> None:
        if self.deaf:
            raise Unavailable("busy")
        super().publish(workload, findings_text)

    def announce(self, change: Change) -> None:
        raise Unavailable("busy")


SEEN = workload("web:v2", {"web:v1": 2, "web:v2": 2})


def due() -> Change:
    """The first change of a rollout."""
    change = advance(sight(SEEN, policy()))
    assert change is not None
    return change


def report(**changes: object) -> Report:
    """A report on a rollout in analysis."""
    made = Report(NOW, "r-1", judgement(Verdict.INCONCLUSIVE), Outlook("compares"))
    return replace(made, **changes)  # type: ignore[arg-type]


def performing(platform: FakePlatform, journal: MemoryJournal | None = None) -> Performer:
    """A performer on fakes."""
    return Performer(
        platform, journal or MemoryJournal(), NoTrail(), Telemetry("test"), applies=True
    )


def test_a_full_disk_hinders_nobody() -> None:
    """A journal that cannot be written neither undoes the change nor hides its event."""
    platform = FakePlatform(SEEN)
    assert performing(platform, FullDisk()).do(due(), NOW)
    assert (len(platform.applied), len(platform.announced)) == (1, 1)


def test_an_event_that_is_lost_hinders_nobody() -> None:
    """A platform that takes the change but not its event has taken the change."""
    journal = MemoryJournal()
    assert performing(DeafPlatform(SEEN), journal).do(due(), NOW)
    assert len(journal.written) == 1


@pytest.mark.parametrize("error", [Conflict("late"), Vanished("gone")])
def test_what_changed_meanwhile_waits_for_nothing(error: Conflict | Vanished) -> None:
    """A conflict is no trouble: the next look may act at once, and nothing was told."""
    platform, journal = FakePlatform(SEEN), MemoryJournal()
    platform.refusal = error
    performer = performing(platform, journal)
    assert not performer.do(due(), NOW)
    assert performer.ready(KEY, NOW)
    assert (performer.trouble, journal.written, platform.announced) == ({}, [], [])


@pytest.mark.parametrize(
    ("error", "seconds"),
    [(Unavailable("busy"), 5.0), (Unavailable("busy", 17.0), 17.0), (Refused("no"), 60.0)],
)
def test_patience(error: Unavailable | Refused, seconds: float) -> None:
    """A platform that asks for patience is asked again after the time it wished, or ours."""
    platform = FakePlatform(SEEN)
    platform.refusal = error
    performer = performing(platform)
    assert not performer.do(due(), NOW)
    assert not performer.ready(KEY, NOW + seconds - 0.1)
    assert performer.ready(KEY, NOW + seconds)
    assert performer.trouble == {KEY: str(error)}
    assert performer.do(due(), NOW + seconds)
    assert performer.trouble == {}


@pytest.mark.parametrize(
    ("changes", "news"),
    [
        ({}, False),
        ({"at": NOW + 1}, False),
        ({"at": NOW + PUBLISH_EVERY_SECONDS}, True),
        ({"rollout": "r-2"}, True),
        ({"judgement": judgement(Verdict.REGRESSED)}, True),
        ({"outlook": Outlook("waits for a person")}, True),
        ({"trouble": ("the source is down",)}, True),
        ({"rollout": ""}, False),
        ({"rollout": "", "trouble": ("the source is down",)}, True),
    ],
)
def test_only_news_is_published(changes: dict[str, object], news: bool) -> None:
    """A report is written again when what it says has changed, or has grown old."""
    platform = FakePlatform(SEEN)
    performer = performing(platform)
    performer.publish(SEEN, report())
    performer.publish(SEEN, report(**changes))
    assert len(platform.published) == 1 + news


def test_many_rollouts_are_shown_less_often() -> None:
    """The figures of a thousand rollouts are a few patches a second; a verdict is shown at once."""
    platform = FakePlatform(SEEN)
    performer = performing(platform)
    performer.expect(1000)
    performer.publish(SEEN, report())
    performer.publish(SEEN, report(at=NOW + PUBLISH_EVERY_SECONDS))
    assert len(platform.published) == 1
    performer.publish(SEEN, report(judgement=judgement(Verdict.REGRESSED)))
    assert len(platform.published) == 2
    performer.expect(1)
    performer.publish(SEEN, report(at=NOW + PUBLISH_EVERY_SECONDS))
    assert len(platform.published) == 3


def test_trouble_that_lasts_is_no_news() -> None:
    """A trouble that tells its own duration is not written every second."""
    platform = FakePlatform(SEEN)
    performer = performing(platform)
    for second in range(10):
        performer.publish(SEEN, report(at=NOW + second, trouble=(f"down (for {second} s)",)))
    assert len(platform.published) == 1


def test_trouble_between_rollouts_keeps_the_findings() -> None:
    """What a person last saw of a rollout is not wiped off by a trouble after it."""
    platform = FakePlatform(SEEN)
    performer = performing(platform)
    performer.publish(SEEN, report())
    performer.publish(SEEN, report(rollout="", judgement=None, trouble=("down",)))
    shown = read_report(platform.published[-1][1])
    assert shown is not None
    assert shown.judgement == report().judgement


def test_a_report_that_was_not_taken_is_shown_later() -> None:
    """A report that the platform did not take is tried again, with patience."""
    platform = DeafPlatform(SEEN)
    performer = performing(platform)
    performer.publish(SEEN, report())
    platform.deaf = False
    performer.publish(SEEN, report(at=NOW + 1))
    assert platform.published == []
    performer.publish(SEEN, report(at=NOW + RETRY_SECONDS))
    assert len(platform.published) == 1


def test_what_is_forgotten_is_new() -> None:
    """Of a workload that went and came again nothing is remembered."""
    platform = FakePlatform(SEEN)
    performer = performing(platform)
    platform.refusal = Refused("no")
    performer.do(due(), NOW)
    performer.publish(SEEN, report())
    performer.forget(KEY)
    assert performer.ready(KEY, NOW)
    performer.publish(SEEN, report())
    assert len(platform.published) == 2


def test_what_a_decision_stands_on_is_shown_though_its_verdict_is_no_news() -> None:
    """At the limit the verdict is what it was seconds before, but the figures are not."""
    platform = FakePlatform(SEEN)
    performer = performing(platform)
    performer.publish(SEEN, report())
    performer.do(due(), NOW + 1)
    for second in (1, 2):
        performer.publish(SEEN, report(at=NOW + second))
    shown = [read_report(text) for _, text in platform.published]
    assert [one.at for one in shown if one is not None] == [NOW, NOW + 1]
