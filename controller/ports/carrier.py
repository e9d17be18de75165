"""The port to whoever carries verdicts and channels to registries.

Why: the loop must neither wait for a registry nor know how a verdict is spelled.
Never here: carrying, deciding.
"""

from typing import Protocol

from controller.engine.workload import Workload, WorkloadKey
from policies.model import Policy


class Carrier(Protocol):
    """What the loop asks of a courier; every call returns at once."""

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Wants carried what the workload's record says."""

    def forget(self, key: WorkloadKey) -> None:
        """Wants it no more."""

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        """What a person should mend, one line each, for as long as it lasts."""


class NoCarrier:
    """Where nothing is carried: a dry run, a local platform."""

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Carries nothing."""

    def forget(self, key: WorkloadKey) -> None:
        """Has nothing."""

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:  # noqa: ARG002 - the port's name
        """None."""
        return ()
