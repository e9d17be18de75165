"""From a shelf of builds to a rollout, or to every reason against one."""

from dataclasses import replace

import pytest

from controller.dry_run import DryRun
from controller.engine.advance import advance
from controller.engine.builds.build import Build, CiAnswer
from controller.engine.builds.ci import Attached
from controller.engine.builds.shelf import Shelf
from controller.engine.change import Change
from controller.engine.outlook import outlook
from controller.engine.phases import ENDED
from controller.engine.record import Act, Decision, Phase, Pin, Quarantined, Record, Version
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from policies.model import Policy
from tests.controller.engine.builds.made import rule_of
from tests.fakes import KEY, NOW, FakePlatform, after, digest, policy, workload

V1, V2, V3 = "shop/web:1.2.0", "shop/web:1.3.0", "shop/web:1.4.0"
RULE = "repository: shop/web, semver: '>=1.2 <2'"
REPOSITORY = "docker.io/shop/web"


def governing(rule: str = RULE, *, auto: bool = True) -> Policy:
    """A policy that watches the repository."""
    return replace(policy(), images=(rule_of(rule, auto=auto),), environment="production")


def build(image: str, made_ago: float = 86_400.0) -> Build:
    """The image as it stands in the registry."""
    return Build(image.rpartition(":")[2], digest(image), NOW - made_ago, NOW - made_ago)


def shelf(*images: str) -> Shelf:
    """A repository with these images."""
    return Shelf(tuple(map(build, images)))


def running(image: str = V1, record: Record | None = None) -> Workload:
    """A workload at rest."""
    return workload(image, {image: 4}, record=record or Record())


def seen(on_shelf: Shelf, there: Workload | None = None, governed: Policy | None = None) -> Sight:
    """What the engine decides on."""
    return Sight(
        there or running(), governed or governing(), None, NOW, shelves={REPOSITORY: on_shelf}
    )


def updated(sight: Sight) -> Change:
    """The change, which must be an update."""
    change = advance(sight)
    assert change is not None
    assert change.decision.act is Act.UPDATE
    return change


def test_the_next_build_is_written_by_digest_and_then_seen_as_a_rollout() -> None:
    """One change of the container's image, tag for people and digest for the cluster; what comes
    of it is a rollout like anybody's, whose baseline is what ran."""
    change = updated(seen(shelf(V1, V2)))
    wanted = f"{V2}@{digest(V2)}"
    assert change.restore is not None
    assert dict(change.restore.images) == {"app": wanted}
    assert change.paused is None
    assert change.decision.to_images == {"app": wanted}
    assert f"{V1} -> {wanted}" in change.decision.reason
    shown = after(running(), change)
    begun = advance(seen(shelf(V1, V2), shown))
    assert begun is not None
    assert begun.decision.act is Act.BEGIN
    assert begun.record.rollout is not None
    assert begun.record.rollout.baseline.images == {"app": V1}
    assert begun.record.rollout.candidate.images == {"app": wanted}


def test_without_auto_update_it_is_only_told() -> None:
    """A policy that leaves rollouts to a person is obeyed, and the news is told."""
    sight = seen(shelf(V1, V2), governed=governing(auto=False))
    assert advance(sight) is None
    assert outlook(sight).blocked == ("the policy leaves rollouts to a person (autoUpdate: false)",)


def test_nothing_new_is_no_reason() -> None:
    """Where the best build runs nothing is done, and nothing is said to stand in the way."""
    sight = seen(shelf(V1, V2), running(V2))
    assert advance(sight) is None
    assert outlook(sight).next == "waits for a new image"
    assert outlook(sight).blocked == ()


def test_a_pin_holds() -> None:
    """A pinned workload gets no build, and its outlook says who pinned it and what waits."""
    pin = Pin({"app": V1}, "ann", NOW, "stock-taking")
    sight = seen(shelf(V1, V2), running(record=Record(pin=pin, settled={"app": V1})))
    assert advance(sight) is None
    assert outlook(sight).blocked == (
        "pinned by ann: stock-taking; unpin it, then it follows again",
    )


def test_a_quarantined_digest_is_passed_over_with_its_reason() -> None:
    """The next best build is rolled out instead."""
    entry = Quarantined(digest(V3), V3, NOW + 3_600, "errors: +45pp")
    there = running(record=Record(settled={"app": V1}, quarantine=(entry,)))
    sight = seen(shelf(V1, V2, V3), there)
    assert updated(sight).decision.to_images == {"app": f"{V2}@{digest(V2)}"}
    assert outlook(sight).next == "rolls out app: 1.3.0"
    alone = seen(shelf(V1, V3), there)
    assert advance(alone) is None
    assert outlook(alone).next == "waits until a newer build may run"
    assert outlook(alone).blocked == ("1.4.0: in quarantine for another 1h: errors: +45pp",)


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in ENDED])
def test_a_rollout_that_is_judged_is_left_alone(phase: Phase) -> None:
    """In no phase of a rollout in flight is a build rolled out."""
    begun = advance(Sight(workload(V2, {V1: 2, V2: 2}), governing(), None, NOW))
    assert begun is not None
    assert begun.record.rollout is not None
    flying = replace(begun.record.rollout, phase=phase)
    there = workload(V2, {V1: 2, V2: 2}, record=replace(begun.record, rollout=flying))
    change = advance(seen(shelf(V1, V2, V3), there))
    assert change is None or change.decision.act is not Act.UPDATE


def test_an_old_picture_rolls_nothing_out() -> None:
    """Neither of a registry that was not read since, nor of a platform that shows nothing new."""
    unread = seen(replace(shelf(V1, V2), unread="it is away"))
    assert advance(unread) is None
    assert outlook(unread).blocked == ("the registry was not read: it is away",)
    assert advance(replace(seen(shelf(V1, V2)), stale=True)) is None


def test_a_build_that_was_put_back_at_once_is_not_fought_for() -> None:
    """Where somebody undoes the update before anything came of it, neither it nor a lesser one is
    rolled out; a newer one is."""
    change = updated(seen(shelf(V1, V2)))
    back = running(record=change.record)
    again = seen(shelf(V1, "shop/web:1.2.5", V2), back)
    assert advance(again) is None
    assert any("nothing came of it" in reason for reason in outlook(again).blocked)
    newer = updated(seen(shelf(V1, V2, V3), back))
    assert newer.decision.to_images == {"app": f"{V3}@{digest(V3)}"}


def test_a_build_that_somebody_returned_is_left_even_if_no_pod_ran_it() -> None:
    """A rollout that was undone before its first pod is known by the digest it asked for."""
    change = updated(seen(shelf(V1, V2)))
    begun = advance(seen(shelf(V1, V2), after(running(), change)))
    assert begun is not None
    undone = advance(seen(shelf(V1, V2), running(record=begun.record)))
    assert undone is not None
    assert undone.decision.act is Act.SUPERSEDE
    assert advance(seen(shelf(V1, V2), running(record=undone.record))) is None


def test_an_index_is_returned_to_as_an_index() -> None:
    """A rollback goes to the digest that was asked for: a pod names the image of its own platform
    alone."""
    from controller.engine.images import pinned_images

    index = f"{V1}@{digest('index:i')}"
    version = Version("", {"app": index}, {"app": digest("part:p")})
    assert pinned_images(version) == {"app": index}


def test_gates_read_what_the_shelf_holds() -> None:
    """A CI's artifact, and its posted word, each open the gate that asks for them and no other."""
    by_artifact = governing(f"{RULE}, require: {{ciVerdict: application/vnd.ci}}")
    by_post = governing(f"{RULE}, require: {{ciVerdict: webhook}}")
    attached = replace(shelf(V1, V2), attached={digest(V2): (Attached("application/vnd.ci"),)})
    posted = replace(shelf(V1, V2), posted={digest(V2): CiAnswer.PASSED})
    updated(seen(attached, governed=by_artifact))
    updated(seen(posted, governed=by_post))
    assert advance(seen(posted, governed=by_artifact)) is None
    assert advance(seen(attached, governed=by_post)) is None
    assert advance(seen(shelf(V1, V2), governed=by_post)) is None


def test_a_dry_run_says_it_once_and_plays_no_rollout() -> None:
    """What would be rolled out is decided once; the workload stays as it is, and a newer build is
    told of too."""
    platform = FakePlatform(running())
    shadow = DryRun(platform)
    told: list[Decision] = []
    for images in ((V1, V2), (V1, V2), (V1, V2, V3), (V1, V2, V3)):
        there = shadow.workload(KEY)
        assert there is not None
        assert there.images == {"app": V1}
        change = advance(seen(shelf(*images), there))
        if change is not None:
            shadow.apply(change)
            told.append(change.decision)
    assert [one.act for one in told] == [Act.UPDATE, Act.UPDATE]
    assert [one.to_images["app"] for one in told] == [f"{V2}@{digest(V2)}", f"{V3}@{digest(V3)}"]
    assert platform.applied == []
