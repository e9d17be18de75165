"""What is particular to VictoriaMetrics, on the real program."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.ports.metrics import Answer, PodReference, Samples, Trouble, Unanswered
from tests.controller.metrics.real_victoria_metrics import NOTHING, program
from tests.controller.metrics.remote_write import write
from tests.controller.metrics.world import request
from tests.testbed.processes import wait_until
from tests.testbed.victoria_metrics import VictoriaMetricsServer

pytestmark = pytest.mark.real

PODS = tuple(PodReference("shop", f"web-{number}") for number in range(8))
SHOWN_SECONDS = 60.0


@contextmanager
def stored(*flags: str) -> Iterator[PrometheusSource]:
    """A VictoriaMetrics, started with these flags, that has one sample of each pod."""
    with VictoriaMetricsServer(NOTHING, *flags, program=program()) as server:
        for pod in PODS:
            labels = {"__name__": "level", "namespace": pod.namespace, "pod": pod.name}
            write(server.url, [(labels, [(time.time() - 5, 1.0)])])
        source = PrometheusSource(PrometheusSettings(server.url))
        yield source
        source.close()


def ask(source: PrometheusSource, *pods: PodReference, selector: str = "level") -> Answer:
    """One question about the last minute."""
    (answer,) = source.read([request(selector, time.time() - 60, time.time() - 1, *pods)])
    return answer


def await_shown(source: PrometheusSource) -> None:
    """Waits until every pod's sample can be read, one pod at a time."""

    def shown(pod: PodReference) -> bool:
        answer = ask(source, pod)
        return isinstance(answer, Samples) and bool(answer.series)

    wait_until(lambda: all(map(shown, PODS)), SHOWN_SECONDS, "the samples were never shown")


def test_too_many_series_are_asked_for_in_halves() -> None:
    """Where the server refuses to answer so much at once, smaller questions get every pod."""
    with stored("-search.maxExportSeries=3") as source:
        await_shown(source)
        asked = source.queries
        answer = ask(source, *PODS)
        assert isinstance(answer, Samples)
        assert {one.pod for one in answer.series} == {pod.name for pod in PODS}
        assert source.queries - asked == 7


def test_too_many_samples_are_asked_for_in_halves() -> None:
    """The same where it counts samples instead of series."""
    with stored("-search.maxSamplesPerQuery=1") as source:
        await_shown(source)
        asked = source.queries
        answer = ask(source, *PODS)
        assert isinstance(answer, Samples)
        assert {one.pod for one in answer.series} == {pod.name for pod in PODS}
        assert source.queries - asked == 2 * len(PODS) - 1


def test_its_reason_is_shown_after_its_echo_of_the_query() -> None:
    """It repeats the whole query first; what a person needs comes after that."""
    with stored("-search.maxExportSeries=1") as source:
        await_shown(source)
        everyone = request(f'level{{path!="{"a" * 900}"}}', time.time() - 60, time.time() - 1)
        (answer,) = source.read([replace(everyone, pods=None)])
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE
    assert "exceeds 1" in answer.message
    assert len(answer.message) < 600
