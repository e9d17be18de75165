"""What every metric source promises, held against each kind of source."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from analysis.samples import Part, Series
from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.adapters.recording import RecordingSource
from controller.adapters.scraper.page import ScrapeTarget
from controller.adapters.scraper.source import ScrapeSettings, ScrapeSource
from controller.ports.metrics import MetricSource, PodFamily, SampleRequest, Samples
from policies.selector import Matcher, Operator, parse_matchers
from tests.controller.metrics import real_victoria_metrics
from tests.controller.metrics.real_prometheus import await_series, program, running
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import NASTY, PAY_1, PODS, STEPS, WEB_1, WEB_2, request, told
from tests.testbed.victoria_metrics import VictoriaMetricsServer

SERIES = 5 * len(PODS) + 1
KEEPING_NAN = ("recording", "scraper", pytest.param("prometheus", marks=pytest.mark.real))
SOURCES = (*KEEPING_NAN, pytest.param("victoria_metrics", marks=pytest.mark.real))


@pytest.fixture(scope="module")
def began() -> float:
    """When the world began, in unix seconds: just before it was told of."""
    return float(int(time.time()) - 60)


@pytest.fixture(scope="module")
def recording(began: float, tmp_path_factory: pytest.TempPathFactory) -> MetricSource:
    """The world as a file."""
    path = tmp_path_factory.mktemp("recording") / "world.om"
    lines = [one.line(True, str(began + one.step)) for one in told()]
    path.write_text("".join([*lines, "# EOF\n"]))
    return RecordingSource([path])


@pytest.fixture(scope="module")
def scraper(began: float) -> Iterator[MetricSource]:
    """The world as it was seen by scraping its pods, step by step."""
    step = STEPS[0]

    def page(asked: Asked) -> Reply:
        pod = PODS[int(asked.path.strip("/"))]
        lines = (one.line(False) for one in told() if one.pod == pod and one.step == step)
        return Reply(body="".join(lines).encode())

    source = ScrapeSource(ScrapeSettings())
    with Web(page) as web:
        source.set_targets(ScrapeTarget(pod, f"{web.url}/{n}") for n, pod in enumerate(PODS))
        for step in STEPS:
            source.scrape(began + step)
    yield source
    source.close()


@pytest.fixture(scope="module")
def prometheus(began: float, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetricSource]:
    """The world as a real Prometheus stores it."""
    program()
    folder = tmp_path_factory.mktemp("prometheus")
    with page_of_world(began) as web, running(_target(web), folder) as url:
        await_series(url, SERIES)
        source = PrometheusSource(PrometheusSettings(url))
        yield source
        source.close()


@pytest.fixture(scope="module")
def victoria_metrics(began: float) -> Iterator[MetricSource]:
    """The world as a real VictoriaMetrics stores it, asked below a path as behind a gateway."""
    built = real_victoria_metrics.program()
    with page_of_world(began) as web:
        scraping = real_victoria_metrics.scraping_of(_target(web))
        with VictoriaMetricsServer(scraping, program=built) as server:
            await_series(server.url, SERIES)
            source = PrometheusSource(PrometheusSettings(f"{server.url}/prometheus"))
            yield source
            source.close()


def page_of_world(began: float) -> Web:
    """All samples of the world on one page, with their times."""
    lines = [one.line(True, str(int(1000 * (began + one.step)))) for one in told()]
    page = Reply(body="".join(lines).encode(), headers={"Content-Type": "text/plain"})
    return Web(lambda _: page)


def _target(web: Web) -> str:
    return web.url.removeprefix("http://")


@pytest.fixture(params=SOURCES)
def source(request: pytest.FixtureRequest) -> MetricSource:
    """Each source in turn."""
    found: MetricSource = request.getfixturevalue(request.param)
    return found


Ask = Callable[[SampleRequest], tuple[Series, ...]]


@pytest.fixture
def ask(source: MetricSource) -> Ask:
    """Asks one question and insists on an answer."""

    def one(question: SampleRequest) -> tuple[Series, ...]:
        (answer,) = source.read([question])
        assert isinstance(answer, Samples)
        return tuple(sorted(answer.series, key=lambda s: (s.pod, s.key, s.upper_edge or 0)))

    return one


def test_a_range_has_its_end_but_not_its_start(ask: Ask, began: float) -> None:
    """A sample at the start belongs to the window before, one at the end to this."""
    (series,) = ask(request('asked_total{code="200"}', began, began + 20, WEB_1))
    assert series.times == (began + 10, began + 20)
    assert series.values == (1.0, 2.0)


def test_an_edge_is_exact_to_the_millisecond(ask: Ask, began: float) -> None:
    """A range that begins a millisecond earlier has the sample that it begins before."""
    asked = 'asked_total{code="200"}'
    (series,) = ask(request(asked, began - 0.001, began + 9.999, WEB_1))
    assert series.times == (began,)
    assert ask(request(asked, began, began + 9.999, WEB_1)) == ()


def test_only_the_pods_asked_for_answer(ask: Ask, began: float) -> None:
    """A pod of the same name in another namespace is another pod."""
    found = ask(request('asked_total{code="200"}', began - 1, began + 30, WEB_2, PAY_1))
    assert [(s.pod, s.values[0]) for s in found] == [("web-1", 2000.0), ("web.2", 1000.0)]


def test_a_dot_in_a_name_is_a_dot(ask: Ask, began: float) -> None:
    """A pod's name is no pattern."""
    stranger = replace(WEB_2, name="web-.")
    assert ask(request("level", began - 1, began + 30, stranger, replace(WEB_2, name=".*"))) == ()


def test_the_selector_decides(ask: Ask, began: float) -> None:
    """Of a pod's series only those that meet every matcher are answered."""
    question = request('asked_total{code=~"5..",missing=""}', began - 1, began + 30, WEB_1)
    (series,) = ask(question)
    assert 'code="503"' in series.key
    assert ask(request('asked_total{code!~".+"}', began - 1, began + 30, WEB_1)) == ()


def test_a_value_full_of_syntax_is_still_a_value(ask: Ask, began: float) -> None:
    """Quotes, backslashes, line breaks and braces in a label are found as they are."""
    question = request("asked_total", began - 1, began + 30, WEB_1)
    nasty = question.selector.narrowed(Matcher("path", Operator.EQUAL, NASTY))
    (series,) = ask(replace(question, selector=nasty))
    assert series.key == 'code="503",path="a\\"b\\\\c\\nd{e=~\\"f\\"} é"'


def test_buckets_tell_their_edges(ask: Ask, began: float) -> None:
    """Buckets of one histogram share their key and differ in their edge."""
    found = ask(request("lasted_bucket", began, began + 10, WEB_1, part=Part.BUCKETS))
    assert [(s.key, s.upper_edge) for s in found] == [("", 0.5), ("", math.inf)]


def test_what_is_no_bucket_has_no_edge(ask: Ask, began: float) -> None:
    """The same series asked for as a count keep `le` as a label like any other."""
    found = ask(request("lasted_bucket", began, began + 10, WEB_1, part=Part.COUNT))
    assert {s.upper_edge for s in found} == {None}
    assert len({s.key for s in found}) == 2


@pytest.mark.parametrize("source", KEEPING_NAN, indirect=True)
def test_no_number_is_handed_on_as_such(ask: Ask, began: float) -> None:
    """NaN comes through; it is not zero and not left out."""
    (level,) = ask(request("level", began, began + 20, WEB_1))
    assert math.isnan(level.values[0])
    assert level.values[1] == 2.0


def test_no_number_is_never_taken_for_one(ask: Ask, began: float) -> None:
    """What is NaN is NaN or a gap, whatever a source keeps; infinity comes through."""
    (level,) = ask(request("level", began, began + 20, WEB_1))
    assert [value for value in level.values if not math.isnan(value)] == [2.0]
    (limit,) = ask(request("limit", began, began + 10, WEB_2))
    assert limit.values == (math.inf,)


def test_nothing_is_an_answer(ask: Ask, began: float) -> None:
    """A metric, a time or a pod that nobody knows is answered with no series."""
    assert ask(request("unheard", began - 1, began + 30, WEB_1)) == ()
    assert ask(request("level", began - 500, began - 400, WEB_1)) == ()
    assert ask(request("level", began - 1, began + 30)) == ()


def test_pods_may_be_found_by_their_labels(ask: Ask, began: float) -> None:
    """Without pods named, every pod whose series meet the matchers answers."""
    question = request("level", began - 1, began + 30)
    found = ask(replace(question, pods=None, matchers=parse_matchers('namespace="shop"')))
    assert [s.pod for s in found] == ["web-1", "web.2"]


def test_answers_keep_the_order_of_the_requests(source: MetricSource, began: float) -> None:
    """Whatever is merged on the way, each request gets its own answer."""
    questions = [
        request(selector, began + start, began + 30, pod)
        for selector in ('asked_total{code="503"}', 'asked_total{code="200"}')
        for pod in PODS
        for start in (19.0, -1.0)
    ]
    found = [one.series[0] for one in source.read(questions) if isinstance(one, Samples)]
    assert [(s.pod, len(s.times)) for s in found] == [
        (pod.name, count) for _ in range(2) for pod in PODS for count in (2, 4)
    ]


def test_a_source_says_what_it_is(source: MetricSource) -> None:
    """The description is one short line."""
    assert source.describe()
    assert "\n" not in source.describe()


def test_a_family_is_found_by_its_names(ask: Ask, began: float) -> None:
    """Every pod that is named as its workload's pods are answers, of its namespace alone."""
    question = replace(request("level", began - 1, began + 30), pods=None)
    found = ask(replace(question, family=PodFamily("shop", "web", "[0-9]")))
    assert [(s.pod, s.values[0]) for s in found] == [("web-1", 0.0)]
    assert ask(replace(question, family=PodFamily("shop", "we", "1"))) == ()


def test_a_series_is_of_the_stratum_of_its_labels(ask: Ask, began: float) -> None:
    """What is stratified by is told in one spelling by every source; what has none of it is ""."""
    question = replace(
        request("asked_total", began - 1, began + 30, WEB_1), stratify_by=("code", "absent")
    )
    assert {one.stratum for one in ask(question)} == {'code="200"', 'code="503"'}
    other = replace(question, stratify_by=("absent",))
    assert {one.stratum for one in ask(other)} == {""}
