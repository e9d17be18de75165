"""What is said to have been done is what was done."""

from dataclasses import replace

import pytest

from analysis.verdict import Judgement, Verdict
from controller.engine import orders
from controller.engine.advance import advance
from controller.engine.change import Change
from controller.engine.orders import Person
from controller.engine.outlook import Outlook
from controller.ports.platform import Sighting
from controller.report import Report, report_text
from controller.show.explanation import explained
from controller.show.seen import Seen, seen
from policies.model import HealthyAction, InconclusiveAction, Policy, RegressedAction
from tests.controller.show.made import ERRORS, finding, judged
from tests.controller.show.test_show import held
from tests.fakes import NOW, after, policy, sight

LATER = NOW + 40 * 60.0
ADA = Person("ada", "it smells")


def found(verdict: Verdict) -> Judgement:
    """What the metrics said."""
    return judged(finding(ERRORS, verdict))


def done(verdict: Verdict, governing: Policy | None = None) -> Seen:
    """The held rollout after what followed from this verdict at the limit."""
    looked = replace(
        sight(held().workload, governing or policy(), now=LATER), judgement=found(verdict)
    )
    change = advance(looked)
    assert change is not None
    return told_with(change, found(verdict))


def told_with(change: Change, judgement: Judgement) -> Seen:
    """The workload after this change with these findings on it."""
    rollout = change.record.rollout
    assert rollout is not None
    report = Report(LATER, rollout.id, judgement, Outlook("next"))
    return seen(Sighting(after(held().workload, change), report_text(report)))


def page(one: Seen) -> str:
    """The paragraph."""
    return explained(one, LATER).paragraph


def acting(**changes: object) -> Policy:
    """A policy with other actions."""
    governing = policy()
    rules = {name: replace(getattr(governing, name), action=to) for name, to in changes.items()}
    return replace(governing, **rules)


@pytest.mark.parametrize(
    ("verdict", "governing", "told"),
    [
        (
            Verdict.REGRESSED,
            policy(),
            "So rollctl rolled it back to web:v1@sha256:763100000000 and",
        ),
        (
            Verdict.REGRESSED,
            acting(on_regressed=RegressedAction.KEEP),
            "so rollctl let the rollout go on",
        ),
        (Verdict.REGRESSED, acting(on_regressed=RegressedAction.HOLD), "waits for a person"),
        (Verdict.HEALTHY, policy(), "and keeps it as the version to return to"),
        (Verdict.INCONCLUSIVE, policy(), "for this case it says to go on"),
        (
            Verdict.INCONCLUSIVE,
            acting(on_inconclusive=InconclusiveAction.ROLLBACK),
            "rolled it back",
        ),
        (Verdict.NO_DATA, policy(), "`rollctl resume` lets it go on"),
    ],
)
def test_each_verdict_with_what_the_policy_made_of_it(
    verdict: Verdict, governing: Policy, told: str
) -> None:
    """The words follow the act on record, whatever the policy says."""
    assert told in page(done(verdict, governing))


def test_a_version_that_is_not_kept_is_not_said_to_be() -> None:
    """Without a pin there is nothing new to return to."""
    words = page(done(Verdict.HEALTHY, acting(on_healthy=HealthyAction.KEEP)))
    assert "let the rollout go to the end." in words
    assert "version to return to" not in words


def test_while_nothing_is_decided_the_limit_is_told() -> None:
    """What goes on says until when."""
    words = page(held())
    assert "rollctl goes on comparing, until 1970-01-12 14:16:40 UTC at the latest." in words


def test_an_order_is_told_as_an_order() -> None:
    """Who ordered and why; no metric is said to have decided."""
    held_now = sight(held().workload, None, now=LATER)
    back = page(told_with(orders.roll_back(held_now, ADA), found(Verdict.INCONCLUSIVE)))
    assert "No comparison of metrics decided" in back
    assert "it smells" in back
    assert "So ada rolled it back to web:v1" in back
    assert "Still open: errors." in back
    on = page(told_with(orders.resume(held_now, ADA), found(Verdict.INCONCLUSIVE)))
    assert "let go to the end by order" in on
    assert "it smells" in on


def test_what_waits_for_data_is_told_by_its_newest_figures() -> None:
    """A person was asked for want of data; when they come they are what is explained."""
    asked = done(Verdict.NO_DATA)
    assert asked.report is not None
    back = replace(asked, report=replace(asked.report, judgement=found(Verdict.INCONCLUSIVE)))
    words = page(back)
    assert words.startswith("It is not known whether")
    assert "For 40 minutes" in words
    assert "waits for a person" in words
