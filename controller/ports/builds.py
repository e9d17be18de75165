"""The port to what is known of repositories' builds.

Why: the loop must neither wait for a registry nor know how one is asked: it says which
workloads it looks after, and takes what is there.
Never here: asking, choosing.
"""

from collections.abc import Mapping
from typing import Protocol

from controller.engine.builds.shelf import Shelf
from controller.engine.workload import Workload, WorkloadKey
from policies.model import Policy


class Builds(Protocol):
    """What the loop asks of whoever watches registries; every call returns at once."""

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Wants the builds of every repository that the policy names and the workload runs."""

    def forget(self, key: WorkloadKey) -> None:
        """Wants them no more."""

    def shelves(self, key: WorkloadKey) -> Mapping[str, Shelf]:
        """What is known now for this workload, by repository in full."""

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        """What a person should mend, one line each, for as long as it lasts."""

    def take_read(self) -> frozenset[WorkloadKey]:
        """Workloads of whose repositories one was read since the last call: they are looked at
        again, since time alone may open a gate."""


class NoBuilds:
    """Where no registry is watched."""

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Wants nothing."""

    def forget(self, key: WorkloadKey) -> None:
        """Has nothing."""

    def shelves(self, key: WorkloadKey) -> Mapping[str, Shelf]:  # noqa: ARG002 - the port's name
        """Nothing."""
        return {}

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:  # noqa: ARG002 - the port's name
        """None."""
        return ()

    def take_read(self) -> frozenset[WorkloadKey]:
        """None."""
        return frozenset()
