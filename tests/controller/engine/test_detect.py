"""What is a rollout, and what a rollback would return to."""

from dataclasses import replace

import pytest

from analysis.question import Design
from controller.engine.advance import advance
from controller.engine.record import Act, Phase, Pin, Quarantined, Record, Version
from tests.fakes import NOW, after, digest, policy, sight, workload


def test_a_new_image_is_a_rollout() -> None:
    """A template with another image than the pods' is a rollout, with both versions named."""
    seen = workload("web:v2", {"web:v1": 4, "web:v2": 1})
    change = advance(sight(seen, policy()))
    assert change is not None
    assert change.decision.act is Act.BEGIN
    rollout = change.record.rollout
    assert rollout is not None
    assert (rollout.baseline.images, rollout.candidate.images) == (
        {"app": "web:v1"},
        {"app": "web:v2"},
    )
    assert rollout.target.digests == {"app": digest("web:v1")}


@pytest.mark.parametrize(
    "changed",
    [
        {"desired_pods": 9},
        {"labels": {"app": "web", "team": "blue"}},
        {"generation": 99},
        {"fingerprint": "f-restarted"},
    ],
    ids=["scale", "label", "spec", "restart"],
)
def test_what_changes_no_image_is_none(changed: dict[str, object]) -> None:
    """Scaling, labels, restarts and other edits of the template are no rollout."""
    seen = replace(workload("web:v1", {"web:v1": 4}), **changed)  # type: ignore[arg-type]
    assert advance(sight(seen, policy())) is None


def test_first_contact_changes_nothing() -> None:
    """A workload that is met long after its last rollout is left without a mark."""
    seen = workload("web:v2", {"web:v1": 0, "web:v2": 4})
    assert advance(sight(seen, policy())) is None


def test_an_ungoverned_workload_is_left_alone() -> None:
    """Without a policy there is no change, whatever the images do."""
    assert advance(sight(workload("web:v2", {"web:v1": 4, "web:v2": 1}), None)) is None


def test_the_same_version_by_digest_is_none() -> None:
    """A template that names by digest what ran by tag is no rollout."""
    settled = Record(sequence=3, settled={"app": f"web:v1@{digest('web:v1')}"})
    seen = replace(
        workload(f"web:v1@{digest('web:v1')}", {"web:v1": 2, f"web:v1@{digest('web:v1')}": 2}),
        record=settled,
    )
    assert advance(sight(seen, policy())) is None


def test_a_change_long_ago_is_adopted() -> None:
    """A version that ran alone for longer than the limit before anybody looked is taken as
    settled: it is neither compared nor rolled back."""
    seen = workload("web:v9", {"web:v9": 4})
    old = replace(seen.revisions[0], created_at=NOW - 10_000)
    record = Record(sequence=5, settled={"app": "web:v1"})
    change = advance(sight(replace(seen, revisions=(old,), record=record), policy()))
    assert change is not None
    assert change.decision.act is Act.ADOPT
    assert (change.restore, change.record.settled) == (None, {"app": "web:v9"})


def test_last_known_good_is_where_a_rollback_goes() -> None:
    """The version last found Healthy is the target, even when a later one was only kept."""
    good = Version("web-1", {"app": "web:v1"}, {"app": digest("web:v1")})
    record = Record(sequence=2, settled={"app": "web:v2"}, good=good)
    seen = replace(workload("web:v3", {"web:v1": 0, "web:v2": 4, "web:v3": 1}), record=record)
    change = advance(sight(seen, policy()))
    assert change is not None
    rollout = change.record.rollout
    assert rollout is not None
    assert rollout.baseline.images == {"app": "web:v2"}
    assert (rollout.target.images, rollout.proven) == ({"app": "web:v1"}, True)


def test_a_pin_is_where_a_rollback_goes() -> None:
    """A pinned workload returns to its pin."""
    record = Record(sequence=2, settled={"app": "web:v1"}, pin=Pin({"app": "web:v1"}, "ada", NOW))
    seen = replace(workload("web:v2", {"web:v1": 4, "web:v2": 1}), record=record)
    begun = advance(sight(seen, policy()))
    assert begun is not None
    change = advance(sight(after(seen, begun), policy()))
    assert change is not None
    assert change.decision.act is Act.ROLL_BACK
    assert change.restore is not None
    assert change.restore.images["app"].startswith("web:v1")


def test_no_hold_compares_before_with_after() -> None:
    """With `hold: off`, and where the baseline is gone already, the design says so."""
    seen = workload("web:v2", {"web:v1": 4, "web:v2": 1})
    change = advance(sight(seen, policy(hold=None)))
    assert change is not None
    assert change.record.rollout is not None
    assert change.record.rollout.design is Design.BEFORE_AFTER


def test_a_newer_release_keeps_what_was_frozen() -> None:
    """A release in mid-analysis supersedes, is compared with the old baseline, and ends a
    hold of ours in the same change."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for _ in range(2):
        change = advance(sight(seen, policy()))
        assert change is not None
        seen = after(seen, change)
    assert seen.paused
    newer = replace(seen, images={"app": "web:v3"}, fingerprint="f-web:v3", generation=9)
    change = advance(sight(newer, policy()))
    assert change is not None
    assert (change.decision.act, change.paused) == (Act.SUPERSEDE, False)
    rollout = change.record.rollout
    assert rollout is not None
    assert rollout.baseline.images == {"app": "web:v1"}
    assert (rollout.phase, rollout.held_since) == (Phase.PROGRESSING, None)


def test_a_return_by_somebody_else_ends_it() -> None:
    """A person who returns to the baseline in mid-analysis ends the rollout and the hold."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for _ in range(2):
        change = advance(sight(seen, policy()))
        assert change is not None
        seen = after(seen, change)
    change = advance(sight(replace(seen, images={"app": "web:v1"}), policy()))
    assert change is not None
    assert change.record.rollout is not None
    assert change.record.rollout.phase is Phase.SUPERSEDED
    assert (change.paused, change.restore) == (False, None)


def test_quarantine_expires() -> None:
    """A digest is refused until its quarantine is over, and not a second longer."""
    entry = Quarantined(digest("web:v2"), "web:v2", NOW + 10, "errors")
    seen = workload("web:v2", {"web:v1": 3, "web:v2": 1}, desired_pods=10)
    seen = replace(seen, record=Record(sequence=1, settled={"app": "web:v1"}, quarantine=(entry,)))
    begun = advance(sight(seen, policy()))
    assert begun is not None
    refused = advance(sight(after(seen, begun), policy(), now=NOW + 9))
    assert refused is not None
    assert refused.decision.act is Act.ROLL_BACK
    assert advance(sight(after(seen, begun), policy(), now=NOW + 11)) is None
