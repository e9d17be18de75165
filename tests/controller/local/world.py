"""A local platform without processes: every pod that should run does, ready in a tick."""

from controller.adapters.local.lifecycle import Sign, advanced
from controller.adapters.local.state import LocalPod, LocalWorkload, State, Template

TICK_SECONDS = 0.25


class World:
    """Turns the state tick by tick; pods in `broken` exit as soon as they run."""

    def __init__(self, replicas: int = 3) -> None:
        state = State()
        for version in ("v1", "v2", "v3"):
            state = state.with_image(f"shop/web:{version}", ["serve", version])
        template = Template("web", "shop/web:v1")
        web = LocalWorkload("web", "uid-1", 1, {"app": "web"}, replicas, False, template)
        self.state = state.with_workload(web)
        self.now = 1000.0
        self.running: set[str] = set()
        self.broken: set[str] = set()
        self.seen: list[LocalWorkload] = []

    @property
    def web(self) -> LocalWorkload:
        return self.state.workloads["web"]

    def want(self, workload: LocalWorkload) -> None:
        self.state = self.state.with_workload(workload)

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.now += TICK_SECONDS
            self.state = advanced(self.state, self._signs(), self.now)
            self.running = {pod.name for pod in self.web.pods if self._runs(pod)}
            self.seen.append(self.web)

    def _signs(self) -> dict[str, Sign]:
        return {
            name: Sign(8000, name not in self.broken, name in self.broken) for name in self.running
        }

    def _runs(self, pod: LocalPod) -> bool:
        return pod.leaving_at is None and bool(pod.digest) and self.now >= pod.start_at

    def settle(self) -> None:
        """Ticks until nothing moves any more."""
        for _ in range(200):
            before = self.web.pods
            self.tick(8)
            if self.web.pods == before:
                return
        raise AssertionError("never settles")

    def versions(self) -> list[str]:
        """The image of every staying pod, sorted."""
        web = self.web
        images = {revision.name: revision.template.image for revision in web.revisions}
        return sorted(images[pod.revision].rpartition(":")[2] for pod in web.staying())
