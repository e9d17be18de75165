"""A workload as it was seen: its versions, its pods, its state.

Why: the engine decides on this picture alone, whatever platform drew it.
Never here: platform objects, writing, decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.engine.record import Record


@dataclass(frozen=True, slots=True, order=True)
class WorkloadKey:
    """Names one workload of one platform."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name} in {self.namespace}"


@dataclass(frozen=True, slots=True)
class Naming:
    """Pods are called `<version>-<pod>`: `versions` is the pattern of the first part; of the
    second are `length` characters drawn at random from `alphabet`."""

    versions: str
    alphabet: str
    length: int


@dataclass(frozen=True, slots=True)
class Revision:
    """One template the workload has had (a ReplicaSet, in Kubernetes).

    `number` grows with each new template; `fingerprint` is equal for equal templates;
    `images` maps containers to image references as written.
    """

    name: str
    number: int
    fingerprint: str
    images: Mapping[str, str]
    created_at: float
    desired_pods: int


@dataclass(frozen=True, slots=True)
class PodState:
    """One pod. `digests` maps containers to the digest that really runs ("sha256:…").

    `waiting` is the platform's word for why a container does not run ("CrashLoopBackOff",
    "ImagePullBackOff", …), "" while all run; `ready_at` is when it last became ready.
    """

    name: str
    revision: str
    created_at: float
    ready_at: float | None
    digests: Mapping[str, str]
    restarts: int
    waiting: str
    out_of_memory: bool
    leaving: bool
    metrics_url: str | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything seen of one workload at one moment.

    `generation` changes with every change of what is wanted, not with annotations;
    `fingerprint` and `images` are those of the template wanted now; `record_text` is the
    annotation as read, byte for byte, for the test in the next patch; `naming` is how the
    platform names its pods, those long gone too, None where that cannot be said; `pull_secrets`
    are the names of the secrets that its template lets images be pulled with.
    """

    key: WorkloadKey
    uid: str
    generation: int
    labels: Mapping[str, str]
    desired_pods: int
    paused: bool
    fingerprint: str
    images: Mapping[str, str]
    revisions: tuple[Revision, ...]
    pods: tuple[PodState, ...]
    progress_deadline_exceeded: bool
    record: Record
    record_text: str
    owned_by: str = ""
    naming: Naming | None = None
    pull_secrets: tuple[str, ...] = ()

    def revision_of(self, pod: PodState) -> Revision | None:
        """The pod's revision, None when it is gone already."""
        return next((r for r in self.revisions if r.name == pod.revision), None)

    def current_revision(self) -> Revision | None:
        """The revision of the template wanted now, None until the platform made it."""
        matching = [r for r in self.revisions if r.fingerprint == self.fingerprint]
        return max(matching, key=lambda revision: revision.number, default=None)
