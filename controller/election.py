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
from controller.engine.leadership import Claim, Seen, Terms, claim_of, given_back, seen_again
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
    """The port Leadership by a lease; `me` is a name that no other process has."""

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
        self._told = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="election", daemon=True)

    def leads(self) -> bool:
        """Until so long after the last renewal was sent."""
        return self._clock() < self._until

    def frozen(self) -> Freeze | None:
        """As the lease said when it was read or renewed last: some seconds ago, while we lead."""
        return self._seen.claim.freeze if self._seen is not None else None

    def start(self) -> None:
        """Tries once, so that a right that is missing ends the start, then goes on for ever. Raises
        PlatformError."""
        self._try()
        self._tell("")
        self._thread.start()

    def stop(self) -> None:
        """Ends, and gives the lease back, so that another need not wait; call it when nothing writes
        any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(self._terms.write_seconds)
        was_leading, self._until = self.leads(), NEVER
        if was_leading and self._seen is not None:
            try:
                self._lease.write(given_back(self._seen.claim), self._seen.version)
            except PlatformError as error:
                log.warning("the lease is not given back; it expires", why=str(error))
        self._tell("stopped")

    def _run(self) -> None:
        while not self._stopping.wait(self._terms.retry_seconds * JITTER.uniform(0.8, 1.2)):
            self.step()

    def step(self) -> None:
        """One try to take or to renew; a failure costs the lead only when it lasts."""
        try:
            self._try()
            why = "another was quicker" if not self.leads() else ""
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

    def _read(self) -> None:
        found = self._lease.read()
        self._seen = seen_again(self._seen, *found, self._clock()) if found else None

    def _write(self, claim: Claim, sent_at: float) -> None:
        """What counts is when it was sent: the answer may have been long on its way."""
        said, version = self._lease.write(claim, self._seen.version if self._seen else "")
        self._seen = Seen(said, version, sent_at)
        self._until = sent_at + self._terms.lead_seconds

    def _tell(self, why: str) -> None:
        leads = self.leads()
        if leads is self._told:
            return
        self._told = leads
        where = {"lease": self._lease.describe(), "me": self._me}
        if leads:
            log.info("leads from now on", **where)
        else:
            log.warning("leads no longer", why=why, **where)
