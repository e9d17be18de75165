"""Small classes that implement the ports, and builders of what the engine sees.

Why: laws of the engine and the loop need worlds that can be turned at will.
Never here: mocks, wall clocks, assertions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from analysis.question import Direction, Kind, Question, Tolerance
from analysis.verdict import ArmSummary, Finding, Judgement, Verdict
from controller.annotations import record_text
from controller.engine.change import Change
from controller.engine.record import Record
from controller.engine.sight import Sight
from controller.engine.workload import PodState, Revision, Workload, WorkloadKey
from controller.ports.journal import Entry
from controller.ports.metrics import Answer, SampleRequest, Samples, Trouble, Unanswered
from controller.ports.pasts import Kept
from controller.ports.platform import Conflict, PlatformError, Sighting, Vanished
from policies.model import Policy

NOW = 1_000_000.0
KEY = WorkloadKey("Deployment", "shop", "web")
POLICY_TEXT = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: shop-web}
spec:
  workloads: {namespaces: [shop], kinds: [Deployment], selector: {matchLabels: {app: web}}}
  analysis: {warmup: 1s, interval: 15s, limit: 30m, hold: 50%, startupDeadline: 2m}
  metrics:
    - name: errors
      ratio: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}
      tolerance: 10%
"""


def policy(**analysis: object) -> Policy:
    """A policy for the workload of these tests, its analysis changed as asked."""
    from policies.load import load_text

    loaded = load_text(POLICY_TEXT, "policy.yaml")
    assert not loaded.problems, loaded.problems
    (read,) = loaded.policies
    return replace(read, analysis=replace(read.analysis, **analysis))  # type: ignore[arg-type]


def digest(image: str) -> str:
    """The digest that an image of these tests runs as."""
    return "sha256:" + image.rpartition(":")[2].encode().hex().ljust(64, "0")


def pod(revision: str, number: int, image: str, **changes: object) -> PodState:
    """A ready pod of a revision, its digest that of the image."""
    made = PodState(
        name=f"{revision}-{number}",
        revision=revision,
        created_at=NOW - 100,
        ready_at=NOW - 90,
        digests={"app": digest(image)},
        restarts=0,
        waiting="",
        out_of_memory=False,
        leaving=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def revision(number: int, image: str, pods: int) -> Revision:
    """The revision `web-<number>` of an image."""
    return Revision(f"web-{number}", number, f"f-{image}", {"app": image}, NOW - 100, pods)


def workload(image: str, pods: dict[str, int], **changes: object) -> Workload:
    """A workload that wants `image` and has so many pods of each image, oldest first."""
    revisions = tuple(revision(i, each, n) for i, (each, n) in enumerate(pods.items(), 1))
    running = tuple(
        pod(one.name, n, one.images["app"]) for one in revisions for n in range(one.desired_pods)
    )
    seen = Workload(
        key=KEY,
        uid="0123456789",
        generation=7,
        labels={"app": "web"},
        desired_pods=4,
        paused=False,
        fingerprint=f"f-{image}",
        images={"app": image},
        revisions=revisions,
        pods=running,
        progress_deadline_exceeded=False,
        record=Record(),
        record_text="",
    )
    return replace(seen, **changes)  # type: ignore[arg-type]


def after(seen: Workload, change: Change) -> Workload:
    """The workload as a platform shows it once the change was made."""
    shown = replace(
        seen,
        record=change.record,
        record_text=record_text(change.record),
        paused=seen.paused if change.paused is None else change.paused,
    )
    if change.restore is None:
        return shown
    images = {**shown.images, **change.restore.images}
    return replace(shown, images=images, fingerprint=f"f-{images['app']}", generation=8)


def judgement(verdict: Verdict, reason: str = "errors: as it is") -> Judgement:
    """A judgement with one finding."""
    question = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.1))
    arm = ArmSummary(0.01, 10.0, 1000.0, 2)
    finding = Finding(question, verdict, 0.0, -0.1, 0.1, arm, arm, None, "", reason)
    return Judgement(verdict, (finding,), None, reason)


def sight(
    seen: Workload,
    governing: Policy | None,
    verdict: Verdict | None = None,
    now: float = NOW,
) -> Sight:
    """What one decision looks at."""
    return Sight(seen, governing, judgement(verdict) if verdict else None, now)


@dataclass
class FakeClock:
    """Time that passes only when told."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeSource:
    """Answers with no samples, or as `answer` says; `down` makes it unreachable."""

    down: bool = False
    asked: list[SampleRequest] = field(default_factory=list)
    answer: Callable[[SampleRequest], Answer] = lambda _: Samples(())

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        self.asked += requests
        if self.down:
            return [Unanswered(Trouble.UNREACHABLE, "nobody there") for _ in requests]
        return [self.answer(request) for request in requests]

    def describe(self) -> str:
        return "a fake source"


@dataclass
class MemoryJournal:
    """A trail in memory."""

    written: list[Entry] = field(default_factory=list)

    def append(self, entry: Entry) -> None:
        self.written.append(entry)

    def entries(self, key: WorkloadKey | None, limit: int) -> Sequence[Entry]:
        found = [entry for entry in reversed(self.written) if key in (None, entry.key)]
        return found[:limit]


@dataclass
class MemoryPasts:
    """Pasts in memory."""

    all: dict[WorkloadKey, Kept] = field(default_factory=dict)

    def keep(self, key: WorkloadKey, kept: Kept) -> None:
        self.all[key] = kept

    def kept(self, key: WorkloadKey) -> Kept | None:
        return self.all.get(key)


class FakePlatform:
    """Workloads in memory, watched and changed under the same conditions as a real platform.

    `refusal` is raised by the next `apply`; nothing is rolled unless a test does it.
    """

    def __init__(self, *workloads: Workload) -> None:
        self.workloads = {one.key: one for one in workloads}
        self._changed = set(self.workloads)
        self.refusal: PlatformError | None = None
        self.applied: list[Change] = []
        self.published: list[tuple[WorkloadKey, str]] = []
        self.announced: list[Change] = []

    def show(self, seen: Workload) -> None:
        """Somebody, or the platform itself, has changed a workload."""
        self.workloads[seen.key] = seen
        self._changed.add(seen.key)

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        taken = frozenset(self._changed)
        self._changed.clear()
        return taken

    def workload(self, key: WorkloadKey) -> Workload | None:
        return self.workloads.get(key)

    def findings_text(self, key: WorkloadKey) -> str:
        return next((text for shown, text in reversed(self.published) if shown == key), "")

    def keys(self) -> Sequence[WorkloadKey]:
        return sorted(self.workloads)

    def trouble(self) -> str:
        return ""

    def apply(self, change: Change) -> None:
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        there = self.workloads.get(change.seen.key)
        if there is None:
            raise Vanished("gone")
        seen = change.seen
        if (there.uid, there.generation, there.record_text) != (
            seen.uid,
            seen.generation,
            seen.record_text,
        ):
            raise Conflict("not as it was seen")
        self.applied.append(change)
        self.show(after(there, change))

    def publish(self, workload: Workload, findings_text: str) -> None:
        self.published.append((workload.key, findings_text))

    def announce(self, change: Change) -> None:
        """A repeat is no second one, as on every platform."""
        step = (change.seen.uid, change.record.sequence)
        if step not in [(one.seen.uid, one.record.sequence) for one in self.announced]:
            self.announced.append(change)

    def describe(self) -> str:
        return "a fake platform"


class FakeLister:
    """These workloads are there."""

    def __init__(self, *workloads: Workload) -> None:
        self.workloads = workloads
        self.findings: dict[WorkloadKey, str] = {}

    def list(self, namespaces: Sequence[str], labels: str) -> Sequence[Sighting]:
        found = [Sighting(one, self.findings.get(one.key, "")) for one in self.workloads]
        return sorted(found, key=lambda sighting: sighting.workload.key)

    def one(self, namespace: str, name: str) -> Sighting:
        for one in self.workloads:
            if (one.key.namespace, one.key.name) == (namespace, name):
                return Sighting(one, "")
        raise Vanished(f"{name} is not there")
