"""Samples that come after their window was read are told, and nothing else is taken for them."""

import pytest

from analysis.samples import Part, Series
from controller.lateness import OVERLAP_SECONDS, READS_TO_TELL, Lateness
from controller.ports.metrics import (
    Answer,
    PodReference,
    SampleRequest,
    Samples,
    Trouble,
    Unanswered,
)
from policies.selector import Selector

INTERVAL = 15.0
READS = 8


def asked(read: int, *pods: str) -> SampleRequest:
    """What a case asks for in one of its reads."""
    end = (read + 1) * INTERVAL
    names = frozenset(PodReference("shop", pod) for pod in pods)
    return SampleRequest(Selector("up"), Part.TOTAL, end - INTERVAL - OVERLAP_SECONDS, end, names)


def shown(request: SampleRequest, until: float, every: float = 1.0, first: float = 0.0) -> Answer:
    """What a source has that shows the samples of each pod up to `until`."""
    count = int(READS * INTERVAL / every)
    times = tuple(
        at
        for at in (first + n * every for n in range(count))
        if request.start < at <= min(request.end, until)
    )
    return Samples(
        tuple(Series(pod.name, "", times, tuple(times)) for pod in request.pods or () if times)
    )


@pytest.mark.parametrize("every", [1.0, 5.0, INTERVAL])
@pytest.mark.parametrize("late", [1.0, 2.0, 4.0, 12.0])
def test_a_source_that_shows_samples_late_is_told(every: float, late: float) -> None:
    """Whatever the scrape interval, if a scrape falls into the time that is not shown."""
    lateness = Lateness()
    for read in range(READS):
        request = asked(read, "web-1")
        answer = shown(request, request.end - late, every, INTERVAL - 0.5)
        lateness.compare([request], [answer])
    assert lateness.trouble


@pytest.mark.parametrize("every", [1.0, 5.0, INTERVAL])
def test_a_source_that_shows_all_in_time_is_not(every: float) -> None:
    """Where a read finds everything that will ever be there."""
    lateness = Lateness()
    for read in range(READS):
        request = asked(read, "web-1")
        lateness.compare([request], [shown(request, request.end, every)])
    assert not lateness.trouble


def test_a_pod_that_is_asked_for_later_is_not_late() -> None:
    """What an earlier read did not ask for, it could not have seen."""
    lateness = Lateness()
    for read in range(READS):
        request = asked(read, *(f"web-{n}" for n in range(read + 1)))
        lateness.compare([request], [shown(request, request.end)])
    assert not lateness.trouble


def test_an_outage_that_is_over_is_not_told() -> None:
    """Neither one without answers nor one after which samples came late once."""
    lateness = Lateness()
    for read in range(READS):
        request = asked(read, "web-1")
        late = shown(request, request.end - 4.0 * (read == 2))
        gone = Unanswered(Trouble.UNREACHABLE, "nobody there")
        lateness.compare([request], [gone if read in (3, 4) else late])
    assert not lateness.trouble
    assert READS_TO_TELL > 1
