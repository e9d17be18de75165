"""The ports of leadership: the lease that controllers share, and the question whether we lead.

Why: whoever writes must ask, at the moment of writing, and one controller alone must not have to.
Never here: the rules (engine/leadership.py).
"""

from typing import Protocol

from controller.engine.freeze import Freeze
from controller.engine.leadership import Claim


class Lease(Protocol):
    """One lease, kept where every controller sees the same. Each call raises PlatformError."""

    def read(self) -> tuple[Claim, str] | None:
        """What it says and its version, None where there is none yet."""

    def write(self, claim: Claim, version: str) -> tuple[Claim, str]:
        """Replaces who holds it, if it still has this version ("": if there is none yet), and says what
        it says then. Raises Conflict where somebody else was quicker."""

    def freeze(self, freeze: Freeze | None) -> Claim:
        """Writes a person's freeze on it, or (None) takes it off, whoever holds it; makes the lease
        where there is none. What it says then."""

    def describe(self) -> str:
        """Where it is."""


class Leadership(Protocol):
    """Where this controller may write now. Safe to ask from any thread."""

    @property
    def shards(self) -> int:
        """How many parts the namespaces are divided into, 1 where they are not."""

    def leads(self, namespace: str) -> bool:
        """Whether it may write there; asked before each write: what was true a moment ago does not
        count."""

    def attends(self, namespace: str) -> bool:
        """Whether it reads evidence of workloads there, so that it is ready to lead."""

    def held(self) -> frozenset[int]:
        """The numbers of the parts that it leads, counted from 0."""

    def frozen(self) -> Freeze | None:
        """What a person has ordered for all controllers, as it was known last."""


class Candidate(Leadership, Protocol):
    """One that takes part in an election for as long as it runs."""

    def start(self) -> None:
        """Begins. Raises PlatformError where it never could lead."""

    def stop(self) -> None:
        """Ends, when nothing writes any more."""


class Alone:
    """Nobody else is there to lead."""

    @property
    def shards(self) -> int:
        """All is one."""
        return 1

    def leads(self, namespace: str) -> bool:
        """Always."""
        del namespace
        return True

    def attends(self, namespace: str) -> bool:
        """Everywhere."""
        del namespace
        return True

    def held(self) -> frozenset[int]:
        """The one."""
        return frozenset({0})

    def frozen(self) -> Freeze | None:
        """There is no lease to write a freeze on."""
        return None
