"""A service with a past: pods of several versions that came, served and went."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analysis.samples import Part, Series
from controller.engine.workload import Naming, Workload
from controller.ports.metrics import Answer, PodReference, SampleRequest, Samples
from tests.fakes import FakeSource, workload

SCRAPE = 15.0
NAMING = Naming("web-[a-z]{3}", "0123456789", 3)
RATE = 20.0
ERRORS = 0.01


@dataclass(frozen=True)
class Served:
    """One pod: when it lived (unix seconds), and how much more it fails than it should."""

    name: str
    born: float
    died: float
    factor: float = 1.0

    def series(self, request: SampleRequest) -> Series:
        """What it counted by each of its scrapes in the request's range."""
        low, high = max(request.start, self.born), min(request.end, self.died)
        first = int((low - self.born) // SCRAPE) + (low > self.born or request.start >= self.born)
        times = [
            self.born + n * SCRAPE for n in range(first, int((high - self.born) // SCRAPE) + 1)
        ]
        rate = RATE * (ERRORS * self.factor if request.part is Part.BAD else 1.0)
        return Series(
            self.name, "", tuple(times), tuple(float(round(rate * (t - self.born))) for t in times)
        )


@dataclass
class PastSource(FakeSource):
    """Answers from the lives of these pods, read by read."""

    pods: Sequence[Served] = ()
    reads: list[Sequence[SampleRequest]] = field(default_factory=list)

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        self.reads.append(requests)
        self.answer = self.served
        return super().read(requests)

    def served(self, request: SampleRequest) -> Answer:
        """All series of the family's pods."""
        assert request.family is not None
        asked = [
            pod for pod in self.pods if request.family.includes(PodReference("shop", pod.name))
        ]
        found = (pod.series(request) for pod in asked)
        return Samples(tuple(one for one in found if one.times))


def version(
    name: str, born: float, died: float, factors: Sequence[float] = (0.8, 0.9, 1.1, 1.2)
) -> list[Served]:
    """A version's pods, each with its own factor."""
    return [Served(f"web-{name}-{n:03}", born, died, f) for n, f in enumerate(factors)]


def steady(until: float, seconds: float, pods: int = 10) -> list[Served]:
    """One version of so many pods, half of them at 0.8 and half at 1.2, for all that time."""
    return version("aaa", until - seconds, until + 1e6, [0.8, 1.2] * (pods // 2))


def named(desired_pods: int = 10) -> Workload:
    """The workload of these pods, between rollouts."""
    seen = workload("web:v1", {"web:v1": 4})
    return replace(seen, naming=NAMING, desired_pods=desired_pods)
