"""What a registry may do wrong, and that it does no harm here."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from itertools import count

import pytest

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.content import OCI_MANIFEST, digest_of, written
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.ports.registry import (
    BadAnswer,
    ImageReference,
    LyingContent,
    NotFound,
    Refused,
    RegistryUnavailable,
    Repository,
)
from tests.testbed.web import AnyWeb, Asked, Reply

CONFIG = {"mediaType": "application/json", "digest": f"sha256:{'1' * 64}", "size": 2}
RAW = written({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": CONFIG, "layers": []})
DIGEST = digest_of(RAW)
GOOD = Reply(body=RAW, headers={"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": DIGEST})
PLAIN = HostSettings(plain_http=True)

Answering = Callable[[Asked], Reply]


class Bed:
    """A registry that answers as it is told, a client for it, and the waits it would have had."""

    def __init__(self, web: AnyWeb, **settings: object) -> None:
        self.web = web
        self.waits: list[float] = []
        chosen = {"timeout_seconds": 0.5, "budget_seconds": 5.0, **settings}
        hosts = {web.host: PLAIN}
        made = RegistrySettings(hosts, **chosen)  # type: ignore[arg-type] # numbers by name
        self.registry = OciRegistry(made, sleep=self.waits.append)
        self.repository = Repository(web.host, "shop/web")
        self.image = ImageReference(self.repository, "v1")


@contextmanager
def bed(answer: Answering, **settings: object) -> Iterator[Bed]:
    """One, for a while."""
    with AnyWeb(answer) as web:
        made = Bed(web, **settings)
        yield made
        made.registry.close()


def in_turn(*replies: Reply) -> Answering:
    """Answers so, one after the other; the last one for ever."""
    left = iter(replies[:-1])
    return lambda _: next(left, replies[-1])


def test_a_busy_registry_is_given_the_time_it_asks_for() -> None:
    """429 with Retry-After is waited for where the budget allows, and then it works."""
    busy = Reply(429, headers={"Retry-After": "3"})
    with bed(in_turn(busy, GOOD)) as one:
        assert one.registry.resolve(one.image) == DIGEST
        assert one.waits == [3.0]


def test_a_longer_wait_than_the_budget_is_handed_on() -> None:
    """429 with a long Retry-After is not waited for; the caller is told how long."""
    with bed(in_turn(Reply(429, headers={"Retry-After": "120"}))) as one:
        with pytest.raises(RegistryUnavailable) as caught:
            one.registry.resolve(one.image)
        assert caught.value.retry_after_seconds == 120.0
        assert len(one.web.asked) == 1


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_registry_is_asked_again_but_not_for_ever(status: int) -> None:
    """A few 5xx do no harm; a registry that stays so is asked four times, ever more slowly."""
    with bed(in_turn(Reply(status), Reply(status), GOOD)) as one:
        assert one.registry.resolve(one.image) == DIGEST
        assert 0 < one.waits[0] < 0.31 < one.waits[1] * 2
    with bed(in_turn(Reply(status))) as one:
        with pytest.raises(RegistryUnavailable, match=str(status)):
            one.registry.resolve(one.image)
        assert len(one.web.asked) == 4


def test_lying_content_names_both_digests() -> None:
    """A body that is not what its digest says is never taken, whoever promised the digest."""
    lie = Reply(body=RAW + b" ", headers=GOOD.headers)
    found = digest_of(lie.body)
    with bed(in_turn(lie)) as one:
        for image in (one.image, ImageReference(one.repository, "", DIGEST)):
            with pytest.raises(LyingContent, match=f"{DIGEST}.*{found}") as caught:
                one.registry.manifest(image)
            assert (caught.value.promised, caught.value.found) == (DIGEST, found)
        with pytest.raises(LyingContent, match=f"{CONFIG['digest']}.*{DIGEST}"):
            bed_blob(one)


def bed_blob(one: Bed) -> None:
    """Reads facts whose configuration lies."""
    one.web.answer = lambda _: GOOD
    one.registry.facts(one.image)


def test_a_lying_head_is_seen_where_the_digest_was_asked_for() -> None:
    """HEAD of a digest that answers with another one is a lie, too."""
    other = f"sha256:{'2' * 64}"
    with bed(in_turn(GOOD)) as one, pytest.raises(LyingContent, match=other):
        one.registry.resolve(ImageReference(one.repository, "", other))


def test_without_head_the_content_tells_the_digest() -> None:
    """Where HEAD is refused or silent about the digest, GET is used, and hashed."""

    def answer(asked: Asked) -> Reply:
        return Reply(405) if asked.method == "HEAD" else Reply(body=RAW)

    for answering in (answer, in_turn(Reply(body=RAW))):
        with bed(answering) as one:
            assert one.registry.resolve(one.image) == DIGEST


def _truncated(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(RAW[:20])


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Connection", "close")
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65_536)


def _dribbling(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def test_a_truncated_answer_is_no_answer() -> None:
    """A body that ends early is asked for again, and never taken."""
    with bed(in_turn(Reply(act=_truncated), GOOD)) as one:
        assert one.registry.manifest(one.image).digest == DIGEST
    with bed(in_turn(Reply(act=_truncated))) as one, pytest.raises(RegistryUnavailable):
        one.registry.manifest(one.image)


def test_an_endless_answer_ends_here() -> None:
    """A body without end is given up at the bound, with all memory it took."""
    with bed(
        in_turn(Reply(act=_endless)), largest_answer_bytes=1_000_000, timeout_seconds=5
    ) as one:
        with pytest.raises(BadAnswer, match="1000000 bytes"):
            one.registry.manifest(one.image)
        assert one.registry.traffic.received_bytes < 1_200_000


def test_slow_bytes_do_not_hold_us() -> None:
    """A server that dribbles is left when its time is over, though each byte comes in time."""
    with bed(in_turn(Reply(act=_dribbling)), budget_seconds=1.2) as one:
        began = time.monotonic()
        with pytest.raises(RegistryUnavailable, match="too slow"):
            one.registry.manifest(one.image)
        assert time.monotonic() - began < 3.0


def test_nobody_there_is_unavailable() -> None:
    """A port that nothing listens on is a reason to try later, names the address, and is not
    called slow."""
    with bed(in_turn(GOOD)) as one:
        image, registry = one.image, one.registry
    with pytest.raises(RegistryUnavailable, match=f"{image.repository.host}.* cannot be reached"):
        registry.resolve(image)


def test_tls_is_spoken_unless_plain_http_is_said() -> None:
    """Even loopback is asked by TLS: a registry by plain HTTP alone is not asked."""
    with AnyWeb(in_turn(GOOD)) as web:
        registry = OciRegistry(RegistrySettings(budget_seconds=2), sleep=lambda _: None)
        with pytest.raises((Refused, RegistryUnavailable)):
            registry.resolve(ImageReference(Repository(web.host, "shop/web"), "v1"))
        registry.close()
        assert not web.asked


def test_pages_are_followed_and_full_ones_asked_on() -> None:
    """1,200 tags come whole from pages with a link, from full pages without, and all at once."""
    tags = [f"v{number:04}" for number in range(1_200)]

    def linked(asked: Asked) -> Reply:
        start = int(asked.path.partition("from=")[2] or 0)
        rest = f"</v2/shop/web/tags/list?from={start + 250}>; rel=next"
        more = {"Link": rest} if start + 250 < 1_200 else {}
        return Reply(body=written({"tags": tags[start : start + 250]}), headers=more)

    def unlinked(asked: Asked) -> Reply:
        last = asked.path.partition("last=")[2]
        return Reply(body=written({"tags": [tag for tag in tags if tag > last][:1_000]}))

    def whole(_: Asked) -> Reply:
        return Reply(body=written({"tags": tags}))

    for answer, requests in ((linked, 5), (unlinked, 2), (whole, 2)):
        with bed(answer) as one:
            assert list(one.registry.tags(one.repository)) == tags
            assert len(one.web.asked) == requests


def test_pages_without_end_end() -> None:
    """A server that repeats itself is left, one with ever new tags refused at the bound, and one
    whose next page is at another host refused at once."""
    numbers = count()

    def more(_: Asked) -> Reply:
        link = {"Link": '</v2/shop/web/tags/list?n=1>; rel="next"'}
        return Reply(body=written({"tags": [f"v{next(numbers)}"]}), headers=link)

    same = Reply(body=written({"tags": ["v1"]}), headers={"Link": "<?n=1>; rel=next"})
    with bed(in_turn(same)) as one:
        assert one.registry.tags(one.repository) == ("v1",)
        assert len(one.web.asked) == 2
    with bed(more, most_tags=20) as one, pytest.raises(BadAnswer, match="20 tags"):
        one.registry.tags(one.repository)
    away = Reply(body=same.body, headers={"Link": "<http://elsewhere.example/t>; rel=next"})
    with bed(in_turn(away)) as one, pytest.raises(BadAnswer, match="elsewhere"):
        one.registry.tags(one.repository)


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b"[]", b'{"tags": 1}', b"\xff", b'{"schemaVersion": 1}', b"{}"),
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_an_answer_of_something_else_is_said_to_be_so(body: bytes) -> None:
    """What is no registry's answer is a bad answer, not a crash and not an empty one."""
    with bed(in_turn(Reply(body=body))) as one:
        with pytest.raises(BadAnswer):
            one.registry.manifest(one.image)
        if body != b"{}" and b"schema" not in body:
            with pytest.raises(BadAnswer):
                one.registry.tags(one.repository)


def test_what_a_manifest_names_leads_nowhere_else() -> None:
    """A digest that is a path to another repository is not asked for."""
    config = {**CONFIG, "digest": "../../../secret/blobs/x"}
    raw = written({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config})
    with bed(in_turn(Reply(body=raw))) as one:
        with pytest.raises(BadAnswer, match="no digest"):
            one.registry.facts(one.image)
        with pytest.raises(BadAnswer, match="no digest"):
            one.registry.referrers(one.repository, "../x")
        assert [asked.path for asked in one.web.asked] == ["/v2/shop/web/manifests/v1"]


def test_docker_hub_is_asked_at_its_own_server() -> None:
    """docker.io is served by registry-1.docker.io, and every other host by itself, by TLS."""
    settings = RegistrySettings({"r.example:5000": PLAIN})
    assert settings.origin("docker.io") == "https://registry-1.docker.io"
    assert settings.origin("localhost:5000") == "https://localhost:5000"
    assert settings.origin("r.example:5000") == "http://r.example:5000"


def test_nothing_new_costs_no_body() -> None:
    """With an ETag the second reading is conditional, and its empty answer stands for the first;
    a change is seen at once."""
    tagged = Reply(body=RAW, headers={**GOOD.headers, "ETag": '"one"'})

    def answer(asked: Asked) -> Reply:
        return Reply(304) if asked.headers.get("if-none-match") == '"one"' else tagged

    with bed(answer) as one:
        for _ in range(3):
            assert one.registry.manifest(one.image).raw == RAW
            assert one.registry.resolve(one.image) == DIGEST
        assert one.registry.traffic.received_bytes == len(RAW)
        other = RAW + b"\n"
        one.web.answer = lambda _: Reply(body=other, headers={"Content-Type": OCI_MANIFEST})
        assert one.registry.manifest(one.image).raw == other


def test_what_is_remembered_is_bounded() -> None:
    """Only the newest answers are kept: an older one is read in full again."""
    reply = Reply(body=RAW, headers={**GOOD.headers, "ETag": '"one"'})
    with bed(in_turn(reply), remembered_answers=2) as one:
        for tag in ("a", "b", "c", "a", "c"):
            one.registry.manifest(ImageReference(one.repository, tag))
        conditions = ["if-none-match" in asked.headers for asked in one.web.asked]
        assert conditions == [False, False, False, False, True]


def test_a_lost_registry_error_says_where_and_why() -> None:
    """The registry's own reason is quoted on one line, cut short, beside what was asked."""
    said = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "no\nsuch " + "x" * 500}]}
    where = "shop/web:v1 answers 404"
    with (
        bed(in_turn(Reply(404, written(said)))) as one,
        pytest.raises(NotFound, match=where) as caught,
    ):
        one.registry.manifest(one.image)
    assert "MANIFEST_UNKNOWN: no such x" in str(caught.value)
    assert len(str(caught.value)) < 450
    assert "\n" not in str(caught.value)
