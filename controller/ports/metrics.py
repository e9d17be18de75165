"""The port to a source of raw samples.

Why: Prometheus, a scraper of our own and a recording must be one thing to the loop.
Never here: queries in a vendor's language, rates, averages, verdicts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Protocol

from analysis.samples import Part, Series
from policies.selector import Matcher, Selector


@dataclass(frozen=True, slots=True)
class PodReference:
    """A pod as the source's labels name it."""

    namespace: str
    name: str


@dataclass(frozen=True)
class PodFamily:
    """All pods that one workload has now or ever had, by how the platform names them:
    `<version>-<pod>`, both given as patterns that mean the same to RE2 and to Python."""

    namespace: str
    versions: str
    pods: str

    @property
    def pattern(self) -> str:
        """Matches the whole names of its pods."""
        return f"{self.versions}-{self.pods}"

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.ASCII)

    def includes(self, pod: PodReference) -> bool:
        """Whether the pod is one of them."""
        of_namespace = pod.namespace == self.namespace
        return of_namespace and self._compiled.fullmatch(pod.name) is not None


def version_in(pod_name: str) -> str:
    """What the pods of one version of a family have in common."""
    return pod_name.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """All raw samples of `selector` in (start, end], unix seconds.

    Either for exactly these `pods`, or, where `pods` is None, for every pod (of the `family`,
    where one is named) whose series meet the further `matchers`. Each series is of the stratum
    that its values of the labels `stratify_by` make.
    """

    selector: Selector
    part: Part
    start: float
    end: float
    pods: frozenset[PodReference] | None = None
    matchers: tuple[Matcher, ...] = ()
    family: PodFamily | None = None
    stratify_by: tuple[str, ...] = ()


class Trouble(Enum):
    """Why a source could not answer."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    REJECTED = "rejected"
    PARTIAL = "partial"
    TOO_LARGE = "too large"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Samples:
    """The source answered; no series at all is an answer too."""

    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The source could not answer: a gap, neither zero nor fine. `message` is one line
    for a person, free of secrets, that says what to do."""

    trouble: Trouble
    message: str


Answer = Samples | Unanswered


class MetricSource(Protocol):
    """Anything that stores raw samples by pod."""

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        """Answers in the order of the requests; never raises for a fault of the source."""

    def describe(self) -> str:
        """What this source is, in a few words for a person, free of secrets."""


class ClockedSource(MetricSource, Protocol):
    """A source that runs elsewhere, by a clock of its own."""

    @property
    def server_time(self) -> float | None:
        """What its clock said as it answered last, unix seconds give or take half a second; None
        where it has said nothing."""
