"""A freeze window holds back what is new and lets through what protects."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from analysis.verdict import Verdict
from controller.engine import orders
from controller.engine.advance import advance
from controller.engine.orders import Person
from controller.engine.outlook import outlook
from controller.engine.record import Act, Phase, Pin
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from policies.freeze.moments import parse_moment
from policies.freeze.windows import Allowance, FreezeWindow
from policies.model import (
    InconclusiveAction,
    InconclusiveRule,
    Policy,
)
from tests.controller.engine.builds.test_pending import V2, governing, shelf
from tests.controller.engine.builds.test_pending import seen as seen_with_builds
from tests.controller.engine.test_advance import LATE, held
from tests.fakes import NOW, after, judgement, policy, sight, workload

ADA = Person("ada")


def window(allows: Allowance = Allowance.ROLLBACKS, to: str = "18:00") -> FreezeWindow:
    """A window around NOW (13:46:40 UTC) that ends on the same day."""
    return FreezeWindow(parse_moment("12:00"), parse_moment(to), UTC, "UTC", allows, "launch")


def frozen(base: Policy | None = None, allows: Allowance = Allowance.ROLLBACKS) -> Policy:
    """A policy with that window."""
    return replace(base or policy(), freeze=(window(allows),))


def test_now_is_in_the_window() -> None:
    """The hour that these tests rely on."""
    assert datetime.fromtimestamp(NOW, UTC).hour == 13


def test_a_healthy_rollout_stays_held_until_the_window_closes() -> None:
    """It is not let go while the window is open, and at once when it closes."""
    seen = held(policy())
    assert advance(sight(seen, frozen(), Verdict.HEALTHY)) is None
    closed = replace(policy(), freeze=(window(to="13:00"),))
    change = advance(sight(seen, closed, Verdict.HEALTHY))
    assert change is not None
    assert (change.decision.act, change.paused) == (Act.PROMOTE, False)


def test_an_inconclusive_rollout_stays_held_at_its_limit() -> None:
    """The limit lets nothing go in a window."""
    late = sight(held(policy()), frozen(), Verdict.INCONCLUSIVE, now=NOW + 1_801.0)
    assert advance(late) is None
    ahead = outlook(late)
    assert "until the freeze ends" in ahead.next
    assert ahead.at == NOW + (18 * 3_600 - (NOW % 86_400))
    assert any("launch" in line for line in ahead.blocked)


def test_a_regression_is_rolled_back_in_the_window() -> None:
    """A rollback is what protects the weekend."""
    change = advance(sight(held(policy()), frozen(), Verdict.REGRESSED))
    assert change is not None
    assert change.decision.act is Act.ROLL_BACK


def test_what_people_roll_out_is_watched_and_held() -> None:
    """A release in the window is begun, held and compared like any other."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for act in (Act.BEGIN, Act.HOLD):
        change = advance(sight(seen, frozen()))
        assert change is not None
        assert change.decision.act is act
        seen = after(seen, change)


@pytest.mark.parametrize("verdict", [None, Verdict.REGRESSED, Verdict.HEALTHY])
def test_a_strict_window_changes_nothing(verdict: Verdict | None) -> None:
    """Where nothing is allowed, neither a hold nor a rollback is made."""
    strict = frozen(allows=Allowance.NOTHING)
    assert advance(sight(held(policy()), strict, verdict)) is None
    releasing = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    assert advance(sight(releasing, strict, verdict)) is None


@pytest.mark.parametrize("allows", Allowance)
def test_no_build_is_rolled_out_in_a_window(allows: Allowance) -> None:
    """The next build waits, and `status` says until when and why."""
    waiting = seen_with_builds(shelf(V2), governed=frozen(governing(), allows))
    assert advance(waiting) is None
    (reason,) = outlook(waiting).blocked
    assert "frozen by policy shop-web until" in reason
    assert "launch" in reason


def test_a_window_is_no_reason_where_people_roll_out() -> None:
    """Where a policy leaves builds to people, a window does not stand against the build."""
    left = seen_with_builds(shelf(V2), governed=frozen(governing(auto=False)))
    assert len([line for line in outlook(left).blocked if "frozen" in line]) == 1


def test_people_are_obeyed_in_the_window() -> None:
    """A resume by kubectl, a pin and an order of rollback go through."""
    seen = held(policy())
    resumed = advance(sight(replace(seen, paused=False), frozen(), Verdict.INCONCLUSIVE))
    assert resumed is not None
    assert resumed.decision.act is Act.RELEASE
    pinned = replace(seen, record=replace(seen.record, pin=Pin({"app": "web:v2"}, "ada", NOW)))
    kept = advance(sight(pinned, frozen()))
    assert kept is not None
    assert (kept.decision.act, kept.paused) == (Act.RELEASE, False)
    strict = frozen(allows=Allowance.NOTHING)
    assert orders.roll_back(sight(seen, strict), ADA).decision.act is Act.ROLL_BACK
    assert orders.resume(sight(seen, strict), ADA).decision.act is Act.RELEASE


def late(seen: Workload, after_limit: float) -> Sight:
    """A regression that first showed so long after the limit, looked at when no window is open."""
    limit_at = seen.record.rollout.limit_at if seen.record.rollout else None
    assert limit_at is not None
    found = replace(judgement(Verdict.REGRESSED), decided_at=limit_at + after_limit)
    return Sight(seen, policy(), found, LATE + 86_400.0)


def test_a_regression_that_showed_after_the_limit_asks_a_person() -> None:
    """The promise is for the time up to the limit: what a freeze prolonged is neither rolled back by
    itself nor let go."""
    change = advance(late(held(policy()), 7_200.0))
    assert change is not None
    assert change.decision.act is Act.AWAIT_PERSON
    assert "after the limit" in change.decision.reason
    waiting = after(held(policy()), change)
    assert waiting.record.rollout is not None
    assert waiting.record.rollout.phase is Phase.HOLDING
    assert advance(late(waiting, 7_200.0)) is None


def test_a_regression_within_the_limit_is_rolled_back_however_late_it_is_looked_at() -> None:
    """After a strict window, what showed in time is acted on."""
    change = advance(late(held(policy()), -60.0))
    assert change is not None
    assert change.decision.act is Act.ROLL_BACK


def test_a_policy_that_rolls_back_without_an_answer_does_so_in_the_window() -> None:
    """A rollback is one, whatever it is for."""
    governed = replace(policy(), on_inconclusive=InconclusiveRule(InconclusiveAction.ROLLBACK))
    change = advance(sight(held(governed), frozen(governed), Verdict.INCONCLUSIVE, now=NOW + 1_801))
    assert change is not None
    assert change.decision.act is Act.ROLL_BACK
