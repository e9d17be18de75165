"""A tag that is moved under a workload: the digest that really runs is what counts."""

from dataclasses import replace

import pytest

from analysis.samples import Arm
from analysis.verdict import Verdict
from controller.engine import orders
from controller.engine.advance import advance
from controller.engine.arms import arms
from controller.engine.change import Change
from controller.engine.detect import is_new
from controller.engine.moved_tags import moved_tags
from controller.engine.quarantine import active
from controller.engine.record import Act, Phase, Quarantined, Record, Version
from controller.engine.workload import PodState, Workload
from policies.model import Policy, RollbackScope
from tests.fakes import NOW, after, digest, pod, policy, sight, workload

TAG = "web:latest"
FIRST, SECOND, THIRD = (digest(f"web:{name}") for name in ("first", "second", "third"))


def running(seen: Workload, image: str, *digests: str) -> Workload:
    """The workload whose pods of this image run these digests, one each."""
    (one,) = [revision for revision in seen.revisions if revision.images["app"] == image]
    others = tuple(each for each in seen.pods if each.revision != one.name)
    own = tuple(_pod(one.name, n, image, each) for n, each in enumerate(digests))
    return replace(seen, pods=others + own)


def _pod(revision: str, number: int, image: str, real: str) -> PodState:
    return pod(revision, number, image, digests={"app": real})


def turned(
    seen: Workload, verdict: Verdict | None = None, governing: Policy | None = None
) -> Change:
    """The change that is due, which there must be."""
    change = advance(sight(seen, governing or policy(), verdict))
    assert change is not None
    return change


def held(candidate: str = TAG, *digests: str, baseline: str = "web:v1") -> Workload:
    """A rollout that is held, the two new pods of which run these digests."""
    seen = workload(candidate, {baseline: 2, candidate: 2})
    if baseline == TAG:
        seen = running(seen, TAG, FIRST, FIRST)
    seen = running(seen, candidate, *digests) if digests else seen
    for act in (Act.BEGIN, Act.HOLD):
        change = turned(seen)
        assert change.decision.act is act
        seen = after(seen, change)
    return seen


def promoted(*digests: str) -> Workload:
    """The same, found Healthy and gone to its end, with these digests by now."""
    seen = held(TAG, FIRST, FIRST)
    seen = after(seen, turned(seen, Verdict.HEALTHY))
    (_old, new) = seen.revisions
    seen = running(replace(seen, revisions=(new,), pods=()), TAG, *digests)
    change = turned(replace(seen, desired_pods=len(digests)))
    assert change.record.rollout is not None
    assert change.record.rollout.phase is Phase.PROMOTED
    return after(seen, change)


# What is judged, pinned and restored


def test_what_really_ran_is_remembered_as_good() -> None:
    """A tag that was found Healthy is good by the digest that its pods ran."""
    good = turned(held(TAG, FIRST, FIRST), Verdict.HEALTHY).record.good
    assert good is not None
    assert good.digests == {"app": FIRST}


def test_what_really_ran_is_what_is_quarantined() -> None:
    """A tag that regressed is bad by the digest that its pods ran, not by its name."""
    record = turned(held(TAG, SECOND, SECOND), Verdict.REGRESSED).record
    assert [entry.digest for entry in active(record, NOW)] == [SECOND]


@pytest.mark.parametrize("scope", RollbackScope)
def test_a_rollback_to_a_tag_is_written_by_digest(scope: RollbackScope) -> None:
    """Where the tag is now does not matter: the digest that ran before comes back."""
    seen = held("web:v2", baseline=TAG)
    governing = policy()
    rule = replace(governing.on_regressed, scope=scope)
    change = turned(seen, Verdict.REGRESSED, replace(governing, on_regressed=rule))
    assert change.restore is not None
    assert change.restore.images == {"app": f"{TAG}@{FIRST}"}


def test_a_pin_of_a_tag_holds_its_digest() -> None:
    """No pod is restarted for it; a newer release is returned to the digest, and a restart that
    pulled another one is said."""
    seen = running(workload(TAG, {TAG: 2}), TAG, FIRST, FIRST)
    change = orders.pin(sight(seen, None), orders.Person("ada"), {})
    assert change.restore is None
    pinned = after(seen, change)
    assert advance(sight(pinned, policy())) is None
    newer = replace(workload("web:v5", {TAG: 2, "web:v5": 1}), record=pinned.record)
    newer = running(newer, TAG, FIRST, FIRST)
    back = turned(after(newer, turned(newer)))
    assert (back.decision.act, back.restore and back.restore.images) == (
        Act.ROLL_BACK,
        {"app": f"{TAG}@{FIRST}"},
    )
    (said,) = moved_tags(running(pinned, TAG, SECOND, SECOND), NOW)
    assert f"but {FIRST[:19]} is what was rolled out or pinned" in said


def test_a_pin_in_mid_rollout_returns_to_a_digest() -> None:
    """To that which the pods before run, and then there is nothing left to do."""
    seen = held("web:v2", baseline=TAG)
    change = orders.pin(sight(seen, None), orders.Person("ada"), {})
    assert change.restore is not None
    assert change.restore.images == {"app": f"{TAG}@{FIRST}"}
    returned = running(workload(f"{TAG}@{FIRST}", {TAG: 2, f"{TAG}@{FIRST}": 2}), TAG, FIRST, FIRST)
    ended = turned(replace(returned, record=change.record))
    assert ended.record.rollout is not None
    assert ended.record.rollout.phase is Phase.SUPERSEDED


def test_a_good_digest_is_what_a_later_rollback_returns_to() -> None:
    """Although a restart has pulled another one under the same tag since: that was never judged."""
    seen = promoted(SECOND, SECOND)
    newer = workload("web:v5", {TAG: 2, "web:v5": 1}, record=seen.record)
    change = turned(running(newer, TAG, SECOND, SECOND))
    rollout = change.record.rollout
    assert rollout is not None
    assert rollout.baseline.digests == {"app": SECOND}, "compared is what really runs"
    assert (rollout.target.digests, rollout.proven) == ({"app": FIRST}, True)


# Pods of one template that run several digests


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.REGRESSED])
def test_of_several_digests_none_is_called_good_or_bad(verdict: Verdict) -> None:
    """What is shown of all of them together is shown of none, and the reason says so."""
    change = turned(held(TAG, FIRST, SECOND), verdict)
    assert change.record.good is None
    assert active(change.record, NOW) == ()
    assert "several digests of app" in change.decision.reason
    assert change.decision.verdict == verdict.value


@pytest.mark.parametrize("verdict", [Verdict.HEALTHY, Verdict.REGRESSED])
def test_a_tag_that_moves_in_mid_rollout_clears_and_blames_nothing(verdict: Verdict) -> None:
    """Also where the first pods were all of one digest when the rollout was held."""
    seen = running(held(TAG, FIRST, FIRST), TAG, FIRST, FIRST, SECOND)
    change = turned(seen, verdict)
    assert (change.record.good, active(change.record, NOW)) == (None, ())
    again = running(held(TAG, FIRST, FIRST), TAG, SECOND, SECOND)
    change = turned(again, verdict)
    assert (change.record.good, active(change.record, NOW)) == (None, ()), "all were replaced"


def test_several_digests_at_the_hold_are_not_forgotten() -> None:
    """Evidence was gathered on both, whichever of them is left in the end."""
    seen = running(held(TAG, FIRST, SECOND), TAG, FIRST, FIRST)
    assert active(turned(seen, Verdict.REGRESSED).record, NOW) == ()
    assert turned(seen, Verdict.HEALTHY).record.good is None


def test_a_pod_of_another_digest_is_compared_with_nobody() -> None:
    """It is on neither side, so that it can neither speak for its siblings nor against them."""
    seen = running(held(TAG, FIRST, FIRST, baseline="web:v1"), TAG, FIRST, FIRST, SECOND)
    rollout = seen.record.rollout
    assert rollout is not None
    sides = [one.arm for one in arms(seen, rollout)]
    assert (sides.count(Arm.CANDIDATE), sides.count(Arm.BASELINE)) == (2, 2)
    other_side = running(held("web:v2", baseline=TAG), TAG, FIRST, FIRST, SECOND)
    assert other_side.record.rollout is not None
    sides = [one.arm for one in arms(other_side, other_side.record.rollout)]
    assert sides.count(Arm.BASELINE) == 2


def test_platforms_of_one_digest_are_one_version() -> None:
    """Where the template names a digest, pods that name others only differ in platform; what is
    good or bad is the digest that was asked for."""
    image = f"web:v2@{THIRD}"
    seen = held(image, FIRST, SECOND)
    rollout = seen.record.rollout
    assert rollout is not None
    assert sum(one.arm is Arm.CANDIDATE for one in arms(seen, rollout)) == 2
    assert moved_tags(seen, NOW) == ()
    record = turned(seen, Verdict.REGRESSED).record
    assert [entry.digest for entry in active(record, NOW)] == [THIRD]
    assert turned(seen, Verdict.HEALTHY).record.good is not None


def test_a_quarantined_digest_that_one_pod_pulled_is_refused() -> None:
    """At once, and its siblings are not blamed for it."""
    entry = Quarantined(SECOND, "web:v0", NOW + 60, "bad before")
    seen = running(held(TAG, FIRST, FIRST), TAG, FIRST, SECOND)
    seen = replace(seen, record=replace(seen.record, quarantine=(entry,)))
    change = turned(seen)
    assert change.decision.act is Act.ROLL_BACK
    assert "in quarantine: bad before" in change.decision.reason
    assert active(change.record, NOW) == (entry,)


def test_a_release_that_nobody_watched_is_not_adopted_with_a_bad_pod() -> None:
    """What one of its pods pulled is in quarantine: it is a rollout, and refused as one."""
    entry = Quarantined(SECOND, "web:v0", NOW + 1e6, "bad before")
    record = Record(settled={"app": "web:v1"}, quarantine=(entry,))
    seen = running(workload(TAG, {"web:v1": 0, TAG: 2}, record=record), TAG, FIRST, SECOND)
    late = replace(sight(seen, policy()), now=NOW + 7_200)
    change = advance(late)
    assert change is not None
    assert change.decision.act is Act.BEGIN


def test_a_digest_that_the_old_pods_ran_too_is_not_blamed() -> None:
    """A new name of what ran before cannot have made it worse."""
    seen = running(workload("web:v2", {TAG: 2, "web:v2": 2}), TAG, SECOND, SECOND)
    good = Version("gone", {"app": "web:v1"}, {"app": FIRST})
    record = Record(settled={"app": TAG}, good=good)
    seen = replace(running(seen, "web:v2", SECOND, SECOND), record=record)
    for _ in (Act.BEGIN, Act.HOLD):
        seen = after(seen, turned(seen))
    assert active(turned(seen, Verdict.REGRESSED).record, NOW) == ()


# What is said


def test_one_digest_needs_no_word() -> None:
    """Neither in a rollout nor after it."""
    assert moved_tags(held(TAG, FIRST, FIRST), NOW) == ()
    assert moved_tags(promoted(FIRST, FIRST), NOW) == ()


def test_several_digests_are_said() -> None:
    """In a rollout, after it, and where there never was one."""
    for seen in (
        held(TAG, FIRST, SECOND),
        promoted(FIRST, SECOND),
        running(workload(TAG, {TAG: 2}), TAG, FIRST, SECOND),
    ):
        (said,) = moved_tags(seen, NOW)
        assert said.startswith("app: pods of web:latest run several digests")
        assert FIRST[:19] in said
        assert SECOND[:19] in said


def test_a_restart_that_pulled_another_digest_is_said_and_is_no_rollout() -> None:
    """No template shows it and nothing ran beside it, so it is told, not judged."""
    seen = promoted(SECOND, SECOND)
    (said,) = moved_tags(seen, NOW)
    assert f"run {SECOND[:19]}, but {FIRST[:19]} is what was rolled out" in said
    assert "compared with nothing" in said
    assert f"{TAG}@{FIRST}" in said, "what to return to"
    assert not is_new(seen)
    assert advance(sight(seen, policy())) is None
    assert seen.record.good is not None
    assert seen.record.good.digests == {"app": FIRST}, "what was judged is still what is good"


def test_a_restart_into_quarantine_is_said() -> None:
    """With the reason that it is in there."""
    entry = Quarantined(SECOND, "web:v0", NOW + 60, "bad before")
    seen = promoted(SECOND, SECOND)
    seen = replace(seen, record=replace(seen.record, quarantine=(entry,)))
    assert moved_tags(seen, NOW)[0].endswith("is in quarantine: bad before")
    assert "quarantine" not in moved_tags(seen, NOW + 61)[0]


def test_a_rollback_that_can_name_no_digest_is_said_before_it_is_needed() -> None:
    """It would return to whatever the tag is by then."""
    seen = running(workload("web:v2", {TAG: 2, "web:v2": 1}), TAG, FIRST, SECOND)
    begun = after(seen, turned(seen))
    mixed, said = moved_tags(begun, NOW)
    assert "pods of web:latest run several digests" in mixed
    assert "would return to web:latest by its tag" in said


def test_an_old_pod_that_pulled_another_digest_in_mid_rollout_is_said() -> None:
    """It is compared with nobody, and a person must know why there is less to compare."""
    seen = held("web:v2", baseline=TAG)
    assert moved_tags(seen, NOW) == ()
    (said,) = moved_tags(running(seen, TAG, FIRST, SECOND), NOW)
    assert "pods of web:latest run several digests" in said
    (said,) = moved_tags(running(seen, TAG, SECOND), NOW)
    assert f"but {FIRST[:19]} is what was rolled out" in said
