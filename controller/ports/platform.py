"""The ports to where workloads run: one to look, one to change.

Why: Kubernetes and the local supervisor must be one thing to the loop, and a dry run is
another writer, not a flag.
Never here: how a platform names or stores things, decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from controller.engine.change import Change
from controller.engine.workload import Workload, WorkloadKey


class PlatformError(Exception):
    """Base of all below; the message is one line for a person, free of secrets."""


class Conflict(PlatformError):
    """The workload is no longer as it was seen: look again, then decide again."""


class NotLeading(PlatformError):
    """Another controller leads: nothing was sent, and nothing is to be done here."""


class Vanished(PlatformError):
    """The workload is gone: forget it."""


class Refused(PlatformError):
    """Not allowed (401, 403) or never acceptable (422): ask a person; trying again is no use."""


class Unavailable(PlatformError):
    """The platform does not answer, or asks for patience: try again later.

    `retry_after_seconds` is the platform's own wish, where it has one.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Watcher(Protocol):
    """Looks at workloads; cheap to ask, as it keeps itself up to date."""

    def start(self) -> None:
        """Begins to watch; returns once everything was listed. Raises PlatformError."""

    def stop(self) -> None:
        """Ends every watch."""

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        """Waits for news and takes it: workloads of which anything changed since the last
        call (all of them at first), empty after the time-out."""

    def workload(self, key: WorkloadKey) -> Workload | None:
        """The workload as last seen, None when there is none."""

    def findings_text(self, key: WorkloadKey) -> str:
        """The findings shown on the workload, as last seen; "" for none."""

    def keys(self) -> Sequence[WorkloadKey]:
        """All workloads in sight, sorted."""

    def trouble(self) -> str:
        """Why the picture may be old, one line for a person; "" while it is fresh."""


class Writer(Protocol):
    """Changes workloads."""

    def apply(self, change: Change) -> None:
        """Does all of the change or nothing. Raises PlatformError."""

    def publish(self, workload: Workload, findings_text: str) -> None:
        """Shows the findings so far on the workload, for people. Raises PlatformError."""

    def announce(self, change: Change) -> None:
        """Tells the platform's own event stream of a decision. Raises PlatformError."""

    def describe(self) -> str:
        """Where it writes to, in a few words."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A workload as a command sees it, with the findings shown on it, as text."""

    workload: Workload
    findings_text: str


class Lister(Protocol):
    """One look at the platform, for a command that ends at once."""

    def list(self, namespaces: Sequence[str], labels: str) -> Sequence[Sighting]:
        """Workloads of these namespaces (none = all) that meet the label selector ("" = all),
        without pods and revisions, sorted. Raises PlatformError."""

    def one(self, namespace: str, name: str) -> Sighting:
        """One workload with its pods and revisions. Raises PlatformError."""
