"""A lease in memory, and candidates for it whose clocks and requests are in a test's hands."""

from dataclasses import dataclass, field, replace

from controller.election import Election
from controller.engine.freeze import Freeze
from controller.engine.leadership import Claim, Terms
from controller.engine.sharding import shard_of
from controller.ports.platform import Conflict, Unavailable


@dataclass
class Office:
    """The port Leadership, the lead given and taken by a test: the parts that are led, and those that are
    attended to where they are not all."""

    parts: frozenset[int] = frozenset()
    shards: int = 1
    attended: frozenset[int] | None = None
    freeze: Freeze | None = None

    def leads(self, namespace: str) -> bool:
        return shard_of(namespace, self.shards) in self.parts

    def attends(self, namespace: str) -> bool:
        return self.attended is None or shard_of(namespace, self.shards) in self.attended

    def held(self) -> frozenset[int]:
        return self.parts

    def frozen(self) -> Freeze | None:
        return self.freeze


@dataclass
class FakeLease:
    """The port Lease; `history` is who held it after each write."""

    claim: Claim | None = None
    writes: int = 0
    history: list[str] = field(default_factory=list)

    def describe(self) -> str:
        return "a lease in memory"

    def read(self) -> tuple[Claim, str] | None:
        return (self.claim, str(self.writes)) if self.claim is not None else None

    def write(self, claim: Claim, version: str) -> tuple[Claim, str]:
        if version != (str(self.writes) if self.claim is not None else ""):
            raise Conflict("somebody was quicker")
        self.claim, self.writes = claim, self.writes + 1
        self.history.append(claim.holder)
        return claim, str(self.writes)

    def freeze(self, freeze: Freeze | None) -> Claim:
        self.claim = replace(self.claim or Claim("", 1.0), freeze=freeze)
        self.writes += 1
        return self.claim


class Candidate:
    """One controller: its own way to the lease, its own clock of any beginning."""

    def __init__(self, lease: FakeLease, name: str, terms: Terms, began_at: float) -> None:
        self.way = Way(lease)
        self.now = began_at
        self.name = name
        self.election = Election(self.way, name, terms, lambda: self.now)

    def tries(self) -> None:
        """One step of its election."""
        self.election.step()

    @property
    def leads(self) -> bool:
        """Whether it would write now."""
        return self.election.holds()


@dataclass
class Way:
    """The same lease over a wire of one candidate's: `cut`, or (`deaf`) only answers are lost."""

    lease: FakeLease
    cut: bool = False
    deaf: bool = False

    def describe(self) -> str:
        return self.lease.describe()

    def read(self) -> tuple[Claim, str] | None:
        self._open()
        return self.lease.read()

    def write(self, claim: Claim, version: str) -> tuple[Claim, str]:
        self._open()
        said = self.lease.write(claim, version)
        if self.deaf:
            raise Unavailable("the answer was lost")
        return said

    def freeze(self, freeze: Freeze | None) -> Claim:
        self._open()
        return self.lease.freeze(freeze)

    def _open(self) -> None:
        if self.cut:
            raise Unavailable("no way there")
