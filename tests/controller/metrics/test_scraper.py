"""Laws of the scraper that are its own: rounds, gaps, bounds and the record it keeps."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.adapters.recording import RecordingSource
from controller.adapters.scraper.page import PageLimits, ScrapeTarget
from controller.adapters.scraper.recorder import Recorder, RecorderError, Sample
from controller.adapters.scraper.source import ScrapeSettings, ScrapeSource
from controller.ports.metrics import Answer, PodReference, Samples, Trouble, Unanswered
from tests.controller.metrics.real_prometheus import await_series, program, running
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import NASTY, PAY_1, WEB_1, WEB_2, request

QUICK = ScrapeSettings(page=PageLimits(timeout_seconds=2.0, largest_bytes=100_000))
UNFOLDS = {"Content-Encoding": "gzip"}
GOOD = Reply(body=b"level 7\nother 8\n")


@contextmanager
def _scraping(
    answer: Callable[[Asked], Reply],
    *pods: PodReference,
    settings: ScrapeSettings = QUICK,
    recorder: Recorder | None = None,
) -> Iterator[ScrapeSource]:
    source = ScrapeSource(settings, recorder)
    with Web(answer) as web:
        source.set_targets(ScrapeTarget(pod, f"{web.url}/{pod.name}") for pod in pods)
        yield source
    source.close()


def _level(source: ScrapeSource, *pods: PodReference, metric: str = "level") -> Answer:
    (answer,) = source.read([request(metric, 0, 1e9, *pods)])
    return answer


def _values(answer: Answer) -> list[tuple[str, tuple[float, ...]]]:
    assert isinstance(answer, Samples)
    return [(series.pod, series.values) for series in answer.series]


def test_a_round_is_timed_by_the_one_who_asks_for_it() -> None:
    """All samples of a round have its time, whatever clock a pod may write on its page."""
    with _scraping(lambda _: Reply(body=b"level 7 123456\n"), WEB_1, WEB_2) as source:
        source.scrape(100.0004)
        answer = _level(source, WEB_1, WEB_2)
    assert isinstance(answer, Samples)
    assert {series.times for series in answer.series} == {(100.0,)}


def test_a_pod_is_who_we_know_it_to_be() -> None:
    """A page cannot claim to be another pod's."""
    page = Reply(body=b'level{pod="web-9",namespace="x",version="v1"} 7\n')
    with _scraping(lambda _: page, WEB_1) as source:
        source.scrape(100)
        assert _values(_level(source, WEB_1, metric='level{namespace="shop",version="v1"}')) == [
            ("web-1", (7.0,))
        ]


def _hang(_: BaseHTTPRequestHandler) -> None:
    time.sleep(4)


def _dribble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"\n")
        time.sleep(0.05)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    ("reply", "advice"),
    [
        (Reply(500), "answers 500: check port and path"),
        (Reply(302, headers={"Location": "http://example.invalid/"}), "answers 302"),
        (Reply(200, b"<html>"), "malformed in line 1"),
        (Reply(200, b"level 7\nlevel{ 8\n"), "malformed in line 2"),
        (Reply(200, b"\xff"), "no UTF-8"),
        (Reply(200, gzip.compress(b"\n" * 10**8), UNFOLDS), "more than 100000 bytes"),
        (Reply(200, b"level 7\n" * 20_000), "more than 100000 bytes"),
        (
            Reply(200, b"level 7\n", {"Content-Type": "application/openmetrics-text"}),
            "cut off",
        ),
        (Reply(act=_hang), "too slow"),
        (Reply(act=_dribble), "too slow"),
        (Reply(act=_hang_up), "cannot be reached"),
    ],
)
def test_a_pod_that_fails_is_a_gap(reply: Reply, advice: str) -> None:
    """Its samples are missing, not zero, others' are there, and why is told."""

    def answer(asked: Asked) -> Reply:
        return reply if asked.path == "/web-1" else GOOD

    with _scraping(answer, WEB_1, WEB_2) as source:
        source.scrape(100)
        assert _values(_level(source, WEB_1, WEB_2)) == [("web.2", (7.0,))]
        unanswered = _level(source, WEB_1)
        assert source.failures == 1
    assert isinstance(unanswered, Unanswered)
    assert unanswered.trouble is Trouble.UNREACHABLE
    assert "none of 1 pods can be scraped; web-1: " in unanswered.message
    assert advice in unanswered.message
    assert list(source.troubles()) == [WEB_1]


def test_a_gap_closes() -> None:
    """A pod that lets itself be scraped again is no trouble any more."""
    replies = iter([Reply(500), GOOD])
    with _scraping(lambda _: next(replies), WEB_1) as source:
        source.scrape(100)
        source.scrape(110)
        assert _values(_level(source, WEB_1)) == [("web-1", (7.0,))]
        assert source.troubles() == {}
        (before,) = source.read([request("level", 0, 105, WEB_1)])
    assert before == Samples(())


def test_a_pod_that_left_keeps_its_samples() -> None:
    """What was seen of a pod can still be asked for, until it is too old."""
    with _scraping(lambda _: GOOD, WEB_1) as source:
        source.scrape(100)
        source.set_targets([])
        source.scrape(100 + QUICK.retention_seconds - 1)
        assert _values(_level(source, WEB_1)) == [("web-1", (7.0,))]
        source.scrape(100 + QUICK.retention_seconds)
        assert _level(source, WEB_1) == Samples(())


def test_only_what_is_wanted_is_kept() -> None:
    """Metrics that nobody asks for cost no memory."""
    with _scraping(lambda _: GOOD, WEB_1) as source:
        source.set_wanted(["level"])
        source.scrape(100)
        assert _values(_level(source, WEB_1)) == [("web-1", (7.0,))]
        assert _level(source, WEB_1, metric="other") == Samples(())
        source.set_wanted(None)
        source.scrape(110)
        assert _values(_level(source, WEB_1, metric="other")) == [("web-1", (8.0,))]


def test_a_flood_of_series_is_refused() -> None:
    """A pod with too many series is a gap and not half a pod."""
    page = Reply(body="".join(f'level{{n="{n}"}} 1\n' for n in range(11)).encode())
    settings = ScrapeSettings(most_series_of_a_pod=10)
    with _scraping(lambda _: page, WEB_1, settings=settings) as source:
        source.scrape(100)
        answer = _level(source, WEB_1)
    assert isinstance(answer, Unanswered)
    assert "more than 10 series" in answer.message


def test_pods_that_hang_hold_up_no_other() -> None:
    """While one page hangs, what the others said can be read already."""

    def answer(asked: Asked) -> Reply:
        return Reply(act=_hang) if asked.path == "/web-1" else GOOD

    with _scraping(answer, WEB_1, WEB_2) as source:
        scraping = threading.Thread(target=source.scrape, args=(100.0,))
        scraping.start()
        deadline = time.monotonic() + 1.5
        while _level(source, WEB_2) == Samples(()) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert scraping.is_alive()
        assert _values(_level(source, WEB_2)) == [("web.2", (7.0,))]
        scraping.join()


def test_a_clock_set_back_does_no_harm() -> None:
    """Rounds out of order are put in order; two at the same time are one."""
    replies = iter([b"level 1\n", b"level 2\n", b"level 3\n"])
    with _scraping(lambda _: Reply(body=next(replies)), WEB_1) as source:
        for now in (100, 90, 100):
            source.scrape(now)
        answer = _level(source, WEB_1)
    assert isinstance(answer, Samples)
    assert (answer.series[0].times, answer.series[0].values) == ((90, 100), (2, 1))


def test_a_restart_reads_the_same(tmp_path: Path) -> None:
    """After a restart the same questions get the same answers, and the file is a recording."""
    path = tmp_path / "scraped.om"
    page = Reply(body=b'level{a="q\\"\\\\\\n"} NaN\nother +Inf\nlevel{a="z"} 0.1\n')
    asked = [request(metric, 0, 1e9, WEB_1, PAY_1) for metric in ("level", "other")]
    with _scraping(lambda _: page, WEB_1, PAY_1, recorder=Recorder(path)) as source:
        for now in (100.1234, 110.5):
            source.scrape(now)
        before = source.read(asked)
    after = ScrapeSource(QUICK, Recorder(path))
    assert repr(after.read(asked)) == repr(before)
    assert repr(RecordingSource([path]).read(asked)) == repr(before)
    assert len(repr(before)) > 100
    after.close()


@pytest.mark.real
def test_prometheus_reads_the_record(tmp_path: Path) -> None:
    """A real Prometheus takes the record for OpenMetrics and stores the same samples."""
    program()
    path, now = tmp_path / "scraped.om", int(time.time()) - 30.0
    labels = {"pod": "web-1", "namespace": "shop", "a": NASTY}
    Recorder(path).append(
        Sample("level", labels, now + step, value)
        for step, value in ((0, 7.0), (10, float("inf")), (20, 1e-300))
    )
    kind = {"Content-Type": "application/openmetrics-text; version=1.0.0"}
    page = Reply(body=path.read_bytes(), headers=kind)
    asked = [request("level", now - 1, now + 20, WEB_1)]
    with Web(lambda _: page) as web, running(web.url.removeprefix("http://"), tmp_path) as url:
        await_series(url, 1)
        assert PrometheusSource(PrometheusSettings(url)).read(asked) == RecordingSource(
            [path]
        ).read(asked)


SAMPLE = Sample("level", {"pod": "web-1", "a": NASTY}, 100.0, 7.0)


@pytest.mark.parametrize("torn", [b'level{pod="we', b"level", b"# EO", b""])
def test_a_record_torn_by_a_crash_is_mended(tmp_path: Path, torn: bytes) -> None:
    """The line that was not finished is lost and nothing else."""
    path = tmp_path / "scraped.om"
    Recorder(path).append([SAMPLE])
    path.write_bytes(path.read_bytes().removesuffix(b"# EOF\n") + torn)
    recorder = Recorder(path)
    assert list(recorder.replay()) == [SAMPLE]
    recorder.append([SAMPLE])
    assert len(list(recorder.replay())) == 2


def test_a_record_has_an_end(tmp_path: Path) -> None:
    """The file is begun anew in time; the one before it is kept and read too."""
    path = tmp_path / "scraped.om"
    recorder = Recorder(path, largest_bytes=1_000)
    for now in range(100):
        recorder.append([Sample("level", {"pod": "web-1"}, float(now), 1.0)])
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2_200
    times = [sample.time for sample in recorder.replay()]
    assert times == [float(now) for now in range(100 - len(times), 100)]
    assert len(times) > 25


def test_a_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """What is no recording is refused rather than written over."""
    path = tmp_path / "scraped.om"
    path.write_text("my diary\n# EOF\n")
    with pytest.raises(RecorderError, match="move the file away"):
        ScrapeSource(QUICK, Recorder(path))
    assert path.read_text() == "my diary\n# EOF\n"


def test_a_disk_that_is_full_costs_the_record_only(tmp_path: Path) -> None:
    """What cannot be written is told; the round counts all the same."""
    recorder = Recorder(tmp_path / "missing" / "scraped.om")
    with _scraping(lambda _: GOOD, WEB_1, recorder=recorder) as source:
        source.scrape(100)
        assert _values(_level(source, WEB_1)) == [("web-1", (7.0,))]
    assert "cannot be written" in recorder.trouble
