"""The port to the audit trail.

Why: what was decided, and on what evidence, must outlive the workload it was about.
Never here: state that a decision depends on; the cluster is the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from controller.engine.record import Decision
from controller.engine.workload import WorkloadKey


class JournalError(Exception):
    """The trail could not be written or read; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision, and whether it was done (`applied`) or only would have been."""

    key: WorkloadKey
    decision: Decision
    applied: bool


class Journal(Protocol):
    """Appends and never changes what was written."""

    def append(self, entry: Entry) -> None:
        """Raises JournalError."""

    def entries(self, key: WorkloadKey | None, limit: int) -> Sequence[Entry]:
        """The newest `limit` entries, newest first. Raises JournalError."""
