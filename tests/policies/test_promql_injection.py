"""No name of a pod, no label and no pattern leaves its place in a query."""

import time
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.samples import Part
from controller.adapters.prometheus.plan import plan
from controller.engine.workload import WorkloadKey
from controller.openmetrics.labels import PodLabels
from controller.ports.metrics import PodReference, SampleRequest
from controller.show.queries import counted, place_of
from policies.patterns import PatternError, on_labels
from policies.selector import Matcher, Operator, Selector
from tests import hostile
from tests.controller.metrics.real_prometheus import PATIENCE_SECONDS, running
from tests.policies import promql

labels = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}", fullmatch=True).filter("__name__".__ne__)
operators = st.sampled_from(Operator)
selectors = st.builds(
    Selector,
    st.just("http_requests_total") | hostile.sent.filter(bool),
    st.lists(st.builds(Matcher, labels, operators, hostile.sent), max_size=3).map(tuple),
)
pods = st.builds(PodReference, hostile.sent, hostile.sent)


def told(selector: Selector) -> list[tuple[str, str, str]]:
    """What a selector means, as the independent reading tells it."""
    named = [("__name__", "=", selector.metric)]
    return named + [(one.label, one.operator.value, one.value) for one in selector.matchers]


@given(selectors)
def test_a_selector_is_read_as_what_it_means(selector: Selector) -> None:
    """Quotes, backslashes, braces and line breaks in a value stay in the value."""
    assert promql.matchers(str(selector)) == told(selector)


@given(st.frozensets(pods, min_size=1, max_size=3))
def test_a_query_asks_for_its_pods_and_no_others(asked: frozenset[PodReference]) -> None:
    """Each pod's name is matched by the query's pattern, letter by letter; another's is not."""
    request = SampleRequest(Selector("up"), Part.TOTAL, 100.0, 160.0, pods=asked)
    for query in plan([request], 10**6):
        text, _, seconds = query.text(PodLabels()).rpartition("[")
        assert seconds == "61s]"
        by_label = {label: (sign, value) for label, sign, value in promql.matchers(text)}
        for pod in query.pods:
            assert _met(by_label["pod"], pod.name)
            assert _met(by_label["namespace"], pod.namespace)
            assert not _met(by_label["pod"], f"{pod.name}x")


def _met(matcher: tuple[str, str], value: str) -> bool:
    sign, wanted = matcher
    if sign == "=":
        return wanted == value
    return on_labels(wanted).fullmatch(value) is not None


@given(hostile.sent)
def test_a_query_to_paste_is_of_this_workload(name: str) -> None:
    """What explain tells a person to ask matches the workload's pods, whatever it is called."""
    matchers = place_of(WorkloadKey("Deployment", name, name))
    text = counted(Selector("up").narrowed(*matchers))
    inside = text.removeprefix("count by (pod) (").removesuffix(")")
    by_label = {label: (sign, value) for label, sign, value in promql.matchers(inside)}
    assert by_label["namespace"] == ("=", name)
    assert _met(by_label["pod"], f"{name}-abc12")
    assert not _met(by_label["pod"], f"x{name}-abc12")


@pytest.mark.real
def test_prometheus_reads_the_same(tmp_path: Path) -> None:
    """Its own parser gives back metric, labels, operators and values, sign for sign."""
    with running("", tmp_path) as url:
        await_ready(url)

        @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @given(selectors.filter(_has_patterns_that_are_some))
        def agree(selector: Selector) -> None:
            asked = {"query": str(selector)}
            answer = requests.post(f"{url}/api/v1/parse_query", data=asked, timeout=10).json()
            assert answer["status"] == "success", answer
            node = answer["data"]
            assert node["type"] == "vectorSelector"
            read = [(one["name"], one["type"], one["value"]) for one in node["matchers"]]
            assert sorted(read) == sorted(told(selector))

        agree()


def await_ready(url: str) -> None:
    """Waits until it answers."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(f"{url}/-/ready", timeout=5).ok:
                return
        time.sleep(0.1)
    raise TimeoutError("Prometheus is not ready")


def _has_patterns_that_are_some(selector: Selector) -> bool:
    """Only patterns that are some, and not a selector of everything, which Prometheus refuses."""
    for one in selector.matchers:
        if one.operator in (Operator.MATCHES, Operator.NOT_MATCHES):
            try:
                on_labels(one.value)
            except PatternError:
                return False
    return True
