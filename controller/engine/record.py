"""What rollctl remembers of a workload, on the workload itself.

Why: the cluster is the truth; a restarted controller, a second one and the command line
read the same record, and one patch changes it together with what it speaks of.
Never here: how it is spelled as text, and anything that can be read from the cluster again.
"""

from dataclasses import dataclass, field
from enum import Enum

from analysis.past import Past
from analysis.question import Design

HISTORY_LENGTH = 10


class Phase(Enum):
    """Where a rollout stands; `controller.engine.phases` has the only table of moves."""

    PROGRESSING = "Progressing"
    ANALYZING = "Analyzing"
    HOLDING = "Holding"
    PROMOTING = "Promoting"
    ROLLING_BACK = "RollingBack"
    PROMOTED = "Promoted"
    ROLLED_BACK = "RolledBack"
    SUPERSEDED = "Superseded"


class Act(Enum):
    """What was decided."""

    ADOPT = "Adopt"
    BEGIN = "Begin"
    ANALYZE = "Analyze"
    HOLD = "Hold"
    PROMOTE = "Promote"
    ROLL_BACK = "RollBack"
    AWAIT_PERSON = "AwaitPerson"
    RELEASE = "Release"
    SUPERSEDE = "Supersede"
    COMPLETE = "Complete"
    PIN = "Pin"
    UNPIN = "Unpin"
    LEARN = "Learn"
    UPDATE = "Update"


@dataclass(frozen=True)
class Version:
    """What ran, or shall run: container -> image as written, container -> real digest, "" where
    pods of it ran several."""

    revision: str
    images: dict[str, str]
    digests: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rollout:
    """One change of image and how far it has come.

    `baseline` is what it is compared with and `target` where a rollback goes; both are frozen
    when the rollout is first seen. `proven` says that the target was once found Healthy rather
    than only the version that ran before. Times are unix seconds. `held_since` is set while the pause is
    ours; `baseline_pods` are those that served before it, known even when they are gone; at
    `limit_at` the policy's limit is over. `restored` maps containers to the images that a
    rollback wrote. `past` is what the comparison knows of how this service's pods differ, None
    where that is assumed; it never changes once anything was compared.
    """

    id: str
    policy: str
    phase: Phase
    started_at: float
    baseline: Version
    target: Version
    proven: bool
    candidate: Version
    design: Design
    baseline_pods: tuple[str, ...] = ()
    limit_at: float | None = None
    held_since: float | None = None
    ended_at: float | None = None
    verdict: str = ""
    reason: str = ""
    restored: dict[str, str] = field(default_factory=dict)
    past: Past | None = None


@dataclass(frozen=True)
class Pin:
    """A person holds the workload at these images until `unpin`; `digests` are those that their
    containers ran then, where they did."""

    images: dict[str, str]
    by: str
    at: float
    reason: str = ""
    digests: dict[str, str] = field(default_factory=dict)

    @property
    def version(self) -> Version:
        """What the workload is held at, whichever revision has it."""
        return Version("", self.images, self.digests)


@dataclass(frozen=True)
class Quarantined:
    """A digest that must not run again before `until` (unix seconds)."""

    digest: str
    image: str
    until: float
    reason: str


@dataclass(frozen=True)
class Decision:
    """One act with its why, for people: kept in the record, the journal and the events."""

    at: float
    act: Act
    rollout: str
    verdict: str
    reason: str
    from_images: dict[str, str] = field(default_factory=dict)
    to_images: dict[str, str] = field(default_factory=dict)
    by: str = "rollctl"
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """All that is remembered of one workload.

    `sequence` grows by one with each write. `settled` are the images that are no news: a
    template with other images is a rollout. `good` is the version last found Healthy, or (not
    `good_healthy`) kept without an answer, as the policy said.
    """

    sequence: int = 0
    settled: dict[str, str] = field(default_factory=dict)
    rollout: Rollout | None = None
    good: Version | None = None
    pin: Pin | None = None
    quarantine: tuple[Quarantined, ...] = ()
    history: tuple[Decision, ...] = ()
    good_healthy: bool = True
