"""All that one decision may look at.

Why: a decision is a function of this and nothing else, so it can be replayed.
Never here: decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from analysis.past import Past
from analysis.verdict import Judgement
from controller.engine.builds.shelf import Shelf
from controller.engine.record import Record, Rollout
from controller.engine.workload import Workload
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Sight:
    """One workload, the policy that governs it (None: none does), what the evidence says so
    far (None: nothing was asked or nothing answered) and the time in unix seconds. `unread`:
    the source has not yet answered at all, neither with samples nor with a refusal. `stale`:
    the platform shows nothing new, so that a pod's state is not its state now. `past` is what is
    known now of how this service's pods differ, None where nothing is; `compared`: something of
    the rollout in flight was compared already, so that what it takes for its past must stay.
    `shelves` is what is known of the builds of its repositories, by repository in full; `brakes` are
    what of all workloads together speaks against a rollback made by itself."""

    workload: Workload
    policy: Policy | None
    judgement: Judgement | None
    now: float
    unread: bool = False
    stale: bool = False
    past: Past | None = None
    compared: bool = True
    shelves: Mapping[str, Shelf] = field(default_factory=dict)
    brakes: tuple[str, ...] = ()

    @property
    def record(self) -> Record:
        """What is remembered of the workload."""
        return self.workload.record

    @property
    def rollout(self) -> Rollout:
        """The rollout in flight; only rules of a phase may ask."""
        rollout = self.workload.record.rollout
        if rollout is None:
            raise LookupError(f"{self.workload.key} has no rollout")
        return rollout

    @property
    def evidence(self) -> tuple[str, ...]:
        """Each finding in one sentence."""
        if self.judgement is None:
            return ()
        return tuple(finding.reason for finding in self.judgement.findings)
