"""The port to what is known of workloads' pasts.

Why: the loop must neither wait for a past nor know where it comes from: it says what it wants,
and takes what is there.
Never here: reading, storing, deciding.
"""

from typing import Protocol

from analysis.past import Past
from controller.engine.record import Rollout
from controller.engine.workload import Workload, WorkloadKey
from policies.model import Policy


class Memory(Protocol):
    """What the loop asks of a historian; every call returns at once."""

    def follow(self, workload: Workload, policy: Policy, flying: Rollout | None) -> None:
        """Wants the past of this workload; `flying` is its rollout in flight."""

    def forget(self, key: WorkloadKey) -> None:
        """Wants it no more."""

    def known(self, key: WorkloadKey) -> Past | None:
        """What is known now."""

    def expected(self, key: WorkloadKey) -> bool:
        """Whether nothing is known, but soon may be."""


class NoMemory:
    """Where there is no source of the past."""

    def follow(self, workload: Workload, policy: Policy, flying: Rollout | None) -> None:
        """Wants nothing."""

    def forget(self, key: WorkloadKey) -> None:
        """Has nothing."""

    def known(self, key: WorkloadKey) -> Past | None:  # noqa: ARG002 - the port's name
        """Nothing."""
        return None

    def expected(self, key: WorkloadKey) -> bool:  # noqa: ARG002 - the port's name
        """Never."""
        return False
