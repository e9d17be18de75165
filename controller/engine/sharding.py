"""Which namespaces each of several controllers governs, when one is not enough for all.

Why: all must come to the same answer from what each sees of the leases, without a word between them.
Never here: leases, clocks. Two that see different things may differ for a while; that no two act on one
namespace is for the lease of its shard to see to.
"""

from collections.abc import Collection
from zlib import crc32


def shard_of(namespace: str, shards: int) -> int:
    """The shard that a namespace belongs to; the same in each process and version."""
    return crc32(namespace.encode()) % shards


def leases_of(name: str, shards: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the leases of the seats and of the shards are called."""
    seats = tuple(f"{name}-seat-{number}" for number in range(shards))
    return seats, tuple(f"{name}-shard-{number}" for number in range(shards))


def share_of(seat: int | None, taken: Collection[int], shards: int) -> frozenset[int]:
    """The shards that whoever has this seat should hold, when these seats are taken: the one of its own
    number, which nobody's coming or going moves, and of those whose seats are empty as many as the others,
    give or take one. Nobody without a seat gets any."""
    if seat is None:
        return frozenset()
    seats = sorted({seat, *taken})
    empty = [number for number in range(shards) if number not in seats]
    return frozenset({seat, *empty[seats.index(seat) :: len(seats)]})
