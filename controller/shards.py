"""Leads a part of the namespaces: a lease for each shard, and one for each seat among the controllers.

Why: seats say how many controllers there are, from which each knows its share of the shards; the lease of
a shard says who may write there, and moves when its holder fails or another one comes.
Never here: how one lease is held (election.py), which share is whose (engine/sharding.py).
"""

import threading
from collections.abc import Sequence

import structlog

from controller.election import JITTER, Election
from controller.engine.freeze import Freeze
from controller.engine.sharding import shard_of, share_of
from controller.ports.lease import Lease
from controller.ports.platform import PlatformError

log = structlog.get_logger()


class Shards:
    """The port Candidate by as many seats as there are shards; the elections are driven from here. `orders`
    is the lease that nobody holds and on which a freeze is written."""

    def __init__(
        self,
        orders: Lease,
        seats: Sequence[Election],
        shards: Sequence[Election],
        retry_seconds: float,
    ) -> None:
        self._orders = orders
        self._freeze: Freeze | None = None
        self._seats = seats
        self._shards = shards
        self._retry_seconds = retry_seconds
        self._mine: frozenset[int] = frozenset()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shards", daemon=True)

    @property
    def shards(self) -> int:
        """How many there are."""
        return len(self._shards)

    def leads(self, namespace: str) -> bool:
        """As the lease of the namespace's shard says."""
        return self._shards[shard_of(namespace, self.shards)].holds()

    def attends(self, namespace: str) -> bool:
        """Also while the shard is ours by right and its lease is still another's."""
        return shard_of(namespace, self.shards) in self._mine

    def held(self) -> frozenset[int]:
        """The numbers of the shards."""
        return frozenset(number for number, one in enumerate(self._shards) if one.holds())

    def frozen(self) -> Freeze | None:
        """As it was when the leases were renewed last."""
        return self._freeze

    def start(self) -> None:
        """Reads every lease and tries for a seat once, so that a right that is missing ends the start, then
        goes on for ever. Raises PlatformError."""
        self._read_orders()
        for one in (*self._seats, *self._shards):
            one.look()
        free = next((seat for seat in self._seats if not seat.is_taken()), None)
        if free is not None:
            free.stand()
        self.step()
        self._thread.start()

    def stop(self) -> None:
        """Ends, and gives every lease back; call it when nothing writes any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(self._retry_seconds)
        for one in (*self._shards, *self._seats):
            one.stop()

    def _run(self) -> None:
        while not self._stopping.wait(self._retry_seconds * JITTER.uniform(0.8, 1.2)):
            self.step()

    def step(self) -> None:
        """One try at each lease: to keep or take what is ours, to let go of what is another's. Who cannot
        read whether all is frozen renews nothing, and so leads nothing soon."""
        try:
            self._read_orders()
        except PlatformError as error:
            log.warning("no lease is renewed", why=str(error))
            return
        self._sit()
        taken = [number for number, seat in enumerate(self._seats) if seat.is_taken()]
        mine = share_of(self._seat(), taken, self.shards)
        if mine != self._mine:
            log.info("share of the shards", shards=sorted(mine), seat=self._seat(), taken=taken)
        self._mine = mine
        for number, one in enumerate(self._shards):
            if number in mine:
                one.step()
            else:
                one.withdraw()

    def _read_orders(self) -> None:
        found = self._orders.read()
        self._freeze = found[0].freeze if found is not None else None

    def _sit(self) -> None:
        """Keeps our seat or takes the first free one, and looks who has the others."""
        for seat in self._seats:
            if seat.holds() or self._seat() is None:
                seat.step()
            else:
                seat.watch()

    def _seat(self) -> int | None:
        return next((number for number, seat in enumerate(self._seats) if seat.holds()), None)
