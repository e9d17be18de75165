"""What was served, pod by pod, from the samples that rollctl itself has scraped.

Why: the viewer's figures and the comparison at the end must come from the same samples as
the verdict.
Never here: verdicts.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from analysis.question import Kind
from analysis.samples import Part, Series
from controller.ports.metrics import MetricSource, PodReference, SampleRequest, Samples
from policies.model import Policy

BEFORE_EVERYTHING = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """Requests answered, and how many of them failed, in `seconds`."""

    total: float
    bad: float
    seconds: float

    @property
    def bad_ratio(self) -> float | None:
        """The share that failed, None without requests."""
        return self.bad / self.total if self.total else None

    @property
    def per_second(self) -> float | None:
        """Requests a second, None without time."""
        return self.total / self.seconds if self.seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters of some pods, every one of which began at zero."""

    bad: tuple[Series, ...]
    total: tuple[Series, ...]

    def served(self, start: float, end: float) -> Served:
        """What the pods served in (start, end]."""
        return Served(_gain(self.total, start, end), _gain(self.bad, start, end), end - start)


def _gain(series: Iterable[Series], start: float, end: float) -> float:
    return sum(_at(one, end) - _at(one, start) for one in series)


def _at(series: Series, time: float) -> float:
    """The counter's value then, straight between two samples."""
    after = bisect_right(series.times, time)
    if after == 0:
        return 0.0
    if after == len(series.times):
        return series.values[-1]
    (t0, t1), (v0, v1) = series.times[after - 1 : after + 1], series.values[after - 1 : after + 1]
    return v0 + (v1 - v0) * (time - t0) / (t1 - t0)


class Figures:
    """Reads the counters of the policy's first ratio."""

    def __init__(self, source: MetricSource, policy: Policy, namespace: str) -> None:
        self._source = source
        self._namespace = namespace
        self._inputs = next(m.inputs for m in policy.metrics if m.kind is Kind.RATIO)

    def counters(self, pods: Iterable[str], until: float) -> Counters:
        """Everything that was scraped of these pods."""
        named = frozenset(PodReference(self._namespace, pod) for pod in pods)
        requests = [
            SampleRequest(self._inputs[part], part, BEFORE_EVERYTHING, until, named)
            for part in (Part.BAD, Part.TOTAL)
        ]
        bad, total = (
            answer.series if isinstance(answer, Samples) else ()
            for answer in self._source.read(requests)
        )
        return Counters(tuple(bad), tuple(total))
