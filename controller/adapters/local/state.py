"""What the local platform knows, as plain values.

Why: one file of it is shared by the supervisor, the controller and every command.
Never here: processes, files, clocks.
"""

import hashlib
from dataclasses import dataclass, field, replace

import msgspec

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Template:
    """What every pod of one revision shall run."""

    container: str
    image: str
    environment: dict[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Equal for equal templates."""
        return _hash(msgspec.json.encode(self, order="deterministic"))


@dataclass(frozen=True)
class Revision:
    """One template the workload has had; `number` grows whenever it is wanted again."""

    name: str
    number: int
    template: Template
    created_at: float


@dataclass(frozen=True)
class LocalPod:
    """One pod, which is one process on its own port.

    `digest` is the image's, fixed when first resolved; before `start_at` (unix seconds) it
    is not started again; `leaving_at` is when it was told to go.
    """

    name: str
    revision: str
    created_at: float
    digest: str = ""
    port: int = 0
    ready_at: float | None = None
    restarts: int = 0
    waiting: str = ""
    start_at: float = 0.0
    leaving_at: float | None = None

    @property
    def address(self) -> str:
        """Where it serves, host:port."""
        return f"{HOST}:{self.port}"


@dataclass(frozen=True)
class LocalWorkload:
    """What is wanted of one workload (down to `annotations`), and what there is.

    `generation` grows with every change of what is wanted, `pods_made` with every pod.
    """

    name: str
    uid: str
    generation: int
    labels: dict[str, str]
    replicas: int
    paused: bool
    template: Template
    annotations: dict[str, str] = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()
    pods: tuple[LocalPod, ...] = ()
    pods_made: int = 0

    def revision(self, name: str) -> Revision | None:
        """The revision of that name, None when there is none."""
        return next((r for r in self.revisions if r.name == name), None)

    def staying(self) -> tuple[LocalPod, ...]:
        """The pods that were not told to go."""
        return tuple(pod for pod in self.pods if pod.leaving_at is None)


@dataclass(frozen=True)
class State:
    """Everything: workloads by name, images (digest -> command), tags (reference -> digest)."""

    workloads: dict[str, LocalWorkload] = field(default_factory=dict)
    images: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def digest(self, reference: str) -> str:
        """The digest that an image reference means now, "" when there is no such image."""
        written = reference.partition("@")[2]
        if written:
            return written if written in self.images else ""
        return self.tags.get(reference, "")

    def with_workload(self, workload: LocalWorkload) -> "State":
        """The state with this workload added or changed."""
        return replace(self, workloads={**self.workloads, workload.name: workload})

    def with_image(self, reference: str, command: list[str]) -> "State":
        """The state with this command pushed under this reference, which may move a tag."""
        digest = f"sha256:{_hash(msgspec.json.encode(command))}"
        images = {**self.images, digest: command}
        return replace(self, images=images, tags={**self.tags, reference: digest})


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
