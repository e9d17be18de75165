"""Every namespace has one shard, every shard one owner, and nobody much more than the others."""

from hypothesis import given
from hypothesis import strategies as st

from controller.engine.sharding import shard_of, share_of

SEATS = st.sets(st.integers(0, 7), min_size=1)
SHARDS = st.integers(8, 32)


@given(st.text(), st.integers(1, 32))
def test_a_namespace_has_one_shard(namespace: str, shards: int) -> None:
    """A number of one of them."""
    assert 0 <= shard_of(namespace, shards) < shards


def test_a_namespaces_shard_never_changes() -> None:
    """Replicas of two versions must agree during an upgrade, so these are written down."""
    assert [shard_of(name, 4) for name in ("shop", "till", "default", "payments")] == [2, 0, 3, 2]


def test_namespaces_spread_over_the_shards() -> None:
    """Names that differ by a number alone, too."""
    found = [shard_of(f"team-{number}", 4) for number in range(400)]
    assert all(70 <= found.count(shard) <= 130 for shard in range(4))


@given(SEATS, SHARDS)
def test_who_sees_the_same_seats_agrees(seats: set[int], shards: int) -> None:
    """Together they have every shard once, and nobody more than one above another."""
    shares = [share_of(seat, seats, shards) for seat in seats]
    assert sorted(shard for share in shares for shard in share) == list(range(shards))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@given(SEATS, SHARDS)
def test_ones_own_shard_stays_whoever_comes_or_goes(seats: set[int], shards: int) -> None:
    """It has the number of the seat."""
    assert all(
        seat in share_of(seat, others, shards) for seat in seats for others in (seats, {seat})
    )


@given(SEATS, SHARDS)
def test_who_has_no_seat_has_no_shard(seats: set[int], shards: int) -> None:
    """It waits until a seat is free."""
    assert share_of(None, seats, shards) == frozenset()
