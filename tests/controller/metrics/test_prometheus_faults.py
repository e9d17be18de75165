"""What a Prometheus may do wrong, and what a person is told then."""

import gzip
import json
import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.adapters.prometheus.answer import decoded
from controller.adapters.prometheus.faults import QueryError
from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import MOST_ATTEMPTS, PrometheusSource
from controller.ports.metrics import Samples, Trouble, Unanswered
from tests.controller.metrics.api import (
    JSON,
    NOW,
    QUESTION,
    Naps,
    answer_to,
    failure,
    http_date,
    row,
    source_at,
    success,
    trouble_of,
)
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import WEB_1, WEB_2, request

GOOD = success(row(WEB_1, (NOW - 1, "7")))


def _dribble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def _hang(_: BaseHTTPRequestHandler) -> None:
    time.sleep(4)


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def _break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.wfile.write(b'{"status":')


@pytest.mark.parametrize(
    ("reply", "trouble", "advice"),
    [
        (failure(401), Trouble.REFUSED, "check token, user or tenant"),
        (failure(403), Trouble.REFUSED, "check token, user or tenant"),
        (Reply(302, headers={"Location": "/login?secret=x"}), Trouble.REFUSED, "login page"),
        (Reply(404, b"not found"), Trouble.REJECTED, "check the address"),
        (failure(400, "parse error"), Trouble.REJECTED, "(parse error): check the selector"),
        (failure(422, "bad matching"), Trouble.REJECTED, "(bad matching): check the selector"),
        (failure(422, "load too many samples"), Trouble.TOO_LARGE, "narrow the selector"),
        (failure(429), Trouble.UNREACHABLE, "answers 429"),
        (failure(500, "disk\nfull"), Trouble.UNREACHABLE, "answers 500 (disk full)"),
        (failure(503, "query timed out in step"), Trouble.TIMEOUT, "raise the timeout"),
        (failure(422, "timeout exceeded during the query"), Trouble.TIMEOUT, "raise the timeout"),
        (Reply(502, b"<html>Bad gateway</html>"), Trouble.UNREACHABLE, "answers 502:"),
        (Reply(200, b"<!doctype html><form>"), Trouble.MALFORMED, "a web page"),
        (Reply(200, b"{"), Trouble.MALFORMED, "no sound JSON"),
        (Reply(200, b""), Trouble.MALFORMED, "no sound JSON"),
        (Reply(200, b"\xff\xfe"), Trouble.MALFORMED, "no sound JSON"),
        (Reply(200, b"[" * 100_000), Trouble.MALFORMED, "no sound JSON"),
        (Reply(200, b'{"status":"success"}'), Trouble.MALFORMED, "something else"),
        (success(row(WEB_1, (NOW - 1, "many"))), Trouble.MALFORMED, "no number"),
        (failure(200, "tripped"), Trouble.REJECTED, "(tripped)"),
        (success(warnings=["store 2 is away"]), Trouble.PARTIAL, "(store 2 is away)"),
        (success(isPartial=True), Trouble.PARTIAL, "in part only"),
        (Reply(act=_hang), Trouble.TIMEOUT, "too slow"),
        (Reply(act=_dribble), Trouble.TIMEOUT, "too slow"),
        (Reply(act=_hang_up), Trouble.UNREACHABLE, "cannot be reached"),
        (Reply(act=_break_off), Trouble.UNREACHABLE, "broke off"),
    ],
)
def test_every_fault_is_an_answer_of_its_own(reply: Reply, trouble: Trouble, advice: str) -> None:
    """No fault is a number or an exception; each has its kind and says what to do."""
    unanswered = trouble_of(reply, timeout_seconds=2.0)
    assert unanswered.trouble is trouble
    assert advice in unanswered.message
    assert unanswered.message.startswith("Prometheus at http://127.0.0.1:")


def test_a_sample_that_is_told_twice_counts_once() -> None:
    """Of several samples of one time the first stays, so that none weighs double."""
    told = (NOW - 2, "5"), (NOW - 1, "7"), (NOW - 1, "9"), (NOW, "9"), (NOW, "9")
    answer = answer_to(success(row(WEB_1, *told)))
    assert isinstance(answer, Samples)
    (series,) = answer.series
    assert series.times == (NOW - 2, NOW - 1, NOW)
    assert series.values == (5.0, 7.0, 9.0)


def test_a_vector_is_not_taken_for_samples() -> None:
    """An answer of another type is malformed, not empty."""
    data = {"resultType": "vector", "result": []}
    body = json.dumps({"status": "success", "data": data}).encode()
    assert trouble_of(Reply(200, body, JSON)).trouble is Trouble.MALFORMED


def test_nobody_there_is_told() -> None:
    """A refused connection is Unreachable for every request, after a few tries of one."""
    with Web(lambda _: GOOD) as web:
        gone = web.url
    source, questions = PrometheusSource(PrometheusSettings(gone), Naps()), [QUESTION]
    questions += [request(f"other_{n}", NOW - 60, NOW, WEB_1) for n in range(20)]
    answers = source.read(questions)
    assert {a.trouble for a in answers if isinstance(a, Unanswered)} == {Trouble.UNREACHABLE}
    assert len(answers) == 21
    assert (source.queries, source.failures) == (MOST_ATTEMPTS, MOST_ATTEMPTS)


def test_an_unknown_host_is_told() -> None:
    """A name that does not resolve is Unreachable too."""
    source = PrometheusSource(PrometheusSettings("http://prometheus.invalid:9090"), Naps())
    (answer,) = source.read([QUESTION])
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.UNREACHABLE


def _replies(*replies: Reply) -> Iterator[Reply]:
    yield from replies
    while True:
        yield replies[-1]


@pytest.mark.parametrize("first", [failure(500), failure(429), Reply(act=_hang_up)])
def test_a_passing_fault_is_tried_again(first: Reply) -> None:
    """After a fault that passes, the answer comes in the same read."""
    replies = _replies(first, first, GOOD)
    with Web(lambda _: next(replies)) as web:
        naps = Naps()
        source = PrometheusSource(PrometheusSettings(web.url), naps)
        (answer,) = source.read([QUESTION])
    assert isinstance(answer, Samples)
    assert answer.series[0].values == (7.0,)
    assert (source.queries, source.failures, len(naps.seconds)) == (3, 2, 2)
    assert naps.seconds[1] > naps.seconds[0] * 0.66


@pytest.mark.parametrize(("wish", "naps"), [("3", [3.0]), ("300", [])])
def test_the_server_says_how_long_to_wait(wish: str, naps: list[float]) -> None:
    """Retry-After is obeyed, unless the budget would be spent by it."""
    replies = _replies(failure(429, Retry_After=wish), GOOD)
    with Web(lambda _: next(replies)) as web:
        sleep = Naps()
        PrometheusSource(PrometheusSettings(web.url), sleep).read([QUESTION])
        assert len(web.asked) == 1 + len(naps)
    assert sleep.seconds == naps


@pytest.mark.parametrize("reply", [failure(401), failure(422), Reply(200, b"<html>")])
def test_a_lasting_fault_is_not_tried_again(reply: Reply) -> None:
    """What a repetition cannot mend is asked once."""
    with Web(lambda _: reply) as web:
        source_at(web).read([QUESTION])
        assert len(web.asked) == 1


def test_the_budget_bounds_the_whole_read() -> None:
    """However many queries hang, the read ends with its budget and all have an answer."""
    questions = [request(f"level_{n}", NOW - 60, NOW, WEB_1) for n in range(20)]
    with Web(lambda _: Reply(act=_hang)) as web:
        begun = time.monotonic()
        source = source_at(web, timeout_seconds=0.2, budget_seconds=0.5)
        answers = source.read(questions)
        assert time.monotonic() - begun < 2
    assert {a.trouble for a in answers if isinstance(a, Unanswered)} == {Trouble.TIMEOUT}


def test_one_fault_leaves_the_other_requests_alone() -> None:
    """A selector that is rejected costs its own metric only."""

    def reply(asked: Asked) -> Reply:
        return failure(422, "no") if asked.form["query"].startswith("bad") else GOOD

    with Web(reply) as web:
        bad, good = source_at(web).read([request("bad", NOW - 60, NOW, WEB_1), QUESTION])
    assert isinstance(bad, Unanswered)
    assert isinstance(good, Samples)


def test_an_endless_body_is_cut() -> None:
    """Not more is read than is allowed, and a compressed flood counts as it unfolds."""
    flood = gzip.compress(b" " * 50_000_000)
    reply = Reply(200, flood, {"Content-Encoding": "gzip"})
    with Web(lambda _: reply) as web:
        source = source_at(web, largest_answer_bytes=1_000_000)
        (answer,) = source.read([QUESTION])
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE
    assert source.received_bytes < 3_000_000


def test_too_many_series_are_refused() -> None:
    """The count of series is bounded apart from the bytes."""
    many = success(*(row(WEB_1, (NOW - 1, "1"), n=str(n)) for n in range(11)))
    assert trouble_of(many, most_series=10).trouble is Trouble.TOO_LARGE


def test_too_many_samples_are_refused_before_they_are_decoded() -> None:
    """Samples take many times their bytes in memory, so a series of a million, or a million series
    of one, is refused by its count, and names the limit."""
    pairs = b",".join([b'[1,"1"]'] * 1_100)
    long = b'{"metric":{},"values":[' + pairs + b"]}"
    wide = b",".join([b'{"metric":{},"values":[[1,"1"]]}'] * 600)
    for rows in (long, wide):
        body = b'{"status":"success","data":{"resultType":"matrix","result":[' + rows + b"]}}"
        refused = trouble_of(Reply(200, body), most_samples=1_000)
        assert refused.trouble is Trouble.TOO_LARGE
        assert "more than 1000 samples" in refused.message


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "1e999999", "1" * 5_000])
def test_a_flood_of_what_is_no_number_is_read_soon(value: str) -> None:
    """A hundred thousand samples of NaN, infinity or of too many digits take no more than a second
    of reading; what they mean is judged elsewhere."""
    samples = [(NOW - 1 - n / 1e4, value) for n in range(100_000 if len(value) < 10 else 1_000)]
    began = process_time()
    with Web(lambda _: success(row(WEB_1, *samples))) as web:
        (answer,) = source_at(web).read([QUESTION])
    assert isinstance(answer, Samples)
    assert process_time() - began < 4.0


def test_a_series_of_a_hundred_thousand_labels_is_read_soon() -> None:
    """Labels are read once a series, not once a sample."""
    labels = {f"l{n}": "x" for n in range(100_000)}
    began = process_time()
    with Web(lambda _: success(row(WEB_1, (NOW - 1, "1"), **labels))) as web:
        (answer,) = source_at(web).read([QUESTION])
    assert isinstance(answer, Samples)
    assert process_time() - began < 4.0


def test_an_answer_too_large_is_asked_for_in_halves() -> None:
    """What does not fit for two pods is asked for pod by pod."""

    def reply(asked: Asked) -> Reply:
        pods = [pod for pod in (WEB_1, WEB_2) if pod.name.replace(".", "") in _plain(asked)]
        return success(*(row(pod, (NOW - 1, "7"), filler="x" * 500) for pod in pods))

    question = request("level", NOW - 60, NOW, WEB_1, WEB_2)
    with Web(reply) as web:
        (answer,) = source_at(web, largest_answer_bytes=1_000).read([question])
        assert len(web.asked) == 3
    assert isinstance(answer, Samples)
    assert [s.pod for s in answer.series] == ["web-1", "web.2"]


def _plain(asked: Asked) -> str:
    return asked.form["query"].replace("\\", "").replace(".", "")


def test_part_of_an_answer_is_no_answer() -> None:
    """When one of two pods' queries fails for good, the request is Unanswered as a whole."""

    def reply(asked: Asked) -> Reply:
        return failure(422, "too many samples") if "web2" in _plain(asked) else GOOD

    with Web(reply) as web:
        (answer,) = source_at(web).read([request("level", NOW - 60, NOW, WEB_1, WEB_2)])
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.TOO_LARGE


def test_a_compressed_answer_is_read() -> None:
    """Gzip is undone."""
    reply = Reply(200, gzip.compress(GOOD.body), JSON | {"Content-Encoding": "gzip"})
    assert isinstance(answer_to(reply), Samples)


def test_a_server_behind_its_time_is_not_believed() -> None:
    """A window that has not ended yet by the server's clock is partial, whatever it holds."""
    question = request("level", time.time() - 60, time.time() + 40, WEB_1)
    answer = answer_to(GOOD, question)
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.PARTIAL
    assert "set the clocks by NTP" in answer.message


def test_a_server_without_a_clock_is_believed() -> None:
    """A Date that cannot be read says nothing."""
    assert isinstance(answer_to(Reply(200, GOOD.body, JSON | {"Date": "soon"})), Samples)
    assert http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    """Nothing that a server can send raises anything but a QueryError."""
    try:
        decoded(body)
    except QueryError as error:
        told = error.told(str)
    else:
        told = ""
    assert "\n" not in told
