"""When many releases go wrong together rollctl stops, says why, and knows one release in many places."""

from dataclasses import replace

import pytest

from analysis.verdict import Verdict
from controller.engine.advance import advance
from controller.engine.fleet import HOUR_SECONDS, UNRELATED, Fleet
from controller.engine.record import Act, Decision, Record
from controller.engine.workload import Workload
from tests.fakes import KEY, NOW, after, policy, sight, workload


def judged(name: str, image: str, verdict: Verdict, at: float = NOW) -> Workload:
    """A workload of this name whose new image got this verdict at this time."""
    seen = replace(
        workload(f"{image}:v2", {f"{image}:v1": 2, f"{image}:v2": 2}),
        key=replace(KEY, name=name),
        uid=name,
    )
    for said in (None, None, verdict):
        change = advance(sight(seen, policy(), said, now=at))
        assert change is not None
        seen = after(seen, change)
    return seen


def fleet(*workloads: Workload, most: int = 10) -> Fleet:
    """What is known after these were seen."""
    made = Fleet(most)
    for one in workloads:
        made.saw(one)
    return made


def bad(count: int, at: float = NOW) -> list[Workload]:
    """So many unrelated releases that regressed."""
    return [judged(f"w{n}", f"team{n}/app", Verdict.REGRESSED, at) for n in range(count)]


def test_a_few_regressions_are_the_releases_own() -> None:
    """Below the bound nothing is held back."""
    assert fleet(*bad(UNRELATED - 1)).objections(NOW) == ()


def test_unrelated_releases_that_regress_together_stop_the_next() -> None:
    """The message names them, says what it looks like, what to look at and until when it holds."""
    (said,) = fleet(*bad(UNRELATED)).objections(NOW + 60)
    assert "this looks like the infrastructure, not the releases" in said
    assert "shop/w0, shop/w1, shop/w2" in said
    assert "rollctl rollback" in said


def test_one_release_in_many_places_is_no_infrastructure() -> None:
    """The same repository in ten workloads is one bad release, rolled back in each."""
    same = [judged(f"w{n}", "shared/app", Verdict.REGRESSED) for n in range(9)]
    assert fleet(*same).objections(NOW) == ()


def test_good_releases_at_the_same_time_speak_against_it() -> None:
    """Where most releases of those minutes are Healthy, the bad ones are bad by themselves."""
    good = [judged(f"g{n}", f"good{n}/app", Verdict.HEALTHY) for n in range(UNRELATED)]
    assert fleet(*bad(UNRELATED), *good).objections(NOW) == ()


def test_regressions_far_apart_have_nothing_in_common() -> None:
    """Half an hour between each of them is no cluster."""
    apart = [
        judged(f"w{n}", f"team{n}/app", Verdict.REGRESSED, NOW + 1_800.0 * n) for n in range(4)
    ]
    assert fleet(*apart).objections(NOW + 5_400) == ()


def test_the_brake_ends_after_an_hour() -> None:
    """What was is over some time; a person need not be there for ever."""
    known = fleet(*bad(UNRELATED))
    assert known.objections(NOW + HOUR_SECONDS - 1)
    assert known.objections(NOW + HOUR_SECONDS + 1) == ()


def test_rollbacks_over_all_workloads_are_bounded() -> None:
    """However related they are, so many an hour are enough without a person."""
    same = [judged(f"w{n}", "shared/app", Verdict.REGRESSED) for n in range(10)]
    assert fleet(*same[:9]).objections(NOW) == ()
    (said,) = fleet(*same).objections(NOW + 1)
    assert "10 rollbacks within the last hour" in said
    assert fleet(*same).objections(NOW + HOUR_SECONDS + 1) == ()


def test_one_workload_cannot_brake_all() -> None:
    """A record that claims any number of rollbacks, or some of the far future, counts for little."""
    claims = tuple(
        Decision(at, Act.ROLL_BACK, "r", "Regressed", "x") for at in [NOW] * 30 + [1e300] * 30
    )
    forged = replace(workload("web:v1", {"web:v1": 4}), record=Record(history=claims))
    assert fleet(forged).objections(NOW) == ()


def test_what_is_gone_counts_no_more() -> None:
    """A workload that was deleted is forgotten."""
    known = fleet(*bad(UNRELATED))
    known.forget(replace(KEY, name="w0"))
    assert known.objections(NOW) == ()


@pytest.mark.parametrize("verdict", [Verdict.REGRESSED, None])
def test_a_braked_rollback_asks_a_person_and_is_done_when_the_brake_ends(
    verdict: Verdict | None,
) -> None:
    """The rollout stays held, the reason says what brakes, and without it the rollback follows."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    for said in (None, None):
        change = advance(sight(seen, policy(), said))
        assert change is not None
        seen = after(seen, change)
    braked = replace(sight(seen, policy(), Verdict.REGRESSED), brakes=("something is on fire",))
    change = advance(braked)
    assert change is not None
    assert change.decision.act is Act.AWAIT_PERSON
    assert "not rolled back: something is on fire" in change.decision.reason
    held = after(seen, change)
    assert held.paused
    assert advance(replace(sight(held, policy(), verdict), brakes=("still",))) is None
    free = advance(sight(held, policy(), verdict))
    assert free is not None
    assert free.decision.act is Act.ROLL_BACK


UNDONE = Decision(
    NOW - 60,
    Act.ROLL_BACK,
    "r-1",
    "Regressed",
    "errors: 50 %",
    {"app": "web:v1"},
    {"app": "web:v0"},
)


@pytest.mark.parametrize(
    ("since", "goes_back"),
    [
        ((), False),
        ((replace(UNDONE, act=Act.PROMOTE, verdict="Inconclusive"),), False),
        ((replace(UNDONE, act=Act.PROMOTE, verdict="Healthy", to_images={"app": "web:v1"}),), True),
        ((replace(UNDONE, act=Act.RELEASE, verdict="", to_images={"app": "web:v1"}),), True),
    ],
    ids=["nothing", "kept undecided", "found Healthy", "released by a person"],
)
def test_no_way_back_to_what_was_rolled_back_itself(
    since: tuple[Decision, ...], *, goes_back: bool
) -> None:
    """A bad, back to B, B bad, back to A would go on for ever: what was rolled back is no place to
    return to, unless it was found Healthy or a person let it go since."""
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2})
    seen = replace(seen, record=replace(seen.record, history=(UNDONE, *since)))
    for said in (None, None):
        change = advance(sight(seen, policy(), said))
        assert change is not None
        seen = after(seen, change)
    change = advance(sight(seen, policy(), Verdict.REGRESSED))
    assert change is not None
    assert change.decision.act is (Act.ROLL_BACK if goes_back else Act.AWAIT_PERSON)
    assert ("was rolled back itself: errors: 50 %" in change.decision.reason) is not goes_back
