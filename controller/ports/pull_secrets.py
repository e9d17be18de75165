"""The ports to the pull secrets that workloads name.

Why: who may read a secret is the platform's business, what a login is the registry's; neither may
know the other.
Never here: requests, caching, what is in a secret.
"""

from typing import Protocol

from controller.engine.workload import Workload, WorkloadKey
from policies.model import Policy


class PullSecretError(Exception):
    """The secret cannot be had; the text is one line for a person, with what to do and nothing
    secret."""


class PullSecrets(Protocol):
    """Where a platform keeps them."""

    def read(self, namespace: str, name: str) -> bytes:
        """The Docker configuration in the pull secret, as it is now. Raises PullSecretError."""


class WorkloadLogins(Protocol):
    """Logins that workloads bring; every call returns at once."""

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Lets the repositories that the policy names and the workload runs be asked with the
        secrets that its template names."""

    def forget(self, key: WorkloadKey) -> None:
        """Lets nothing of it be used any more."""

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        """Which of its secrets could not be had, one line each, for as long as it lasts."""


class NoWorkloadLogins:
    """Where no pull secret is read."""

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Lets nothing be used."""

    def forget(self, key: WorkloadKey) -> None:
        """Has nothing."""

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:  # noqa: ARG002 - the port's name
        """None."""
        return ()
