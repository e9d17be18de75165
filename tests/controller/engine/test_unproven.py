"""A rollback never passes its target off as proven."""

from dataclasses import replace

from analysis.verdict import Verdict
from controller.engine import orders
from controller.engine.advance import advance
from controller.engine.brevity import LONGEST_REASON_BYTES
from controller.engine.orders import Person
from controller.engine.record import Act, Pin, Record, Version
from controller.engine.unproven import without_proof
from controller.engine.workload import Workload
from policies.model import InconclusiveAction, InconclusiveRule, Policy
from tests.controller.engine.test_advance import LATE, held
from tests.fakes import NOW, after, digest, judgement, policy, sight, workload

ADA = Person("ada")
NOTE = "; back to web:v1, never judged Healthy by rollctl: it is what ran before"
PINNING = replace(policy(), on_inconclusive=InconclusiveRule(InconclusiveAction.PIN))


def bad_after(good: Version, *, healthy: bool) -> Workload:
    """A held release of v2 on a record whose last known good is this version."""
    record = Record(sequence=1, settled={"app": "web:v1"}, good=good, good_healthy=healthy)
    seen = workload("web:v2", {"web:v1": 2, "web:v2": 2}, record=record)
    return followed(seen, policy())


def followed(seen: Workload, governing: Policy) -> Workload:
    """Begun and held."""
    for _ in range(2):
        change = advance(sight(seen, governing))
        assert change is not None
        seen = after(seen, change)
    return seen


def reason(seen: Workload) -> str:
    """Why it is rolled back."""
    change = advance(sight(seen, policy(), Verdict.REGRESSED))
    assert change is not None
    assert change.decision.act is Act.ROLL_BACK
    assert change.record.rollout is not None
    assert change.record.rollout.reason == change.decision.reason
    return change.decision.reason


V1 = Version("web-1", {"app": "web:v1"}, {"app": digest("web:v1")})


def test_a_target_that_was_never_judged_is_told() -> None:
    """The version before is the best there is, and that is all that is known of it."""
    assert reason(held(policy())) == "errors: as it is" + NOTE


def test_a_target_that_was_found_healthy_needs_no_word() -> None:
    """Nor does its rollback say more than why."""
    assert reason(bad_after(V1, healthy=True)) == "errors: as it is"


def test_a_target_that_was_only_kept_is_told() -> None:
    """A policy that keeps what stayed without an answer finds nothing Healthy by it."""
    assert reason(bad_after(V1, healthy=False)).endswith("the policy kept it without an answer")
    kept = advance(sight(held(PINNING), PINNING, Verdict.INCONCLUSIVE, now=LATE))
    assert kept is not None
    assert kept.record.good is not None
    assert not kept.record.good_healthy
    found = advance(sight(held(PINNING), PINNING, Verdict.HEALTHY))
    assert found is not None
    assert found.record.good_healthy


def test_a_person_hears_of_it_too() -> None:
    """Their rollback is done, and says where it goes."""
    change = orders.roll_back(sight(held(policy()), policy()), ADA)
    assert change.decision.reason == "rolled back by ada" + NOTE


def test_a_pin_is_a_persons_word() -> None:
    """A return to a pin is no claim about health, and needs none."""
    pin = Pin({"app": "web:v1"}, "ada", NOW, "incident 7", {"app": digest("web:v1")})
    record = Record(sequence=1, settled={"app": "web:v1"}, pin=pin)
    seen = workload("web:v2", {"web:v1": 4, "web:v2": 1}, record=record)
    begun = advance(sight(seen, policy()))
    assert begun is not None
    back = advance(sight(after(seen, begun), policy()))
    assert back is not None
    assert (back.decision.act, back.decision.reason) == (Act.ROLL_BACK, "pinned by ada: incident 7")
    assert back.record.rollout is not None
    assert not back.record.rollout.proven


def test_it_is_not_cut_off() -> None:
    """However much there is to say of the candidate, in the record and in the Event it stays."""
    long = replace(judgement(Verdict.REGRESSED), reason="x" * 2_000)
    change = advance(replace(sight(held(policy()), policy()), judgement=long))
    assert change is not None
    assert change.decision.reason.endswith(NOTE)
    assert len(change.decision.reason.encode()) <= LONGEST_REASON_BYTES
    assert change.record.rollout is not None
    assert change.record.rollout.reason.endswith(NOTE)


def test_the_quarantine_speaks_of_the_bad_version_alone() -> None:
    """What the target was is no reason against the digest that was left."""
    change = advance(sight(held(policy()), policy(), Verdict.REGRESSED))
    assert change is not None
    assert [entry.reason for entry in change.record.quarantine] == ["errors: as it is"]
    assert without_proof(change.decision.reason) == "errors: as it is"
