"""The port to what was learned of workloads' pasts.

Why: learning takes dozens of queries, so it is done once a day and kept; a controller that
keeps nothing learns it again, as the metric source has it all.
Never here: state that a decision depends on: what a comparison takes for its past stands in the
workload's own record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from analysis.past import Past
from controller.engine.workload import WorkloadKey


class PastsError(Exception):
    """Pasts could not be kept or read; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was learned, and from what: `definitions` has a fingerprint of each metric's queries
    by its name, since a changed query makes a past worthless."""

    definitions: Mapping[str, str]
    past: Past


class Pasts(Protocol):
    """Keeps the newest past of each workload."""

    def keep(self, key: WorkloadKey, kept: Kept) -> None:
        """Replaces what was kept before. Raises PastsError."""

    def kept(self, key: WorkloadKey) -> Kept | None:
        """What is kept, None where nothing is. Raises PastsError."""
