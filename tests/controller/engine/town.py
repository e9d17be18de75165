"""Many simulated Deployments, one a namespace, each released in turn.

Why: what grows with the number of releases shows only where there are many.
Never here: what rollctl should do about any of it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from controller.engine.change import Change
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.metrics import Answer, SampleRequest, Samples
from tests.controller.engine.simulated import SimulatedCluster, requests_served
from tests.fakes import FakeClock

REVISIONS = 10


class Town:
    """Three ports, two of a platform and a source; every release `bad_one_in` is a bad one."""

    def __init__(self, clock: FakeClock, workloads: int, bad_one_in: int) -> None:
        self._clock = clock
        self._bad_one_in = bad_one_in
        self._clusters = {_key(number): _founded(number) for number in range(workloads)}
        self._signs: dict[WorkloadKey, object] = {}
        self._releases = 0

    def step(self) -> frozenset[WorkloadKey]:
        """Everybody's pods live on for a moment; who has changed."""
        changed = set()
        for key, cluster in self._clusters.items():
            cluster.clock.now = self._clock.now
            cluster.roll()
            _forget_the_past(cluster)
            pods = tuple(
                (p.name, p.leaving, p.state(self._clock.now).ready_at) for p in cluster.pods
            )
            sign = (cluster.generation, cluster.record, pods)
            if self._signs.get(key) != sign:
                self._signs[key] = sign
                changed.add(key)
        return frozenset(changed)

    def release(self) -> None:
        """The next workload gets its next image, whether the last one is still being judged or not."""
        cluster = self._clusters[_key(self._releases % len(self._clusters))]
        self._releases += 1
        letter = "b" if self._releases % self._bad_one_in == 0 else "v"
        cluster.set_image(f"web:{letter}{self._releases}")

    def ends(self) -> Counter[str]:
        """How the last releases have ended."""
        rollouts = [cluster.truth().record.rollout for cluster in self._clusters.values()]
        return Counter(one.phase.value for one in rollouts if one is not None)

    def answer(self, request: SampleRequest) -> Answer:
        """The samples of the one namespace that is asked for."""
        namespaces = {pod.namespace for pod in request.pods or ()}
        if not namespaces:
            return Samples(())
        (namespace,) = namespaces
        return requests_served(self._clusters[WorkloadKey("Deployment", namespace, "web")])(request)

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        return [self.answer(request) for request in requests]

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def take_changed(self, timeout_seconds: float) -> frozenset[WorkloadKey]:
        return frozenset()

    def workload(self, key: WorkloadKey) -> Workload | None:
        return replace(self._clusters[key].truth(), key=key)

    def keys(self) -> Sequence[WorkloadKey]:
        return sorted(self._clusters)

    def trouble(self) -> str:
        return ""

    def findings_text(self, key: WorkloadKey) -> str:
        return ""

    def apply(self, change: Change) -> None:
        cluster = self._clusters[change.seen.key]
        cluster.apply(change)
        cluster.applied.clear()

    def publish(self, workload: Workload, findings_text: str) -> None:
        pass

    def announce(self, change: Change) -> None:
        pass

    def describe(self) -> str:
        return "a simulated town"


def _key(number: int) -> WorkloadKey:
    return WorkloadKey("Deployment", f"team-{number:03d}", "web")


def _founded(number: int) -> SimulatedCluster:
    return SimulatedCluster(FakeClock(), f"web:v-{number}", 3)


def _forget_the_past(cluster: SimulatedCluster) -> None:
    """As a platform does: it is not the world that must not grow."""
    if len(cluster.ever) > 4 * len(cluster.pods) + 40:
        cluster.ever = cluster.ever[-(2 * len(cluster.pods) + 30) :]
    populated = {pod.revision for pod in cluster.pods}
    old = cluster.revisions[:-REVISIONS]
    cluster.revisions = [r for r in old if r.name in populated] + cluster.revisions[-REVISIONS:]
