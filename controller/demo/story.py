"""The story: v1 serves, the bad v2 is released, then the good v3.

Why: what happens when, and how long is waited for it, is one sequence that reads so.
Never here: how it is shown, what rollctl decides.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from controller.demo.figures import Counters
from controller.demo.releases import BAD, FIRST, GOOD, REPLICAS, Release
from controller.demo.scene import PodLine, Scene, side_of, state_of, version_of_pod
from controller.demo.stage import Stage
from controller.engine.outlook import outlook
from controller.engine.phases import in_flight
from controller.engine.record import Act, Decision, Rollout
from controller.engine.sight import Sight
from controller.engine.workload import PodState, Workload

FRAME_SECONDS = 0.15
FIRST_READY_SECONDS = 30.0
CALM_SECONDS = 4.0
AFTER_LIMIT_SECONDS = 20.0
TRAFFIC_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one release: the rollout, its decisions, and its pods' counters.

    `ready_at` is when its first pod was ready, unix seconds.
    """

    release: Release
    rollout: Rollout
    decisions: tuple[Decision, ...]
    ready_at: float
    own: Counters
    all: Counters

    def at(self, act: Act) -> float | None:
        """When this was decided, unix seconds."""
        return next((d.at for d in self.decisions if d.act is act), None)


class StoryError(Exception):
    """The story came to a halt; the message says where."""


class Story:
    """Tells itself scene by scene; `outcomes` are there when it is told."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._began_at = time.time()
        self._pods: dict[str, PodState] = {}
        self.outcomes: list[Outcome] = []

    def scenes(self) -> Iterator[Scene]:
        """Every frame of the demo. Raises StoryError when something never comes."""
        yield from self._until(FIRST.story, self._first_ready, FIRST_READY_SECONDS)
        yield from self._pause(FIRST.story)
        for release in (BAD, GOOD):
            self._stage.release(release)
            patience = self._stage.policy.analysis.limit_seconds + AFTER_LIMIT_SECONDS
            yield from self._until(release.story, partial(self._ended, release), patience)
            self.outcomes.append(self._outcome(release))
            yield from self._pause(f"{release.version}: {self.outcomes[-1].rollout.phase.value}")

    def _pause(self, story: str) -> Iterator[Scene]:
        calm_at = time.time() + CALM_SECONDS
        yield from self._until(story, lambda: time.time() >= calm_at, CALM_SECONDS + 1)

    def _until(
        self, story: str, arrived: Callable[[], bool], patience_seconds: float
    ) -> Iterator[Scene]:
        deadline = time.time() + patience_seconds
        while not arrived():
            if faults := self._stage.faults():
                raise StoryError(f"died: {', '.join(faults)}; see {self._stage.directory}")
            if time.time() > deadline:
                raise StoryError(f"after {patience_seconds:.0f} s still not over: {story}")
            yield self._scene(story)
            time.sleep(FRAME_SECONDS)

    def _workload(self) -> Workload:
        self._stage.watcher.take_changed(0)
        workload = self._stage.watcher.workload(self._stage.key)
        if workload is None:
            raise StoryError("the workload is gone")
        self._pods |= {pod.name: pod for pod in workload.pods if pod.ready_at is not None}
        return workload

    def _first_ready(self) -> bool:
        pods = self._workload().pods
        return sum(pod.ready_at is not None for pod in pods) == REPLICAS

    def _ended(self, release: Release) -> bool:
        rollout = self._workload().record.rollout
        return (
            rollout is not None
            and not in_flight(rollout)
            and release.image in rollout.candidate.images.values()
        )

    def _outcome(self, release: Release) -> Outcome:
        workload = self._workload()
        rollout = workload.record.rollout
        if rollout is None:
            raise StoryError("the record is gone")
        own = [p for p in self._pods.values() if p.revision == rollout.candidate.revision]
        now = time.time()
        return Outcome(
            release=release,
            rollout=rollout,
            decisions=tuple(d for d in workload.record.history if d.rollout == rollout.id),
            ready_at=min(pod.ready_at for pod in own if pod.ready_at is not None),
            own=self._stage.figures.counters([pod.name for pod in own], now),
            all=self._stage.figures.counters(self._pods, now),
        )

    def _scene(self, story: str) -> Scene:
        workload, now = self._workload(), time.time()
        look = self._stage.look
        return Scene(
            elapsed_seconds=now - self._began_at,
            story=story,
            next=_next(look.sight) if look else "",
            pods=tuple(self._pod(workload, pod, now) for pod in workload.pods),
            judgement=self._stage.judgement(workload.record.rollout),
            decisions=tuple((d.at - self._began_at, d) for d in workload.record.history),
        )

    def _pod(self, workload: Workload, pod: PodState, now: float) -> PodLine:
        counters = self._stage.figures.counters([pod.name], now)
        ready = pod.ready_at is not None and now - pod.ready_at > TRAFFIC_SECONDS
        served = counters.served(now - 1 - TRAFFIC_SECONDS, now - 1) if ready else None
        return PodLine(
            pod.name, version_of_pod(workload, pod), side_of(workload, pod), state_of(pod), served
        )


def _next(sight: Sight) -> str:
    """What comes next, and when at the latest."""
    ahead = outlook(sight)
    left = f" (limit in {max(0.0, ahead.at - sight.now):.0f} s)" if ahead.at else ""
    return f"{ahead.next}{left}"
