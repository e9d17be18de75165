"""What the engine asks of a platform: one conditional change of one workload.

Why: the act and the record of it must reach the platform together, or not at all.
Never here: how a platform spells a patch.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.engine.record import Decision, Record
from controller.engine.workload import Workload
from policies.model import RollbackScope


@dataclass(frozen=True, slots=True)
class Restore:
    """Make the workload's template that of `revision`, its images replaced by `images`.

    With IMAGE scope only the images of the named containers change: a rollback where no
    revision is left, a pin, the next build.
    """

    revision: str
    scope: RollbackScope
    images: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """Applied only while the workload is still as `seen`: same uid, same generation, same
    record. `paused` None leaves the pause as it is; `restore` None leaves the template."""

    seen: Workload
    record: Record
    decision: Decision
    paused: bool | None = None
    restore: Restore | None = None
