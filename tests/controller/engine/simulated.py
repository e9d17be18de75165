"""One Deployment in memory that rolls by itself, watched and changed as on a real platform.

Why: the laws of the controller must hold whatever people, faults and time do in between.
Never here: what rollctl should do about any of it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from analysis.samples import Part, Series
from controller.annotations import read_record, record_text
from controller.engine.change import Change
from controller.engine.images import digest_of
from controller.engine.workload import PodState, Revision, Workload, WorkloadKey
from controller.ports.metrics import Answer, SampleRequest, Samples
from controller.ports.platform import Conflict, PlatformError, Unavailable, Vanished
from tests.fakes import KEY, FakeClock

STARTS_SECONDS = 3.0
CRASHES_EVERY_SECONDS = 10.0
SCRAPE_SECONDS = 15
SURGE = 1


def digest(image: str) -> str:
    """The digest that an image runs as; `web:b1-again` is `web:b1` under another tag."""
    given = digest_of(image)
    tag = image.rpartition(":")[2].removesuffix("-again")
    return given or "sha256:" + tag.encode().hex().ljust(64, "0")


def quality(image: str) -> str:
    """The letter of a version: v is good, b fails requests, c crashes."""
    return bytes.fromhex(digest(image).removeprefix("sha256:")).decode("latin-1")[0]


class Killed(BaseException):
    """The controller was killed right after a write."""


@dataclass
class SimulatedPod:
    """One pod and its whole life."""

    name: str
    revision: str
    image: str
    created_at: float
    gone_at: float = float("inf")
    leaving: bool = False

    def state(self, now: float) -> PodState:
        """As a platform shows it."""
        crashes = quality(self.image) == "c"
        restarts = int((now - self.created_at) / CRASHES_EVERY_SECONDS) if crashes else 0
        started = now - self.created_at >= STARTS_SECONDS and not crashes
        return PodState(
            name=self.name,
            revision=self.revision,
            created_at=self.created_at,
            ready_at=self.created_at + STARTS_SECONDS if started else None,
            digests={"app": digest(self.image)},
            restarts=restarts,
            waiting="CrashLoopBackOff" if restarts else "",
            out_of_memory=False,
            leaving=self.leaving,
        )


class SimulatedCluster:
    """Both ports of a platform with one Deployment; people change it by the methods below."""

    def __init__(self, clock: FakeClock, image: str, replicas: int) -> None:
        self.clock = clock
        self.refusal: PlatformError | None = None
        self.unheard: BaseException | None = None
        self.mute = False
        self.stalled: Workload | None = None
        self.applied: list[Change] = []
        self.published: list[str] = []
        self.told: dict[tuple[str, int], str] = {}
        self.lives = 0
        self.ever: list[SimulatedPod] = []
        self.create(image, replicas)

    # What people do

    def create(self, image: str, replicas: int) -> None:
        """A Deployment of this name, new even where there was one before."""
        self.lives += 1
        self.uid = f"{self.lives:08d}"
        self.generation, self.image, self.replicas = 1, image, replicas
        self.paused_by = ""
        self.record = ""
        self.revisions: list[Revision] = []
        self.pods: list[SimulatedPod] = []
        self.last_by_person = image
        for _ in range(2 * replicas + 2):
            self.roll()
            self.clock.now += STARTS_SECONDS

    def set_image(self, image: str) -> None:
        """As `kubectl set image` does."""
        self.last_by_person = image
        self._want(image)

    def undo(self) -> None:
        """As `kubectl rollout undo` does: back to the revision before the current one."""
        older = sorted(self.revisions, key=lambda r: r.number)[:-1]
        if older:
            self.set_image(older[-1].images["app"])

    def pause(self, on: bool) -> None:
        """As `kubectl rollout pause` and `resume` do."""
        if bool(self.paused_by) is not on:
            self.paused_by = "a person" if on else ""
            self.generation += 1

    def edit(self) -> None:
        """As `kubectl edit` does with something that is no image."""
        self.generation += 1

    def scale(self, replicas: int) -> None:
        """As `kubectl scale` does."""
        self.generation += self.replicas != replicas
        self.replicas = replicas

    def _want(self, image: str) -> None:
        self.generation += self.image != image
        self.image = image

    # What the platform does by itself

    def roll(self) -> None:
        """One step of the Deployment controller and its pods."""
        for pod in self.pods:
            pod.gone_at = min(pod.gone_at, self.clock.now) if pod.leaving else pod.gone_at
        self.pods = [pod for pod in self.pods if not pod.leaving]
        wanted = self._revision()
        own = [pod for pod in self.pods if pod.revision == wanted.name]
        others = [pod for pod in self.pods if pod.revision != wanted.name]
        ready = [p for p in self.pods if p.state(self.clock.now).ready_at is not None]
        if self.paused_by:
            self._scale_paused()
        elif len(own) > self.replicas:
            own[-1].leaving = True
        elif others and (self._spare(others, ready) or not self.replicas):
            (next((p for p in others if p not in ready), others[0])).leaving = True
        elif len(own) < self.replicas and len(self.pods) < self.replicas + SURGE:
            self._start(wanted)

    def _spare(self, others: list[SimulatedPod], ready: list[SimulatedPod]) -> bool:
        return len(ready) > self.replicas or any(pod not in ready for pod in others)

    def _scale_paused(self) -> None:
        if len(self.pods) > self.replicas + SURGE:
            self.pods[0].leaving = True
        elif self.pods and len(self.pods) < self.replicas:
            newest = self.pods[-1].revision
            self._start(next(r for r in self.revisions if r.name == newest))

    def _start(self, revision: Revision) -> None:
        name = f"{revision.name}-{len(self.ever)}"
        pod = SimulatedPod(name, revision.name, revision.images["app"], self.clock.now)
        self.pods.append(pod)
        self.ever.append(pod)

    def _revision(self) -> Revision:
        newest = max((r.number for r in self.revisions), default=0)
        known = next((r for r in self.revisions if r.images["app"] == self.image), None)
        if known is not None and known.number == newest:
            return known
        name = f"web-{self.lives}-{newest}"
        fresh = Revision(
            name, 0, f"f-{self.image}", {"app": self.image}, self.clock.now, self.replicas
        )
        wanted = replace(known or fresh, number=newest + 1)
        self.revisions = [r for r in self.revisions if r.name != wanted.name] + [wanted]
        return wanted

    # The port Watcher

    def truth(self) -> Workload:
        """The workload as it is."""
        populated = {pod.revision for pod in self.pods}
        return Workload(
            key=KEY,
            uid=self.uid,
            generation=self.generation,
            labels={"app": "web"},
            desired_pods=self.replicas,
            paused=bool(self.paused_by),
            fingerprint=f"f-{self.image}",
            images={"app": self.image},
            revisions=tuple(
                replace(r, desired_pods=int(r.name in populated)) for r in self.revisions
            ),
            pods=tuple(pod.state(self.clock.now) for pod in self.pods),
            progress_deadline_exceeded=False,
            record=read_record(self.record),
            record_text=self.record,
        )

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        return frozenset({KEY})

    def workload(self, key: WorkloadKey) -> Workload | None:
        return self.stalled or self.truth()

    def findings_text(self, key: WorkloadKey) -> str:
        return self.published[-1] if self.published else ""

    def keys(self) -> Sequence[WorkloadKey]:
        return [KEY]

    def trouble(self) -> str:
        return "the watch has stalled" if self.stalled else ""

    # The port Writer

    def apply(self, change: Change) -> None:
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        seen, now = change.seen, self.truth()
        if seen.uid != now.uid:
            raise Vanished("gone")
        if (seen.generation, seen.record_text) != (now.generation, now.record_text):
            raise Conflict("not as it was seen")
        self.applied.append(change)
        self.record = record_text(change.record)
        if change.paused is not None and change.paused is not bool(self.paused_by):
            self.paused_by = "rollctl" if change.paused else ""
            self.generation += 1
        if change.restore is not None:
            self._want(change.restore.images["app"])
        if self.unheard is not None:
            unheard, self.unheard = self.unheard, None
            raise unheard

    def publish(self, workload: Workload, findings_text: str) -> None:
        self.published.append(findings_text)

    def announce(self, change: Change) -> None:
        if self.mute:
            raise Unavailable("no events today")
        step = (change.seen.uid, change.record.sequence)
        self.told.setdefault(step, change.decision.act.value)

    def describe(self) -> str:
        return "a simulated cluster"


def requests_served(cluster: SimulatedCluster) -> Callable[[SampleRequest], Answer]:
    """A source in which every pod serves 20 requests a second; bad versions fail half."""

    def answer(request: SampleRequest) -> Answer:
        names = {pod.name for pod in request.pods or ()}
        pods = [pod for pod in cluster.ever if pod.name in names]
        series = (_series(pod, request, cluster.clock.now) for pod in pods)
        return Samples(tuple(one for one in series if one.times))

    return answer


def _series(pod: SimulatedPod, request: SampleRequest, now: float) -> Series:
    rate = 20.0
    if request.part is Part.BAD:
        rate *= 0.5 if quality(pod.image) == "b" else 0.001
    times = tuple(_scrapes(request.start, min(request.end, now, pod.gone_at), pod.created_at))
    return Series(pod.name, "", times, tuple(rate * (t - pod.created_at) for t in times))


def _scrapes(start: float, end: float, born: float) -> Iterable[float]:
    first = int(max(start, born) // SCRAPE_SECONDS + 1) * SCRAPE_SECONDS
    return (float(t) for t in range(first, int(end) + 1, SCRAPE_SECONDS))
