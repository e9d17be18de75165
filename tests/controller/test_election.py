"""However candidates, clocks and wires behave, at most one leads, and somebody does in the end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.engine.leadership import Claim, Seen, Terms, claim_of, seen_again
from controller.ports.platform import Unavailable
from tests.controller.lease_world import Candidate, FakeLease

TERMS = Terms(15.0)
OTHERS = Claim("other", 15.0, 3)


def test_nobodys_lease_is_taken_at_once() -> None:
    """One that is not there, or was given back, need not be waited for."""
    assert claim_of("me", None, 0.0, TERMS) == Claim("me", 15.0, 0)
    back = Seen(Claim("", 15.0, 3), "7", since=0.0)
    assert claim_of("me", back, 0.0, TERMS) == Claim("me", 15.0, 4)


def test_anothers_lease_is_taken_when_nobody_wrote_it_for_so_long() -> None:
    """By our own clock, for as long as the longer of both leases."""
    seen = Seen(OTHERS, "7", since=100.0)
    assert claim_of("me", seen, 114.9, TERMS) is None
    assert claim_of("me", seen, 115.0, TERMS) == Claim("me", 15.0, 4)
    longer = Seen(Claim("other", 60.0, 3), "7", since=100.0)
    assert claim_of("me", longer, 159.0, TERMS) is None


def test_each_write_by_its_holder_begins_the_wait_anew() -> None:
    """A version that was seen before is as old as it was; another one is new."""
    seen = seen_again(None, OTHERS, "7", 100.0)
    assert seen_again(seen, OTHERS, "7", 110.0).since == 100.0
    assert seen_again(seen, OTHERS, "8", 110.0).since == 110.0


def pair() -> tuple[FakeLease, Candidate, Candidate]:
    """Two candidates whose clocks have nothing in common."""
    lease = FakeLease()
    return lease, Candidate(lease, "a", TERMS, 1_000.0), Candidate(lease, "b", TERMS, 50.0)


def passed(seconds: float, *candidates: Candidate) -> None:
    """Time goes on, the same for everybody."""
    for candidate in candidates:
        candidate.now += seconds


def test_a_leader_that_cannot_renew_stops_before_another_begins() -> None:
    """Cut off from the lease it leads for two thirds of it, and the other takes it after the whole."""
    _, a, b = pair()
    a.tries()
    b.tries()
    assert (a.leads, b.leads) == (True, False)
    a.way.cut = True
    passed(9.9, a, b)
    a.tries()
    b.tries()
    assert (a.leads, b.leads) == (True, False)
    passed(0.2, a, b)
    assert (a.leads, b.leads) == (False, False)
    passed(5.0, a, b)
    b.tries()
    assert (a.leads, b.leads) == (False, True)
    a.way.cut = False
    a.tries()
    assert (a.leads, b.leads) == (False, True)


def test_a_leader_that_slept_knows_it_at_once() -> None:
    """A process that was stopped for a minute does not lead when it wakes, before any request."""
    _, a, b = pair()
    a.tries()
    b.tries()
    passed(60.0, a, b)
    assert not a.leads
    b.tries()
    a.tries()
    assert (a.leads, b.leads) == (False, True)


def test_a_lost_answer_costs_no_lead() -> None:
    """A renewal that was written and never answered is found out, and counts from the next one."""
    lease, a, b = pair()
    a.tries()
    a.way.deaf = True
    passed(2.0, a, b)
    a.tries()
    a.way.deaf = False
    passed(2.0, a, b)
    a.tries()
    assert a.leads
    assert set(lease.history) == {"a"}


def test_a_lease_that_is_given_back_is_taken_at_the_next_try() -> None:
    """Whoever ends in good order lets nobody wait."""
    lease, a, b = pair()
    a.tries()
    b.tries()
    a.election.stop()
    assert lease.claim is not None
    assert lease.claim.holder == ""
    b.tries()
    assert (a.leads, b.leads) == (False, True)


def test_a_start_without_the_right_is_refused_at_once() -> None:
    """What the first try meets is raised, so that a missing permission ends the start."""
    _, a, _ = pair()
    a.way.cut = True
    with pytest.raises(Unavailable):
        a.election.start()


class Chance:
    """What may happen next in the property below."""

    candidate = st.integers(0, 2)
    kinds = st.sampled_from(["try", "try", "try", "cut", "mend", "deaf", "hear", "sleep", "end"])
    event = st.tuples(kinds, candidate, st.floats(0.0, 9.0))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(Chance.event, max_size=60))
def test_never_two_lead(events: list[tuple[str, int, float]]) -> None:
    """With wires that break on either side, candidates that sleep, and ends in good order, at no
    moment two lead; when all is well again, one does."""
    lease = FakeLease()
    many = [Candidate(lease, name, TERMS, 10.0**n) for n, name in enumerate("abc")]
    ended: set[int] = set()
    for kind, who, seconds in events:
        passed(seconds, *many)
        assert sum(one.leads for one in many) <= 1
        one = many[who]
        if kind == "try" and who not in ended:
            one.tries()
        elif kind in {"cut", "mend"}:
            one.way.cut = kind == "cut"
        elif kind in {"deaf", "hear"}:
            one.way.deaf = kind == "deaf"
        elif kind == "end" and len(ended) < 2:
            one.election.stop()
            ended.add(who)
        assert sum(one.leads for one in many) <= 1
    for one in many:
        one.way.cut = one.way.deaf = False
    for _ in range(12):
        passed(2.0, *many)
        for number in {0, 1, 2} - ended:
            many[number].tries()
            assert sum(one.leads for one in many) <= 1
    assert sum(one.leads for one in many) == 1
