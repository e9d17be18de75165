"""Whether samples come after their window was read.

Why: a source that shows samples later than it is waited for loses those of each window's end,
which looks like pods that have none.
Never here: what is made of samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.ports.metrics import Answer, SampleRequest, Samples

OVERLAP_SECONDS = 5.0
"""So much before its windows each read asks for again."""
READS_TO_TELL = 3
"""Late once may be an outage that is over."""
TOLD = (
    "samples come after their window was read, so evidence is missing: "
    "run rollctl with a longer --ingestion-delay"
)


@dataclass(frozen=True, slots=True)
class _Held:
    """What the last read had of its own last seconds, of the pods that it asked for."""

    end: float
    pods: frozenset[str]
    samples: int


class Lateness:
    """Compares each read's first seconds with what the read before it saw of them."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}
        self._late_reads = 0

    @property
    def trouble(self) -> tuple[str, ...]:
        """One line once it is more than an accident."""
        return (TOLD,) if self._late_reads >= READS_TO_TELL else ()

    def compare(self, requests: Sequence[SampleRequest], answers: Sequence[Answer]) -> None:
        """Takes note of one read; requests are the same in their order in each read of a case."""
        late = False
        for place, (request, answer) in enumerate(zip(requests, answers, strict=True)):
            if not isinstance(answer, Samples):
                continue
            held, again = self._held.get(place), request.start + OVERLAP_SECONDS
            if held is not None and held.end == again:
                late |= _samples(answer, held.pods, again) > held.samples
            pods = frozenset(pod.name for pod in request.pods or ())
            self._held[place] = _Held(request.end, pods, _samples(answer, pods, request.end))
        self._late_reads += late


def _samples(answer: Samples, pods: frozenset[str], end: float) -> int:
    """How many there are in the last seconds before `end`."""
    times = (one.times for one in answer.series if one.pod in pods)
    return sum(end - OVERLAP_SECONDS < at <= end for each in times for at in each)
