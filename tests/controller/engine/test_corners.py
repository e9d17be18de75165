"""Corners in which a person, a pin, a quarantine or time meet a rollout."""

from dataclasses import replace

import pytest

from analysis.verdict import Verdict
from controller.annotations import LONGEST_TEXT_BYTES, record_text
from controller.engine import orders
from controller.engine.advance import advance
from controller.engine.brevity import MOST_QUARANTINED
from controller.engine.change import Change
from controller.engine.orders import OrderRefusedError, Person
from controller.engine.record import Act, Phase, Pin, Quarantined, Record, Version
from controller.engine.unproven import without_proof
from controller.engine.workload import Workload
from policies.model import (
    InconclusiveAction,
    InconclusiveRule,
    NoDataAction,
    NoDataRule,
    Policy,
    RegressedAction,
    RegressedRule,
    RollbackScope,
)
from tests.fakes import NOW, after, digest, judgement, policy, revision, sight, workload

ADA = Person("ada")
LATE = NOW + 3_600


def due(
    seen: Workload,
    verdict: Verdict | None = None,
    now: float = NOW,
    governing: Policy | None = None,
) -> Change:
    """The change that is due, which there must be."""
    change = advance(sight(seen, governing or policy(), verdict, now))
    assert change is not None
    return change


def begun() -> Workload:
    """A workload whose rollout of v2 over v1 was seen."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    return after(seen, due(seen))


def held() -> Workload:
    """The same, held."""
    seen = begun()
    return after(seen, due(seen))


def wants(seen: Workload, image: str) -> Workload:
    """The workload after a person set another image."""
    return replace(seen, images={"app": image}, fingerprint=f"f-{image}", generation=20)


def phase_of(change: Change) -> Phase:
    """Where the rollout is after the change."""
    assert change.record.rollout is not None
    return change.record.rollout.phase


# Pins


def test_a_pin_at_the_candidate_ends_the_trial() -> None:
    """A person who pins what is on trial has decided: no verdict rolls it back any more."""
    seen = held()
    pinned = orders.pin(sight(seen, policy()), ADA, {"app": "web:v2"})
    assert pinned.paused is False
    change = due(after(seen, pinned), Verdict.REGRESSED)
    assert (change.decision.act, change.restore) == (Act.RELEASE, None)
    before_hold = begun()
    pinned = orders.pin(sight(before_hold, policy()), ADA, {"app": "web:v2"})
    change = due(after(before_hold, pinned), Verdict.REGRESSED)
    assert (change.decision.act, change.decision.by) == (Act.RELEASE, "ada")


def test_a_pin_in_mid_analysis_ends_our_hold() -> None:
    """A pin back to the old version leaves nothing paused, even if the controller dies."""
    seen = held()
    pinned = orders.pin(sight(seen, policy()), ADA, {"app": "web:v1"})
    assert (pinned.paused, pinned.restore is not None) == (False, True)
    assert phase_of(due(after(seen, pinned))) is Phase.SUPERSEDED


def test_a_newer_release_against_a_pin_returns_to_the_pin() -> None:
    """The pin, not the frozen target of an older rollout, is where a pinned workload goes."""
    seen = begun()
    pin = Pin({"app": "web:v0"}, "ada", NOW)
    newer = wants(replace(seen, record=replace(seen.record, pin=pin)), "web:v3")
    newer = replace(newer, revisions=(*newer.revisions, revision(3, "web:v3", 1)))
    superseded = due(newer)
    change = due(after(newer, superseded))
    assert change.restore is not None
    assert change.restore.images == {"app": "web:v0"}


def test_a_pinned_workload_is_not_adopted_elsewhere() -> None:
    """A pin holds however long nobody watched."""
    pin = Pin({"app": "web:v1"}, "ada", NOW - 9_000)
    record = Record(sequence=5, settled={"app": "web:v1"}, pin=pin)
    change = due(long_alone("web:v9", record))
    assert change.decision.act is Act.BEGIN


# What was long ago


def long_alone(image: str, record: Record) -> Workload:
    """A workload whose current version has been alone for hours."""
    seen = workload(image, {image: 4}, record=record)
    old = replace(seen.revisions[0], created_at=NOW - 10_000)
    return replace(seen, revisions=(old,))


def test_a_quarantined_version_is_not_adopted() -> None:
    """A known bad digest is refused however long nobody watched."""
    entry = Quarantined(digest("web:v9"), "web:v9", LATE, "errors")
    record = Record(sequence=5, settled={"app": "web:v1"}, quarantine=(entry,))
    seen = long_alone("web:v9", record)
    begin = due(seen)
    assert begin.decision.act is Act.BEGIN
    assert due(after(seen, begin)).decision.act is Act.ROLL_BACK


def test_an_old_revision_that_comes_back_is_a_rollout() -> None:
    """A revision made long ago whose pods are yet to come has not been alone for long."""
    seen = long_alone("web:v1", Record(sequence=5, settled={"app": "web:v2"}))
    assert due(replace(seen, pods=())).decision.act is Act.BEGIN


# What is known good


def test_what_is_rolled_back_is_good_no_more() -> None:
    """A person who rolls back a version once found Healthy does not meet it as a target."""
    seen = held()
    healthy = after(seen, due(seen, Verdict.HEALTHY))
    assert healthy.record.good is not None
    change = orders.roll_back(sight(healthy, policy()), ADA)
    assert change.record.good is None


def test_a_release_after_a_healthy_one_returns_there() -> None:
    """A release that comes while a Healthy one still rolls out is compared with that one."""
    seen = held()
    healthy = after(seen, due(seen, Verdict.HEALTHY))
    change = due(wants(healthy, "web:v3"))
    assert change.record.rollout is not None
    assert change.record.rollout.target.images == {"app": "web:v2"}
    assert change.record.rollout.proven


def test_digests_of_another_version_settle_nothing() -> None:
    """A return by digest to the version before the settled one is a rollout."""
    seen = held()
    released = after(seen, orders.resume(sight(seen, policy()), ADA))
    gone = advance(sight(released, None))
    assert gone is not None
    again = wants(after(released, gone), f"web:v1@{digest('web:v1')}")
    assert due(again).decision.act is Act.BEGIN


# Quarantine


def test_an_unchanged_container_is_never_quarantined() -> None:
    """Of two containers only the one whose image changed is bad, even where the digests of
    the old version are not known."""
    seen = held()
    both = {"app": "web:v2", "side": "side:v1"}
    rollout = seen.record.rollout
    assert rollout is not None
    old = Version("web-1", {"app": "web:v1", "side": "side:v1"})
    rollout = replace(
        rollout, baseline=old, target=old, candidate=replace(rollout.candidate, images=both)
    )
    seen = replace(
        seen,
        images=both,
        revisions=tuple(replace(r, images={**r.images, "side": "side:v1"}) for r in seen.revisions),
        pods=tuple(
            replace(p, digests={**p.digests, "side": digest("side:v1"), "mesh": "sha256:m"})
            for p in seen.pods
        ),
        record=replace(seen.record, rollout=rollout),
    )
    change = due(seen, Verdict.REGRESSED)
    assert [entry.digest for entry in change.record.quarantine] == [digest("web:v2")]


def test_a_persons_rollback_skips_what_is_bad() -> None:
    """A rollback without a rollout goes past revisions in quarantine, by name where no pod
    tells the digest."""
    entry = Quarantined(digest("web:v2"), "web:v2", LATE, "errors")
    seen = workload("web:v3", {"web:v1": 0, "web:v2": 0, "web:v3": 4})
    seen = replace(seen, record=Record(sequence=1, quarantine=(entry,)))
    change = orders.roll_back(sight(seen, None), ADA)
    assert change.restore is not None
    assert change.restore.images == {"app": "web:v1"}
    only_bad = replace(seen, revisions=seen.revisions[1:])
    with pytest.raises(OrderRefusedError, match="quarantine: errors"):
        orders.roll_back(sight(only_bad, None), ADA)


def test_a_persons_rollback_of_an_unseen_release() -> None:
    """A rollback ordered before the controller saw the newest release returns to the target
    frozen before it, and ends our hold."""
    seen = wants(held(), "web:v3")
    seen = replace(seen, revisions=(*seen.revisions, revision(3, "web:v3", 0)))
    change = orders.roll_back(sight(seen, policy()), ADA)
    assert change.restore is not None
    assert change.restore.images["app"].startswith("web:v1@")
    assert change.paused is False
    rolling = after(held(), due(held(), Verdict.REGRESSED))
    again = orders.roll_back(sight(wants(rolling, "web:v3"), policy()), ADA)
    assert phase_of(again) is Phase.ROLLING_BACK


# Waiting for a person


def hindered(verdict: Verdict, governing: Policy, now: float = NOW) -> Workload:
    """A rollout whose rollback a person's pause hinders."""
    seen = begun()
    seen = replace(seen, paused=True)
    seen = after(seen, due(seen, governing=governing))
    waiting = due(seen, verdict, now, governing)
    assert waiting.decision.act is Act.AWAIT_PERSON
    return after(seen, waiting)


def test_a_hindered_rollback_tells_its_own_reason_later() -> None:
    """Once nothing hinders it, a rollback is done and told with the reason it had."""
    seen = replace(hindered(Verdict.REGRESSED, policy()), paused=False)
    change = due(seen, Verdict.NO_DATA)
    assert change.decision.act is Act.ROLL_BACK
    assert without_proof(change.decision.reason) == "errors: as it is"


def test_a_hindered_rollback_at_the_limit() -> None:
    """What the policy says for Inconclusive is what a hindered Inconclusive waits for."""
    governing = replace(
        policy(),
        on_inconclusive=InconclusiveRule(InconclusiveAction.ROLLBACK),
        on_regressed=RegressedRule(RegressedAction.HOLD, RollbackScope.TEMPLATE, None),
    )
    seen = replace(hindered(Verdict.INCONCLUSIVE, governing, LATE), paused=False)
    assert due(seen, Verdict.INCONCLUSIVE, LATE, governing).decision.act is Act.ROLL_BACK


def test_a_pin_that_is_lifted_rolls_nothing_back() -> None:
    """A rollback that only a pin asked for is not done after the pin is gone."""
    seen = begun()
    pin = Pin({"app": "web:v1"}, "ada", NOW)
    pinned = replace(seen, record=replace(seen.record, pin=pin), paused=True)
    waiting = after(pinned, due(pinned))
    free = after(waiting, orders.unpin(sight(waiting, None), ADA))
    assert advance(sight(replace(free, paused=False), policy())) is None


def test_crashes_are_evidence_without_any_data() -> None:
    """A candidate that begins to crash while a person is waited for is rolled back."""
    seen = held()
    waiting = after(seen, due(seen, None, LATE))
    sick = tuple(
        replace(p, waiting="CrashLoopBackOff", restarts=3) if p.revision == "web-2" else p
        for p in waiting.pods
    )
    assert due(replace(waiting, pods=sick), None, LATE).decision.act is Act.ROLL_BACK


# Starting up


def test_unready_baseline_pods_are_a_control_too() -> None:
    """Where old pods lost their readiness as well, the release is not to blame."""
    seen = held()
    none_ready = tuple(replace(p, ready_at=None, created_at=NOW - 500) for p in seen.pods)
    assert advance(sight(replace(seen, pods=none_ready), policy())) is None


def test_a_fresh_baseline_pod_is_no_trouble() -> None:
    """An old pod that was made a moment ago does not excuse a crash loop."""
    seen = held()
    pods = [
        replace(p, waiting="CrashLoopBackOff", restarts=3) if p.revision == "web-2" else p
        for p in seen.pods
    ]
    pods[0] = replace(pods[0], ready_at=None, created_at=NOW - 5)
    assert due(replace(seen, pods=tuple(pods))).decision.act is Act.ROLL_BACK


def test_an_older_rollouts_deadline_is_not_ours() -> None:
    """For a moment after a new template the platform shows how the one before it ended."""
    seen = replace(
        workload("web:v2", {"web:v1": 3, "web:v2": 1}, desired_pods=10),
        progress_deadline_exceeded=True,
    )
    seen = after(seen, due(seen))
    assert advance(sight(seen, policy(), now=NOW + 9)) is None
    assert due(seen, now=NOW + 11).decision.act is Act.ROLL_BACK


def test_an_old_picture_tells_nothing_of_starting() -> None:
    """While the platform shows nothing new, a pod that was not ready then may be ready now."""
    seen = held()
    pods = tuple(
        replace(p, ready_at=None, created_at=NOW - 500) if p.revision == "web-2" else p
        for p in seen.pods
    )
    old = replace(sight(replace(seen, pods=pods), policy()), stale=True)
    assert advance(old) is None
    assert advance(replace(old, stale=False)) is not None


# The limit, the hold, the end


def test_unread_evidence_is_not_no_data() -> None:
    """After a restart past the limit the evidence is read before anything is decided."""
    keep = replace(policy(), on_no_data=NoDataRule(NoDataAction.KEEP))
    unread = replace(sight(held(), keep, None, LATE), unread=True)
    assert advance(unread) is None
    read = replace(unread, judgement=judgement(Verdict.REGRESSED), unread=False)
    change = advance(read)
    assert change is not None
    assert change.decision.act is Act.ROLL_BACK


def test_a_policy_that_stops_holding_still_compares() -> None:
    """A rollout that was to be held is compared all the same when its policy turns hold off."""
    change = due(begun(), governing=policy(hold=None))
    assert (change.decision.act, change.paused) == (Act.ANALYZE, None)


def test_a_rollback_of_images_ends_beside_a_new_container() -> None:
    """With image scope a container that is new stays, and the rollback still comes to its end."""
    both = {"app": f"web:v1@{digest('web:v1')}", "side": "side:v1"}
    seen = held()
    rolled = after(seen, due(seen, Verdict.REGRESSED))
    one = replace(revision(3, "x", 4), images=both)
    pods = tuple(replace(p, revision="web-3", ready_at=NOW) for p in seen.pods)
    done = replace(rolled, images=both, revisions=(*seen.revisions, one), pods=pods)
    change = due(done)
    assert phase_of(change) is Phase.ROLLED_BACK
    assert advance(sight(after(done, change), policy())) is None


# The brake and the size of a record


def test_the_brake_counts_what_the_history_forgets() -> None:
    """Three rollbacks within an hour stop the fourth, whatever was decided in between."""
    no_quarantine = RegressedRule(RegressedAction.ROLLBACK, RollbackScope.TEMPLATE, None)
    governing = replace(policy(), on_regressed=no_quarantine)
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    acts = []
    for _ in range(4):
        for verdict in (None, None, Verdict.REGRESSED):
            change = due(seen, verdict, governing=governing)
            acts.append(change.decision.act)
            seen = after(seen, change)
        if change.decision.act is Act.ROLL_BACK:
            back = seen.images["app"]
            one = revision(3, back, 4)
            pods = tuple(replace(p, revision="web-3", digests={}) for p in seen.pods)
            over = replace(seen, revisions=(*seen.revisions[:2], one), pods=pods)
            seen = after(over, due(over, governing=governing))
            fought = workload("web:v2", {"web:v1": 2, "web:v2": 2})
            seen = replace(fought, record=seen.record, record_text=seen.record_text)
    assert acts.count(Act.ROLL_BACK) == 3
    assert acts[-1] is Act.AWAIT_PERSON


def test_a_record_always_fits() -> None:
    """However long reasons and evidence are, the record can be written and read back."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    long = "ä" * 50_000
    finding = judgement(Verdict.REGRESSED, long).findings[0]
    many = replace(judgement(Verdict.REGRESSED, long), findings=(finding,) * 50)
    for _ in range(10):
        for step in range(3):
            look = replace(sight(seen, policy()), judgement=many if step == 2 else None)
            change = advance(look)
            if change is not None:
                seen = after(seen, change)
        fought = workload("web:v2", {"web:v1": 2, "web:v2": 2})
        fresh = replace(seen.record, rollout=None, settled={"app": "web:v1"}, quarantine=())
        seen = replace(fought, record=fresh)
    assert len(record_text(seen.record).encode()) < LONGEST_TEXT_BYTES


def test_the_quarantine_is_bounded() -> None:
    """Of very many digests in quarantine those that last longest are kept."""
    entries = tuple(
        Quarantined(f"sha256:{i:064d}", "web:x", LATE + i, "errors") for i in range(200)
    )
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    kept = due(replace(seen, record=Record(quarantine=entries))).record.quarantine
    assert (len(kept), kept[-1]) == (MOST_QUARANTINED, entries[-1])
