"""A person's orders pass the same engine, guards and record."""

from dataclasses import replace

import pytest

from analysis.verdict import Verdict
from controller.engine import orders
from controller.engine.advance import advance
from controller.engine.orders import OrderRefusedError, Person
from controller.engine.record import Act, Phase, Pin, Record
from controller.engine.workload import Workload
from tests.fakes import NOW, after, policy, sight, workload

ADA = Person("ada", "it smells")


def held() -> Workload:
    """A workload whose rollout is held."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for _ in range(2):
        change = advance(sight(seen, policy()))
        assert change is not None
        seen = after(seen, change)
    return seen


def test_resume_lets_go() -> None:
    """Resume ends the hold, names who did it, and claims nothing about the release."""
    change = orders.resume(sight(held(), None), ADA)
    assert (change.paused, change.restore, change.decision.by) == (False, None, "ada")
    assert change.record.good is None


def test_rollback_of_a_held_release() -> None:
    """A rollback returns to the frozen target and quarantines nothing."""
    change = orders.roll_back(sight(held(), None), ADA)
    assert change.restore is not None
    assert change.restore.images["app"].startswith("web:v1@sha256:")
    assert (change.record.quarantine, change.decision.act) == ((), Act.ROLL_BACK)
    assert "it smells" in change.decision.reason


def test_rollback_of_a_promoted_release() -> None:
    """A release that was let go can still be rolled back."""
    promoted = advance(sight(held(), policy(), Verdict.HEALTHY))
    assert promoted is not None
    done = replace(workload("web:v2", {"web:v1": 0, "web:v2": 4}), record=promoted.record)
    ended = advance(sight(done, policy()))
    assert ended is not None
    change = orders.roll_back(sight(after(done, ended), None), ADA)
    assert change.record.rollout is not None
    assert change.record.rollout.phase is Phase.ROLLING_BACK


def test_rollback_without_a_record() -> None:
    """A workload that rollctl never met returns to the revision before."""
    seen = workload("web:v2", {"web:v1": 0, "web:v2": 4})
    change = orders.roll_back(sight(seen, None), ADA)
    assert change.restore is not None
    assert change.restore.images == {"app": "web:v1"}


def test_refusals_say_why() -> None:
    """An order that makes no sense is refused with its reason, and nothing changes."""
    first = workload("web:v1", {"web:v1": 4})
    for order in (orders.resume, orders.unpin, orders.roll_back):
        with pytest.raises(OrderRefusedError, match="web in shop"):
            order(sight(first, None), ADA)
    with pytest.raises(OrderRefusedError, match="it has app"):
        orders.pin(sight(first, None), ADA, {"wbe": "web:v1"})


def test_pin_holds_until_unpin() -> None:
    """A pin changes the image where it must, and an unpinned workload is free again."""
    first = workload("web:v1", {"web:v1": 4})
    same = orders.pin(sight(first, None), ADA, {})
    assert (same.restore, same.record.settled) == (None, {"app": "web:v1"})
    other = orders.pin(sight(first, None), ADA, {"app": "web:v0"})
    assert other.restore is not None
    assert other.restore.images == {"app": "web:v0"}
    freed = orders.unpin(sight(after(first, same), None), ADA)
    assert freed.record.pin is None


def test_pin_in_mid_analysis_returns() -> None:
    """A pin during an analysis means what was settled, not what is on trial."""
    change = orders.pin(sight(held(), None), ADA, {})
    assert change.record.pin is not None
    assert change.record.pin.images == {"app": "web:v1"}
    assert change.restore is not None


def test_a_rollback_does_not_leave_a_pin_that_lies() -> None:
    """Away from its pin a workload is rolled back only once it is unpinned; to its pin at once."""
    seen = workload("web:v2", {"web:v1": 0, "web:v2": 4})
    here = replace(seen, record=Record(pin=Pin({"app": "web:v2"}, "ada", NOW)))
    with pytest.raises(OrderRefusedError, match="pinned at web:v2 by ada; order `rollctl unpin`"):
        orders.roll_back(sight(here, policy()), ADA)
    there = replace(seen, record=Record(pin=Pin({"app": "web:v1"}, "ada", NOW)))
    assert orders.roll_back(sight(there, policy()), ADA).decision.act is Act.ROLL_BACK
