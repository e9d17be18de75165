"""Writes a person's freeze where every controller that may lead reads it.

Why: `rollctl freeze` must work at once, on what is there, and say when it will not be heard.
Never here: what a freeze means (controller.engine.freeze).
"""

import time
from dataclasses import dataclass

from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.lease import KubernetesLease
from controller.adapters.kubernetes.lister import open_credentials
from controller.cli.ending import one_line_errors, say
from controller.cli.giving import own_name
from controller.engine.freeze import Freeze
from controller.engine.leadership import Claim

REQUEST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Place:
    """Which lease of which cluster."""

    kubeconfig: str | None
    context: str | None
    namespace: str
    name: str

    def lease(self) -> KubernetesLease:
        """Opens it. Raises PlatformError."""
        credentials, _ = open_credentials(self.kubeconfig, self.context)
        return KubernetesLease(Connection(credentials), self.namespace, self.name, REQUEST_SECONDS)

    @property
    def options(self) -> str:
        """As a further command needs them."""
        return f"--lease-namespace {self.namespace} --lease-name {self.name}"


def freeze(place: Place, seconds: float | None, reason: str, as_name: str) -> None:
    """Freezes, tells what that means, and how to undo it."""
    now = time.time()
    until = now + seconds if seconds is not None else None
    ordered = Freeze(as_name or own_name(), now, until, reason)
    with one_line_errors():
        lease = place.lease()
        claim = lease.freeze(ordered)
    say(f"{ordered.told(now)}.")
    say("Held rollouts stay held, new ones are neither held nor judged; your orders work.")
    _heard(lease, claim)
    say(f"To undo it: rollctl thaw {place.options}.")


def thaw(place: Place) -> None:
    """Takes the freeze off; where there was none, says so."""
    with one_line_errors():
        lease = place.lease()
        found = lease.read()
        before = found[0].freeze if found is not None else None
        claim = lease.freeze(None) if before is not None else found and found[0]
    if before is None:
        say(f"{lease.describe()} is not frozen.")
        return
    say(f"thawed; it was {before.told(time.time())}.")
    if claim is not None:
        _heard(lease, claim)


def _heard(lease: KubernetesLease, claim: Claim) -> None:
    if claim.holder:
        say(f"{claim.holder} leads by {lease.describe()} and hears of it within seconds.")
        return
    say(
        f"Nobody holds {lease.describe()} now: whoever takes it hears of this, and so do"
        " all that run with --shards. A controller that runs without --leader-elect never does."
    )
