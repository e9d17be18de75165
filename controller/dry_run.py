"""A platform that is looked at but never written to.

Why: a dry run is another writer, not a flag: the engine decides as ever, what it would have
written is kept here and shown to it again, and the cluster stays as it is.
Never here: decisions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from controller.engine.change import Change
from controller.engine.record import Act
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.platform import Watcher
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class _Pretence:
    """What would have been written, and the images the workload really had then."""

    change: Change
    real_images: dict[str, str]


class DryRun:
    """Both ports of a platform: looks through to the real one, writes to memory only."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._pretences: dict[WorkloadKey, _Pretence] = {}

    def start(self) -> None:
        """Begins to watch the real platform."""
        self._watcher.start()

    def stop(self) -> None:
        """Ends the real watch."""
        self._watcher.stop()

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        """The real news."""
        return self._watcher.take_changed(timeout_seconds)

    def keys(self) -> Sequence[WorkloadKey]:
        """The real workloads."""
        return self._watcher.keys()

    def findings_text(self, key: WorkloadKey) -> str:
        """The real ones: none of ours are shown."""
        return self._watcher.findings_text(key)

    def trouble(self) -> str:
        """The real trouble."""
        return self._watcher.trouble()

    def workload(self, key: WorkloadKey) -> Workload | None:
        """The real workload with the record that would have been written; with the images a
        rollback would have written until somebody really changes the images."""
        real, pretence = self._watcher.workload(key), self._pretences.get(key)
        if real is None or pretence is None or pretence.change.seen.uid != real.uid:
            return real
        shown = replace(real, record=pretence.change.record)
        restore = pretence.change.restore
        if restore is not None and dict(real.images) == pretence.real_images:
            shown = replace(shown, images={**real.images, **restore.images})
        return shown

    def apply(self, change: Change) -> None:
        """Keeps the change in mind; the workload itself stays as it is."""
        before = self._pretences.get(change.seen.key)
        real = self._watcher.workload(change.seen.key)
        images = dict(real.images) if real is not None else {}
        if change.restore is None and before is not None and before.real_images == images:
            change = replace(change, restore=before.change.restore)
        self._pretences[change.seen.key] = _Pretence(_without_update(change), images)

    def publish(self, workload: Workload, findings_text: str) -> None:
        """Nothing is shown on the workload."""

    def announce(self, change: Change) -> None:
        """Nobody is told but the log and the journal."""

    def describe(self) -> str:
        """Says that nothing is written."""
        return "nowhere (dry run)"


def _without_update(change: Change) -> Change:
    """A build that would have been rolled out never gets pods here, so no rollout of it is played."""
    return replace(change, restore=None) if change.decision.act is Act.UPDATE else change


def without_hold(policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """The policies as a dry run can keep them: it cannot hold, so before is compared with
    after, and every answer says so."""
    return tuple(
        replace(policy, analysis=replace(policy.analysis, hold=None)) for policy in policies
    )
