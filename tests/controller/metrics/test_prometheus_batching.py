"""Many requests become few queries, and every answer finds its way back."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.samples import Part
from controller.adapters.prometheus.plan import WIDEST_EXCESS_SECONDS, Query, plan
from controller.openmetrics.labels import PodLabels
from controller.ports.metrics import PodFamily, PodReference, SampleRequest, Samples
from policies.selector import parse_matchers, parse_selector
from tests.controller.metrics.api import NOW, pods_in, row, source_at, success
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import WEB_1, WEB_2, request

LONGEST = 15_000
INPUTS = (
    ('http_requests_total{code=~"5.."}', Part.BAD),
    ("http_requests_total", Part.TOTAL),
    ("http_request_duration_seconds_bucket", Part.BUCKETS),
    ("process_resident_memory_bytes", Part.VALUE),
)


def _fleet(rollouts: int) -> list[SampleRequest]:
    """So many rollouts of ten pods, each with three metrics, at its own point of the tick."""
    return [
        request(
            selector,
            NOW - 15 - rollout * 0.07,
            NOW - rollout * 0.07,
            *(
                PodReference(
                    f"team-{rollout % 20}", f"service-{rollout:03d}-7d9f8b6c5d-{arm}{n}xyz"
                )
                for n in range(5)
            ),
            part=part,
        )
        for rollout in range(rollouts)
        for selector, part in INPUTS
        for arm in "bc"
    ]


def test_two_hundred_rollouts_are_sixteen_queries() -> None:
    """200 rollouts, 10 pods each, 3 metrics of 4 inputs: four queries an input."""
    assert len(plan(_fleet(200), LONGEST)) == 16


def test_a_family_is_one_query_under_its_own_labels() -> None:
    """However many pods a workload ever had, and whatever the labels are called."""
    family = PodFamily("shop", r"my\.web-[bc]{1,10}", "[bc]{5}")
    asked = SampleRequest(parse_selector("up"), Part.VALUE, NOW - 60, NOW, family=family)
    (query,) = plan([asked], LONGEST)
    assert query.text(PodLabels("kubernetes_pod", "ns")) == (
        r"""up{ns="shop",kubernetes_pod=~"my\\.web-[bc]{1,10}-[bc]{5}"}[61s]"""
    )
    assert query.halves() == ()


def test_one_rollout_is_one_query_an_input() -> None:
    """Both arms share a query."""
    assert len(plan(_fleet(1), LONGEST)) == 4


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(500, 20_000))
def test_no_query_is_longer_than_allowed(rollouts: int, longest: int) -> None:
    """The bound holds for the text that is sent, and no pod is lost by it."""
    fleet = _fleet(rollouts)
    queries = plan(fleet, longest)
    assert max(len(query.text(PodLabels())) for query in queries) <= longest
    for number, asked in enumerate(fleet):
        found = {pod for q in queries if number in dict(q.requests) for pod in q.pods}
        assert asked.pods is not None
        assert asked.pods <= found


def test_a_name_longer_than_the_bound_is_asked_alone() -> None:
    """A bound too small for one pod is passed for it rather than the pod being dropped."""
    assert len(plan([request("level", 0, 1, WEB_1, WEB_2)], 10)) == 2


def test_one_that_catches_up_makes_nobody_fetch_an_hour() -> None:
    """A range of an hour is asked for apart from ranges of seconds."""
    late = request("level", NOW - 3600, NOW, PodReference("shop", "late"))
    rest = [request("level", NOW - 15, NOW, PodReference("shop", f"web-{n}")) for n in range(50)]
    lengths = sorted(query.end - query.start for query in plan([*rest, late], LONGEST))
    assert lengths == [15.0, 3600.0]


RANGES = st.tuples(st.floats(0, 5000), st.floats(0.1, 5000)).map(lambda r: (r[0], r[0] + r[1]))


@given(st.lists(RANGES, min_size=1, max_size=30))
def test_nobody_fetches_far_more_than_asked(ranges: list[tuple[float, float]]) -> None:
    """A merged range holds each request's own and at most as much again, or two minutes."""
    asked = [
        request("level", start, end, PodReference("shop", f"web-{n}"))
        for n, (start, end) in enumerate(ranges)
    ]
    for query in plan(asked, LONGEST):
        for _, own in query.requests:
            length = own.end - own.start
            assert query.start <= own.start < own.end <= query.end
            excess = query.end - query.start - length
            assert excess <= max(WIDEST_EXCESS_SECONDS, length) + 1e-6


@given(st.floats(1e9, 2e9), st.floats(0.001, 10_000))
def test_the_range_sent_holds_the_range_asked(end: float, length: float) -> None:
    """Rounded to what PromQL can say, nothing of (start, end] is lost."""
    query = Query(parse_selector("level"), (WEB_1,), end - length, end, ())
    seconds = int(query.text(PodLabels()).rpartition("[")[2].removesuffix("s]"))
    assert float(query.time) >= math.floor(end * 1000) / 1000
    assert float(query.time) - seconds <= query.start


def test_the_query_names_time_and_pods() -> None:
    """A form with the explicit time, the server's own time limit, and escaped names."""
    with Web(lambda _: success()) as web:
        source_at(web).read([request('level{a="b"}', NOW - 60, NOW, WEB_1, WEB_2)])
        (asked,) = web.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/query")
    assert asked.form == {
        "query": 'level{a="b",namespace="shop",pod=~"web-1|web\\\\.2"}[61s]',
        "time": "1700000000.000",
        "timeout": "10s",
    }


def test_a_pods_name_cannot_leave_its_quotes() -> None:
    """Whatever a name holds, it is a literal within one matcher."""
    evil = PodReference('a"} or up{b="', "x|.*\\")
    query = Query(parse_selector("level"), (evil, WEB_1), 0, 1, ())
    text = query.text(PodLabels()).partition("[")[0]
    selector = parse_selector(text)
    assert str(selector) == text
    assert selector.matches({"namespace": evil.namespace, "pod": evil.name})
    assert not selector.matches({"namespace": "shop", "pod": "xyz"})


def test_other_labels_may_name_the_pod() -> None:
    """A cluster that calls them kubernetes_pod_name is asked so and read so."""
    labels = PodLabels("kubernetes_pod_name", "kubernetes_namespace")
    named = {"kubernetes_pod_name": "web-1", "kubernetes_namespace": "shop", "pod": "exporter"}
    reply = success({"metric": named, "values": [(NOW, "1")]})
    with Web(lambda _: reply) as web:
        (answer,) = source_at(web, pod_labels=labels).read([request("level", 0, NOW, WEB_1)])
        assert (
            'kubernetes_namespace="shop",kubernetes_pod_name="web-1"' in web.asked[0].form["query"]
        )
    assert isinstance(answer, Samples)
    assert (answer.series[0].pod, answer.series[0].key) == ("web-1", 'pod="exporter"')


def test_a_stranger_in_the_answer_is_left_out() -> None:
    """Two namespaces in one query also bring pods that share a name with one asked for."""
    pay = PodReference("pay", "web.2")
    rows = [row(pod, (NOW, "1")) for pod in (WEB_1, WEB_2, pay, PodReference("pay", "web-1"))]
    with Web(lambda _: success(*rows)) as web:
        (answer,) = source_at(web).read([request("level", NOW - 60, NOW, WEB_1, pay)])
        assert 'namespace=~"pay|shop"' in web.asked[0].form["query"]
    assert isinstance(answer, Samples)
    assert [(s.pod, s.times) for s in answer.series] == [("web-1", (NOW,)), ("web.2", (NOW,))]


def test_both_ends_are_cut_here() -> None:
    """Whether or not the server's range has its start, the answer is (start, end]."""
    times = [(NOW + offset, str(offset)) for offset in (-61, -60, -59, 0, 1)]
    with Web(lambda _: success(row(WEB_1, *times))) as web:
        (answer,) = source_at(web).read([request("level", NOW - 60, NOW, WEB_1)])
    assert isinstance(answer, Samples)
    assert answer.series[0].values == (-59.0, 0.0)


def test_two_parts_of_one_selector_share_a_query() -> None:
    """The same series may feed two inputs; each gets them as its own part."""
    questions = [
        request("level", NOW - 60, NOW, WEB_1, part=part) for part in (Part.BUCKETS, Part.COUNT)
    ]
    with Web(lambda _: success(row(WEB_1, (NOW, "1"), le="0.5"))) as web:
        buckets, count = source_at(web).read(questions)
        assert len(web.asked) == 1
    assert isinstance(buckets, Samples)
    assert isinstance(count, Samples)
    assert (buckets.series[0].upper_edge, buckets.series[0].key) == (0.5, "")
    assert (count.series[0].upper_edge, count.series[0].key) == (None, 'le="0.5"')


@pytest.mark.parametrize("start", [NOW, NOW + 1])
def test_nothing_asked_for_is_no_query(start: float) -> None:
    """No pods, or no time, need no server."""
    with Web(lambda _: success()) as web:
        questions = [request("level", NOW - 60, NOW), request("level", start, NOW, WEB_1)]
        assert source_at(web).read(questions) == [Samples(()), Samples(())]
        assert web.asked == []


def test_pods_are_found_by_labels_in_a_query_of_their_own() -> None:
    """Matchers instead of pods go into the query as they are."""
    question = SampleRequest(
        parse_selector("level"), Part.VALUE, 0, NOW, None, parse_matchers('version=~"v1.*"')
    )
    other: dict[str, object] = {"metric": {"instance": "host:1"}, "values": [(NOW, "2")]}
    with Web(lambda _: success(row(WEB_1, (NOW, "1")), other)) as web:
        (answer,) = source_at(web).read([question])
        assert web.asked[0].form["query"].startswith('level{version=~"v1.*"}[')
    assert isinstance(answer, Samples)
    assert [s.pod for s in answer.series] == ["web-1", "host:1"]


def test_every_answer_finds_its_way_back() -> None:
    """Over all queries of a fleet each request gets the rows of its own pods."""

    def reply(asked: Asked) -> Reply:
        return success(
            *(
                row(PodReference(f"team-{int(n[8:11]) % 20}", n), (NOW - 14, "1"))
                for n in pods_in(asked)
            )
        )

    fleet = _fleet(30)
    with Web(reply) as web:
        answers = source_at(web, longest_query_characters=2_000).read(fleet)
        assert len(web.asked) > 4
    for asked, answer in zip(fleet, answers, strict=True):
        assert isinstance(answer, Samples)
        assert {s.pod for s in answer.series} == {pod.name for pod in asked.pods or ()}
