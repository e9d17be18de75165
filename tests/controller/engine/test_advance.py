"""From what was seen to the one change that is due."""

from dataclasses import replace

import pytest

from analysis.question import Design
from analysis.verdict import Verdict
from controller.engine.advance import advance
from controller.engine.change import Change
from controller.engine.phases import MOVES, IllegalMoveError, move
from controller.engine.record import Act, Phase, Quarantined, Record, Rollout, Version
from controller.engine.workload import Workload
from policies.model import (
    HealthyAction,
    HealthyRule,
    InconclusiveAction,
    InconclusiveRule,
    NoDataAction,
    NoDataRule,
    Policy,
    RegressedAction,
    RegressedRule,
    RollbackScope,
)
from tests.fakes import NOW, after, digest, pod, policy, sight, workload

LATE = NOW + 3_600


def turned(governing: Policy, seen: Workload, verdict: Verdict | None = None) -> Change:
    """The change that is due, which there must be."""
    change = advance(sight(seen, governing, verdict))
    assert change is not None
    return change


def held(governing: Policy, replicas: int = 4) -> Workload:
    """A workload whose rollout is held, half old and half new."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2}, desired_pods=replicas)
    for act in (Act.BEGIN, Act.HOLD):
        change = turned(governing, seen)
        assert change.decision.act is act
        seen = after(seen, change)
    return seen


@pytest.mark.parametrize("start", Phase)
@pytest.mark.parametrize("end", Phase)
def test_only_moves_of_the_table(start: Phase, end: Phase) -> None:
    """A move that is not in the table raises and changes nothing."""
    version = Version("web-1", {"app": "web:v1"})
    rollout = Rollout("r", "p", start, NOW, version, version, False, version, Design.SIDE_BY_SIDE)
    if end in MOVES[start]:
        assert move(rollout, end, NOW).phase is end
        return
    with pytest.raises(IllegalMoveError):
        move(rollout, end, NOW)
    assert rollout.phase is start


@pytest.mark.parametrize(
    ("replicas", "share", "needed"),
    [(1, 0.5, 1), (2, 0.5, 1), (3, 0.5, 2), (10, 0.5, 5), (10, 0.1, 1), (4, 1.0, 4)],
)
def test_held_at_its_share(replicas: int, share: float, needed: int) -> None:
    """A rollout is held when the candidate has its share of the pods, and no sooner."""
    governing = policy(hold=share)
    for there in (needed - 1, needed):
        old = max(1, replicas - there)
        seen = workload("web:v2", {"web:v1": old, "web:v2": there}, desired_pods=replicas)
        seen = after(seen, turned(governing, seen))
        change = advance(sight(seen, governing))
        assert (change is not None and change.paused is True) is (there == needed)


def test_a_persons_pause_is_left_alone() -> None:
    """A pause that is not ours is neither claimed nor lifted, and hinders a rollback."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2}, paused=True)
    seen = after(seen, turned(policy(), seen))
    analyzed = turned(policy(), seen)
    assert (analyzed.paused, analyzed.decision.act) == (None, Act.ANALYZE)
    told = turned(policy(), after(seen, analyzed), Verdict.REGRESSED)
    assert (told.decision.act, told.paused, told.restore) == (Act.AWAIT_PERSON, None, None)
    assert "paused" in told.decision.reason


def test_regressed_is_one_change() -> None:
    """Template, pause, record, quarantine and digest change together."""
    change = turned(policy(), held(policy()), Verdict.REGRESSED)
    assert change.restore is not None
    assert (change.restore.revision, change.restore.scope) == ("web-1", RollbackScope.TEMPLATE)
    assert change.restore.images == {"app": f"web:v1@{digest('web:v1')}"}
    assert change.paused is False
    assert [entry.digest for entry in change.record.quarantine] == [digest("web:v2")]
    assert change.record.rollout is not None
    assert change.record.rollout.phase is Phase.ROLLING_BACK
    assert change.decision.evidence == ("errors: as it is",)


def test_image_scope_and_a_lost_revision() -> None:
    """Only images come back where the policy says so, or where the template is gone."""
    rule = RegressedRule(RegressedAction.ROLLBACK, RollbackScope.IMAGE, None)
    change = turned(replace(policy(), on_regressed=rule), held(policy()), Verdict.REGRESSED)
    assert change.restore is not None
    assert change.restore.scope is RollbackScope.IMAGE
    assert change.record.quarantine == ()
    seen = held(policy())
    lost = replace(seen, revisions=tuple(r for r in seen.revisions if r.name != "web-1"))
    change = turned(policy(), lost, Verdict.REGRESSED)
    assert change.restore is not None
    assert change.restore.scope is RollbackScope.IMAGE


def test_healthy_is_let_go_and_remembered() -> None:
    """Healthy ends the hold and becomes last known good, without a restart of any pod."""
    change = turned(policy(), held(policy()), Verdict.HEALTHY)
    assert (change.paused, change.restore) == (False, None)
    assert change.record.good is not None
    assert change.record.good.digests == {"app": digest("web:v2")}
    kept = replace(policy(), on_healthy=HealthyRule(HealthyAction.KEEP))
    assert turned(kept, held(policy()), Verdict.HEALTHY).record.good is None


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.NO_DATA, None])
def test_nothing_is_done_before_the_limit(verdict: Verdict | None) -> None:
    """Without a verdict nothing is done until the limit: silence is neither fine nor bad."""
    assert advance(sight(held(policy()), policy(), verdict)) is None


@pytest.mark.parametrize(
    ("action", "act", "good"),
    [
        (InconclusiveAction.KEEP, Act.PROMOTE, False),
        (InconclusiveAction.PIN, Act.PROMOTE, True),
        (InconclusiveAction.ROLLBACK, Act.ROLL_BACK, False),
    ],
)
def test_the_limit_without_a_verdict(action: InconclusiveAction, act: Act, good: bool) -> None:
    """At the limit the policy decides, and only Healthy or `pin` makes a known good."""
    governing = replace(policy(), on_inconclusive=InconclusiveRule(action))
    change = advance(sight(held(governing), governing, Verdict.INCONCLUSIVE, LATE))
    assert change is not None
    assert change.decision.act is act
    assert (change.record.good is not None) is good


@pytest.mark.parametrize("verdict", [Verdict.NO_DATA, None])
def test_the_limit_without_data(verdict: Verdict | None) -> None:
    """Without data the limit asks a person and never rolls back; the verdict may still come."""
    seen = held(policy())
    change = advance(sight(seen, policy(), verdict, LATE))
    assert change is not None
    assert (change.decision.act, change.paused, change.restore) == (Act.AWAIT_PERSON, None, None)
    waiting = after(seen, change)
    assert advance(sight(waiting, policy(), verdict, LATE + 1)) is None
    late = advance(sight(waiting, policy(), Verdict.HEALTHY, LATE + 2))
    assert late is not None
    assert late.decision.act is Act.PROMOTE
    keep = replace(policy(), on_no_data=NoDataRule(NoDataAction.KEEP))
    kept = advance(sight(seen, keep, verdict, LATE))
    assert kept is not None
    assert (kept.decision.act, kept.record.good) == (Act.PROMOTE, None)


@pytest.mark.parametrize(
    ("action", "act"),
    [(RegressedAction.HOLD, Act.AWAIT_PERSON), (RegressedAction.KEEP, Act.PROMOTE)],
)
def test_regressed_without_rollback(action: RegressedAction, act: Act) -> None:
    """A policy may hold or keep what regressed; it is then never known good."""
    rule = RegressedRule(action, RollbackScope.TEMPLATE, None)
    governing = replace(policy(), on_regressed=rule)
    change = turned(governing, held(governing), Verdict.REGRESSED)
    assert (change.decision.act, change.record.good) == (act, None)


def test_a_bad_target_is_never_returned_to() -> None:
    """A version in quarantine is no place to return to; every objection is told at once."""
    seen = held(policy())
    entry = Quarantined(digest("web:v1"), "web:v1", LATE, "leaks")
    poisoned = replace(seen, record=replace(seen.record, quarantine=(entry,)))
    change = turned(policy(), poisoned, Verdict.REGRESSED)
    assert (change.decision.act, change.restore) == (Act.AWAIT_PERSON, None)
    assert "quarantine: leaks" in change.decision.reason


def test_a_rollback_that_is_fought_stops() -> None:
    """After three rollbacks within an hour somebody else must be at it, and a person is asked."""
    seen = held(policy())
    rolled = turned(policy(), seen, Verdict.REGRESSED).decision
    record = replace(seen.record, history=(rolled,) * 3)
    change = turned(policy(), replace(seen, record=record), Verdict.REGRESSED)
    assert change.decision.act is Act.AWAIT_PERSON
    assert "3 rollbacks" in change.decision.reason


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ({"waiting": "CrashLoopBackOff", "restarts": 3}, "crash loop"),
        ({"waiting": "ImagePullBackOff", "ready_at": None, "created_at": NOW - 121}, "ImagePull"),
        ({"ready_at": None, "created_at": NOW - 121}, "not ready"),
        ({"restarts": 3, "out_of_memory": True}, "lack of memory"),
    ],
)
def test_pods_that_do_not_start_are_evidence(trouble: dict[str, object], told: str) -> None:
    """Candidate pods that cannot start are evidence, unless the baseline suffers too."""
    seen = held(policy())
    sick = tuple(
        replace(p, **trouble) if p.revision == "web-2" else p  # type: ignore[arg-type]
        for p in seen.pods
    )
    change = turned(policy(), replace(seen, pods=sick))
    assert change.decision.act is Act.ROLL_BACK
    assert told in change.decision.reason
    both = tuple(replace(p, waiting="CrashLoopBackOff", restarts=3) for p in seen.pods)
    assert advance(sight(replace(seen, pods=both), policy())) is None


def test_a_short_trouble_is_none() -> None:
    """A pod that is still within its start-up deadline is no evidence."""
    seen = held(policy())
    fresh = pod("web-2", 9, "web:v2", ready_at=None, created_at=NOW - 119, waiting="ErrImagePull")
    assert advance(sight(replace(seen, pods=(*seen.pods, fresh)), policy())) is None


def test_resumed_by_a_person() -> None:
    """A person who lifts our hold lets the release go, whatever the evidence says."""
    seen = replace(held(policy()), paused=False)
    change = turned(policy(), seen, Verdict.REGRESSED)
    assert (change.decision.act, change.restore) == (Act.RELEASE, None)


def test_ends() -> None:
    """A rollout ends when its version alone runs, and not before."""
    seen = held(policy())
    promoted = after(seen, turned(policy(), seen, Verdict.HEALTHY))
    assert advance(sight(promoted, policy())) is None
    done = replace(workload("web:v2", {"web:v1": 0, "web:v2": 4}), record=promoted.record)
    change = turned(policy(), done)
    assert change.record.rollout is not None
    assert change.record.rollout.phase is Phase.PROMOTED
    assert advance(sight(after(done, change), policy())) is None
    back = after(seen, turned(policy(), seen, Verdict.REGRESSED))
    assert advance(sight(back, policy())) is None
    restored = f"web:v1@{digest('web:v1')}"
    over = replace(workload(restored, {"web:v1": 0, restored: 4}), record=back.record)
    over = replace(
        over, pods=tuple(replace(p, digests={"app": digest("web:v1")}) for p in over.pods)
    )
    change = turned(policy(), over)
    assert change.record.rollout is not None
    assert change.record.rollout.phase is Phase.ROLLED_BACK
    assert advance(sight(after(over, change), policy())) is None


def test_a_policy_that_goes_lets_go() -> None:
    """A workload that is held when its policy goes is let go, and nothing else is done."""
    change = advance(sight(held(policy()), None))
    assert change is not None
    assert (change.decision.act, change.paused, change.restore) == (Act.RELEASE, False, None)


def test_two_containers() -> None:
    """Of two containers only the digest that is new is quarantined, and both come back."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    side = digest("side:v1")
    both = {"side": "side:v1"}
    seen = replace(
        seen,
        images={**seen.images, **both},
        revisions=tuple(replace(r, images={**r.images, **both}) for r in seen.revisions),
        pods=tuple(replace(p, digests={**p.digests, "side": side}) for p in seen.pods),
    )
    for _ in range(2):
        seen = after(seen, turned(policy(), seen))
    change = turned(policy(), seen, Verdict.REGRESSED)
    assert change.restore is not None
    assert change.restore.images["side"] == f"side:v1@{side}"
    assert [entry.digest for entry in change.record.quarantine] == [digest("web:v2")]


def test_records_grow_by_one() -> None:
    """Every change takes the record one step on and bounds its history."""
    seen = replace(workload("web:v2", {"web:v1": 4, "web:v2": 1}), record=Record(sequence=41))
    assert turned(policy(), seen).record.sequence == 42
