"""Who of several controllers leads: the rules by which a lease is taken, renewed, lost and given back.

Why: two controllers that both write would undo each other's work, and the rules that forbid it must be
tried against every order of events, which only a pure function can be.
Never here: clocks, requests, threads. All times are seconds of this machine's own steady clock: clocks of
two machines are never compared.
"""

from dataclasses import dataclass, replace

from controller.engine.freeze import Freeze


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease lasts that is not renewed, in seconds; the rest follows in the proportions that
    Kubernetes' own controllers use (15, 10 and 2 seconds)."""

    lease_seconds: float = 15.0

    @property
    def lead_seconds(self) -> float:
        """So long after a renewal was sent its sender may begin to write."""
        return self.lease_seconds * 2 / 3

    @property
    def write_seconds(self) -> float:
        """So long a write may take: begun at the last moment, it has ended before another leads."""
        return self.lease_seconds - self.lead_seconds

    @property
    def retry_seconds(self) -> float:
        """So far apart are two tries."""
        return self.lease_seconds * 2 / 15


@dataclass(frozen=True, slots=True)
class Claim:
    """What a lease says: who holds it ("": nobody, it was given back), for how long without a renewal,
    how often it has passed from one to another, and what a person has written on it, which no
    controller changes: to read the lease is to read the freeze, so none can be missed by who leads."""

    holder: str
    lease_seconds: float
    transitions: int = 0
    freeze: Freeze | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A lease as it was read: `version` differs after each write by anybody; `since` is when this
    version was first seen here."""

    claim: Claim
    version: str
    since: float


def claim_of(me: str, seen: Seen | None, now: float, terms: Terms) -> Claim | None:
    """What to write into the lease now, None while another holds it. Another's lease has expired only when
    nobody has written it for as long as its holder or we may take it to last, whichever is longer."""
    mine = Claim(me, terms.lease_seconds)
    if seen is None:
        return mine
    if seen.claim.holder == me:
        return replace(mine, transitions=seen.claim.transitions, freeze=seen.claim.freeze)
    if not is_free(seen, now, terms):
        return None
    return replace(mine, transitions=seen.claim.transitions + 1, freeze=seen.claim.freeze)


def is_free(seen: Seen, now: float, terms: Terms) -> bool:
    """Whether a lease was given back or has expired."""
    lasts = max(seen.claim.lease_seconds, terms.lease_seconds)
    return not seen.claim.holder or now - seen.since >= lasts


def seen_again(before: Seen | None, claim: Claim, version: str, now: float) -> Seen:
    """What is known after a reading: a version that was seen before is as old as it was."""
    if before is not None and before.version == version:
        return before
    return Seen(claim, version, now)


def given_back(claim: Claim) -> Claim:
    """What a holder writes when it ends, so that nobody has to wait."""
    return replace(claim, holder="")
