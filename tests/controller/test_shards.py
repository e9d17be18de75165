"""Several controllers share the shards: each is led by one at most, and by one when all is well."""

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.election import Election
from controller.engine.freeze import Freeze
from controller.engine.leadership import Terms
from controller.shards import Shards
from tests.controller.lease_world import FakeLease, Way

TERMS = Terms(15.0)
SHARDS = 4


class Office:
    """The leases that all share."""

    def __init__(self) -> None:
        self.orders = FakeLease()
        self.seats = [FakeLease() for _ in range(SHARDS)]
        self.shards = [FakeLease() for _ in range(SHARDS)]


class Member:
    """One controller: its own way to all leases, its own clock."""

    def __init__(self, office: Office, name: str, began_at: float) -> None:
        self.now = began_at
        self.ways: list[Way] = []
        seats, shards = (
            [self._election(lease, name) for lease in leases]
            for leases in (office.seats, office.shards)
        )
        self.orders = self._way(office.orders)
        self.shards = Shards(self.orders, seats, shards, TERMS.retry_seconds)

    def _election(self, lease: FakeLease, name: str) -> Election:
        return Election(self._way(lease), name, TERMS, lambda: self.now)

    def _way(self, lease: FakeLease) -> Way:
        way = Way(lease)
        self.ways.append(way)
        return way

    def cut(self, *, off: bool) -> None:
        """From every lease, or from none."""
        for way in self.ways:
            way.cut = off


def passed(seconds: int, *members: Member, asleep: tuple[Member, ...] = ()) -> None:
    """So many seconds for all, each of whom steps every other second unless it is asleep."""
    for second in range(seconds):
        for member in members:
            member.now += 1.0
            if second % 2 == 0 and member not in asleep:
                member.shards.step()
            never_two(members)


def never_two(members: tuple[Member, ...]) -> None:
    """No shard is led twice."""
    held = [shard for member in members for shard in member.shards.held()]
    assert len(held) == len(set(held))


def team(count: int) -> list[Member]:
    """So many, whose clocks have nothing in common."""
    office = Office()
    return [Member(office, name, 10.0**n) for n, name in enumerate("abcde"[:count])]


def test_one_alone_leads_everything() -> None:
    """At its first step."""
    (a,) = team(1)
    passed(1, a)
    assert a.shards.held() == {0, 1, 2, 3}


def test_who_joins_gets_its_share() -> None:
    """Within a write's longest time and two tries; meanwhile no shard has two."""
    a, b = team(2)
    passed(4, a)
    passed(int(TERMS.write_seconds) + 6, a, b)
    assert a.shards.held() == {0, 2}
    assert b.shards.held() == {1, 3}


def test_the_shards_of_one_that_dies_move_to_the_others() -> None:
    """After the lease and a few tries, and evenly."""
    a, b, c = team(3)
    passed(20, a, b, c)
    passed(28, a, b, c, asleep=(b,))
    assert a.shards.held() | c.shards.held() == {0, 1, 2, 3}
    assert len(a.shards.held()) == len(c.shards.held()) == 2


def test_who_sleeps_leads_nothing_when_it_wakes_and_gets_a_share_again() -> None:
    """Its own clock says so, before any request."""
    a, b = team(2)
    passed(20, a, b)
    passed(30, a, b, asleep=(b,))
    assert b.shards.held() == frozenset()
    passed(20, a, b)
    assert len(a.shards.held()) == len(b.shards.held()) == 2


def test_one_more_than_there_are_seats_waits_for_one() -> None:
    """It leads nothing until another ends in good order."""
    *four, spare = team(5)
    passed(20, *four, spare)
    assert [len(one.shards.held()) for one in (*four, spare)] == [1, 1, 1, 1, 0]
    four[0].shards.stop()
    passed(12, *four[1:], spare)
    assert [len(one.shards.held()) for one in (*four[1:], spare)] == [1, 1, 1, 1]


def test_a_namespace_is_attended_to_before_its_lease_is_there() -> None:
    """Evidence is read while the old holder's lease runs out."""
    a, b = team(2)
    passed(4, a)
    passed(2, a, b)
    ours = next(name for name in map(str, range(99)) if b.shards.attends(name))
    assert not b.shards.leads(ours)
    passed(14, a, b)
    assert b.shards.leads(ours)
    assert not a.shards.attends(ours)


def test_a_freeze_reaches_every_replica() -> None:
    """It is on the lease that is not divided, and known at the next step."""
    office = Office()
    a, b = Member(office, "a", 0.0), Member(office, "b", 1e6)
    passed(20, a, b)
    office.orders.freeze(Freeze("ada", None))
    passed(3, a, b)
    assert a.shards.frozen() == b.shards.frozen() == Freeze("ada", None)


def test_who_cannot_read_of_a_freeze_stops_leading() -> None:
    """Its other leases could be renewed, and are not."""
    a, b = team(2)
    passed(20, a, b)
    a.orders.cut = True
    passed(int(TERMS.lead_seconds) + 1, a, b)
    assert a.shards.held() == frozenset()


MEMBER = st.integers(0, 2)
EVENT = st.tuples(
    st.sampled_from(["step", "step", "step", "cut", "mend"]), MEMBER, st.floats(0.0, 9.0)
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(EVENT, max_size=60))
def test_no_shard_is_ever_led_twice(events: list[tuple[str, int, float]]) -> None:
    """In any order of steps, silences and cuts; when all is well again every shard is led once."""
    members = team(3)
    for kind, who, seconds in events:
        for member in members:
            member.now += seconds
        if kind == "step":
            members[who].shards.step()
        else:
            members[who].cut(off=kind == "cut")
        never_two(tuple(members))
    for member in members:
        member.cut(off=False)
    passed(60, *members)
    held = sorted(shard for member in members for shard in member.shards.held())
    assert held == list(range(SHARDS))
