"""A person, a rollout in flight and a policy that leaves it to people hold every build."""

from dataclasses import replace

from analysis.question import Design
from controller.engine.builds.held import held, turned_away
from controller.engine.builds.states import ImageState, state_of
from controller.engine.record import Act, Decision, Phase, Pin, Record, Rollout, Version
from tests.controller.engine.builds.made import (
    MOVING,
    NOW,
    bad,
    build,
    digest,
    rule_of,
    stock,
    word,
    workload,
)

OLD = Version("r1", {"app": "shop/web:1.2.0"}, {"app": digest("1.2.0")})
NEW = Version("r2", {"app": "shop/web:1.3.0"}, {"app": digest("1.3.0")})


def rollout(phase: Phase, held_since: float | None = None) -> Rollout:
    """The rollout from the old to the new version."""
    return Rollout(
        id="r",
        policy="p",
        phase=phase,
        started_at=NOW,
        baseline=OLD,
        target=OLD,
        proven=True,
        candidate=NEW,
        design=Design.SIDE_BY_SIDE,
        held_since=held_since,
        reason="errors",
    )


def test_nothing_holds() -> None:
    """A workload at rest under a policy that updates by itself is free."""
    assert held(rule_of(), workload()) == ()
    assert held(rule_of(), workload(Record(rollout=rollout(Phase.PROMOTED)))) == ()


def test_everything_that_holds_is_told() -> None:
    """The policy, a pin, a rollout in flight and a person's pause are all named."""
    record = Record(rollout=rollout(Phase.ANALYZING), pin=Pin({}, "jo", NOW, "freeze"))
    told = held(rule_of(auto=False), workload(record, paused=True))
    assert [one.cause.value for one in told] == ["Manual", "Pinned", "Judging", "Paused"]
    assert "pinned by jo: freeze" in str(told[1])
    assert "Analyzing: shop/web:1.3.0" in str(told[2])


def test_our_own_pause_is_no_persons() -> None:
    """A hold of rollctl's is told as the rollout in flight alone."""
    record = Record(rollout=rollout(Phase.HOLDING, held_since=NOW))
    told = held(rule_of(), workload(record, paused=True))
    assert [one.cause.value for one in told] == ["Judging"]


def test_what_was_rolled_back_is_left_alone() -> None:
    """By whomever and without a quarantine: what the last rollout tried and lost stays away."""
    for phase in (Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.SUPERSEDED):
        away = turned_away(rule_of().choice, Record(rollout=rollout(phase)))
        assert away == {digest("1.3.0"): "it was undone here: errors"}


def test_remembered_rollbacks_count() -> None:
    """A rollback before the last rollout counts as long as the record remembers it."""
    by_digest = f"shop/web:1.1.0@{digest('1.1.0')}"
    undone = Decision(NOW, Act.ROLL_BACK, "r", "", "bad", {"app": by_digest}, {"app": "shop/web"})
    kept = replace(undone, act=Act.COMPLETE)
    record = Record(rollout=rollout(Phase.PROMOTED), history=(undone, kept))
    assert turned_away(rule_of(MOVING).choice, record) == {
        digest("1.1.0"): "it was rolled back here: bad"
    }


def test_what_a_person_replaced_is_left_alone() -> None:
    """A newer build that somebody replaced by an older one is not rolled out again, while a tag
    that is moved back means what it says."""
    record = Record(rollout=rollout(Phase.PROMOTED))
    assert digest("1.2.0") in turned_away(rule_of().choice, record)
    assert not turned_away(rule_of(MOVING).choice, record)


def test_states() -> None:
    """One word for each build: bad news first, then pins, verdicts and what is left."""
    good = Version("r0", {}, {"app": digest("1.2.2")})
    record = Record(pin=Pin({"app": f"shop/web@{digest('1.2.1')}"}, "jo", NOW), good=good)
    told = (
        word("1.2.1", "Healthy", "production"),
        word("1.2.3", "Healthy", "production"),
        word("1.2.4", "Healthy", "staging"),
    )
    tags = ("1.2.0", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "latest")
    shelf = replace(stock(*map(build, tags)), quarantine=(bad("1.2.0"),), attestations=told)
    states = [state_of(rule_of(), shelf, one, record) for one in shelf.builds]
    assert states == [
        ImageState.QUARANTINED,
        ImageState.PINNED,
        ImageState.PINNED,
        ImageState.VERIFIED,
        ImageState.CANDIDATE,
        None,
    ]
