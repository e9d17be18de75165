"""Keeps, or waits for, the lease that says who leads, in a thread of its own.

Why: renewing must not wait for a slow tick, and a tick must not believe in a lease that was not renewed.
Never here: the rules (engine/leadership.py), how a lease is kept, what a leader does.
"""

import random
import threading
import time
from collections.abc import Callable

import structlog

from controller.engine.freeze import Freeze
from controller.engine.leadership import (
    Claim,
    Seen,
    Terms,
    claim_of,
    given_back,
    is_free,
    seen_again,
)
from controller.ports.lease import Lease
from controller.ports.platform import Conflict, PlatformError

JITTER = random.SystemRandom()
NEVER = float("-inf")

log = structlog.get_logger()


def steady_seconds() -> float:
    """A clock that nobody sets, and that goes on while the machine is suspended, where there is one: a
    leader that slept must not believe that no time has passed."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Election:
    """The port Candidate by one lease for all namespaces; `me` is a name that no other process has."""

    shards = 1

    def __init__(
        self,
        lease: Lease,
        me: str,
        terms: Terms,
        clock: Callable[[], float] = steady_seconds,
    ) -> None:
        self._lease = lease
        self._me = me
        self._terms = terms
        self._clock = clock
        self._seen: Seen | None = None
        self._until = NEVER
        self._withdrawn_at = NEVER
        self._told = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="election", daemon=True)

    def holds(self) -> bool:
        """Until so long after the last renewal was sent."""
        return self._clock() < self._until

    def frozen(self) -> Freeze | None:
        """As the lease said when it was read or renewed last: some seconds ago, while we lead."""
        return self._seen.claim.freeze if self._seen is not None else None

    def leads(self, namespace: str) -> bool:
        """Of one lease, all namespaces are alike."""
        del namespace
        return self.holds()

    def attends(self, namespace: str) -> bool:
        """Who does not lead reads the same evidence, so as to lose no time when it does."""
        del namespace
        return True

    def held(self) -> frozenset[int]:
        """The one part, or none."""
        return frozenset({0}) if self.holds() else frozenset()

    def is_taken(self) -> bool:
        """Whether anybody holds it, ourselves included, as far as was read."""
        return self._seen is not None and not is_free(self._seen, self._clock(), self._terms)

    def start(self) -> None:
        """Tries once, so that a right that is missing ends the start, then goes on for ever. Raises
        PlatformError."""
        self.stand()
        self._thread.start()

    def stop(self) -> None:
        """Ends, and gives the lease back, so that another need not wait; call it when nothing writes
        any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(self._terms.write_seconds)
        was_leading, self._until = self.holds(), NEVER
        if was_leading and self._seen is not None:
            try:
                self._lease.write(given_back(self._seen.claim), self._seen.version)
            except PlatformError as error:
                log.warning("the lease is not given back; it expires", why=str(error))
        self._tell("stopped")

    def _run(self) -> None:
        while not self._stopping.wait(self._terms.retry_seconds * JITTER.uniform(0.8, 1.2)):
            self.step()

    def look(self) -> None:
        """Reads who holds it. Raises PlatformError."""
        self._read()

    def stand(self) -> None:
        """One try to take it. Raises PlatformError."""
        self._try()
        self._tell("")

    def step(self) -> None:
        """One try to take or to renew; a failure costs the lead only when it lasts."""
        self._do(self._try, "another was quicker")

    def watch(self) -> None:
        """Reads who holds it, where it can be read."""
        self._do(self._read, "")

    def withdraw(self) -> None:
        """Leads no longer; the lease is given back by a later call, when no write of ours can last."""
        if self._until != NEVER:
            self._until, self._withdrawn_at = NEVER, self._clock()
        self._do(self._let_go, "it is another's share")

    def _do(self, what: Callable[[], None], why: str) -> None:
        try:
            what()
        except PlatformError as error:
            why = str(error)
        except Exception as error:  # an election that dies unseen would leave nobody in the lead
            log.exception("a defect of rollctl in the election")
            why = repr(error)
        self._tell(why)

    def _try(self) -> None:
        if self._until == NEVER or self._seen is None:
            self._read()
        now = self._clock()
        claim = claim_of(self._me, self._seen, now, self._terms)
        if claim is None:
            self._until = NEVER
            return
        try:
            self._write(claim, now)
        except Conflict:
            self._read()
            # Our own renewal may have been written and its answer lost.
            if self._seen is None or self._seen.claim.holder != self._me:
                self._until = NEVER

    def _let_go(self) -> None:
        self._read()
        if self._seen is None or self._seen.claim.holder != self._me:
            return
        if self._clock() - self._withdrawn_at >= self._terms.write_seconds:
            self._lease.write(given_back(self._seen.claim), self._seen.version)

    def _read(self) -> None:
        found = self._lease.read()
        self._seen = seen_again(self._seen, *found, self._clock()) if found else None

    def _write(self, claim: Claim, sent_at: float) -> None:
        """What counts is when it was sent: the answer may have been long on its way."""
        said, version = self._lease.write(claim, self._seen.version if self._seen else "")
        self._seen = Seen(said, version, sent_at)
        self._until = sent_at + self._terms.lead_seconds

    def _tell(self, why: str) -> None:
        leads = self.holds()
        if leads is self._told:
            return
        self._told = leads
        where = {"lease": self._lease.describe(), "me": self._me}
        if leads:
            log.info("leads from now on", **where)
        else:
            log.warning("leads no longer", why=why, **where)
