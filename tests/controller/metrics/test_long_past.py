"""Two weeks of a service's past, read from a real Prometheus and a real VictoriaMetrics."""

import random
import time
from collections.abc import Iterator

import pytest

from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.history import MOST_STRETCHES, History, family_of
from policies.model import Policy
from tests.controller.kubernetes.test_picture import drawn
from tests.controller.metrics import real_victoria_metrics
from tests.controller.metrics.real_prometheus import program, running
from tests.controller.metrics.remote_write import await_ready, write
from tests.fakes import policy
from tests.testbed.processes import wait_until
from tests.testbed.victoria_metrics import VictoriaMetricsServer

pytestmark = pytest.mark.real

DAYS, RELEASE_DAYS, PODS, SCRAPE = 12.0, 1.0, 6, 300.0
DAY = 86_400.0
SPREAD, REQUESTS_A_SECOND, ERRORS = 0.3, 5.0, 0.02
LETTERS = "bcdfghjklmnpqrstvwxz2456789"
ROLLOUT_SECONDS = 1_800.0
POLICY: Policy = policy(interval_seconds=SCRAPE, limit_seconds=3 * 3_600.0, warm_up_seconds=60.0)


def lives(now: float, chance: random.Random) -> Iterator[tuple[str, float, float]]:
    """Each pod with its first and its last second: a release every day, whose pods come
    while those before still serve."""
    born = now - DAYS * DAY
    while born < now:
        version = "".join(chance.choices(LETTERS, k=9))
        died = born + RELEASE_DAYS * DAY + ROLLOUT_SECONDS
        for _ in range(PODS):
            yield f"web-{version}-{''.join(chance.choices(LETTERS, k=5))}", born, died
        born += RELEASE_DAYS * DAY


@pytest.fixture(scope="module")
def now() -> float:
    """The end of the past."""
    return float(int(time.time()) // 300 * 300)


@pytest.fixture(scope="module")
def prometheus(now: float, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus with that past; each pod has its own share of errors, a neighbour has more."""
    program()
    folder = tmp_path_factory.mktemp("long-past")
    flags = ("--web.enable-remote-write-receiver", "--storage.tsdb.retention.time=30d")
    with running("", folder, *flags) as url:
        await_ready(url)
        _fill(url, now)
        yield url


@pytest.fixture(scope="module")
def victoria_metrics(now: float) -> Iterator[str]:
    """A VictoriaMetrics with the same past."""
    built = real_victoria_metrics.program()
    with VictoriaMetricsServer(real_victoria_metrics.NOTHING, program=built) as server:
        _fill(server.url, now)
        # What was written is shown after some seconds.
        newest = f'http_requests_total{{pod="web-api-7879575b7f-4dbvx"}} offset {round(SCRAPE)}s'
        wait_until(lambda: bool(server.query(newest)), 60.0, "the past was never shown")
        yield server.url


@pytest.fixture(params=["prometheus", "victoria_metrics"])
def url(request: pytest.FixtureRequest) -> str:
    """Each in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


def _fill(url: str, now: float) -> None:
    chance = random.Random(11)
    shape = 1.0 / SPREAD**2
    pods = [(*life, ERRORS * chance.gammavariate(shape, 1 / shape)) for life in lives(now, chance)]
    pods += [("web-api-7879575b7f-4dbvx", now - DAYS * DAY, now, 0.9)]
    counts = dict.fromkeys((name for name, *_ in pods), (0, 0))
    at = now - DAYS * DAY
    while at <= now:
        written = []
        for name, born, died, share in pods:
            if born <= at <= died:
                total = round(REQUESTS_A_SECOND * SCRAPE)
                bad = round(chance.gauss(total * share, (total * share) ** 0.5))
                good_so_far, bad_so_far = counts[name]
                counts[name] = good_so_far + total - bad, bad_so_far + max(0, bad)
                written += [
                    (_labels(name, code), [(at, float(count))])
                    for code, count in zip(("200", "500"), counts[name], strict=True)
                ]
        write(url, written)
        at += SCRAPE


def _labels(pod: str, code: str) -> dict[str, str]:
    named = {"__name__": "http_requests_total", "namespace": "shop"}
    return {**named, "pod": pod, "code": code}


def test_two_weeks_are_learned_from_real_storage(url: str, now: float) -> None:
    """The pods of all versions, found by their names, differ by what they really differ by; the
    stretches with a rollout are left out, and no neighbour is let in."""
    source = PrometheusSource(PrometheusSettings(url))
    began = time.monotonic()
    found = History(source, POLICY, family_of(drawn())).recall(now)
    took = time.monotonic() - began
    source.close()
    assert found.past is not None, found.why
    (errors,) = found.past.metrics
    versions, rest = divmod(errors.pods, PODS)
    assert rest == 0
    assert DAYS - 2 <= versions * RELEASE_DAYS <= DAYS
    assert 0.6 * SPREAD < errors.spread < 1.6 * SPREAD
    assert errors.rate == pytest.approx(ERRORS, rel=0.2)
    assert MOST_STRETCHES - 12 <= found.past.blocks <= MOST_STRETCHES - 2
    assert DAYS - 2 <= (found.past.learned_at - found.past.since) / DAY <= DAYS
    assert source.queries <= 2 * MOST_STRETCHES + 10
    assert took < 20.0
