"""What an API server's answers mean for the loop, and what is never told."""

import gzip
import json
import time
from collections.abc import Iterator

import pytest

from controller.adapters.kubernetes import connection as module
from controller.adapters.kubernetes.answers import BadAnswer, Request, refusal
from controller.adapters.kubernetes.connection import Connection
from controller.ports.platform import Conflict, PlatformError, Refused, Unavailable, Vanished
from tests.controller.kubernetes.fake_api import PATH, FakeApi, Handler, PlainCredentials

GET = Request("GET", PATH, {"limit": "500"})
PATCH = Request("PATCH", PATH, None, b"[]", "application/json-patch+json")
FAILED_TEST = "the server rejected our request due to an error in our request"
INVALID = 'Deployment.apps "latest-test" is invalid: spec.template: Required value'


@pytest.fixture
def api() -> Iterator[FakeApi]:
    """A server."""
    with FakeApi() as api:
        yield api


@pytest.fixture
def sender(api: FakeApi) -> Connection:
    """The way to the server."""
    return Connection(api.credentials())


def said(status: int, message: str = "no", field: str = "", after: str | None = None) -> BadAnswer:
    """A refusal as the API server words it."""
    details = {"causes": [{"field": field}]} if field else {}
    body = {"kind": "Status", "message": message, "details": details}
    return BadAnswer(status, "Reason", after, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("request_", "answer", "error"),
    [
        (GET, said(401), Refused),
        (GET, said(403), Refused),
        (GET, said(404), Vanished),
        (GET, said(410), Vanished),
        (PATCH, said(409), Conflict),
        (PATCH, said(422, FAILED_TEST), Conflict),
        (PATCH, said(422, INVALID, "spec.template"), Refused),
        (GET, said(422, INVALID, "metadata.uid"), Conflict),
        (GET, said(400), Refused),
        (GET, said(429), Unavailable),
        (GET, said(500), Unavailable),
        (GET, said(503), Unavailable),
        (GET, BadAnswer(502, "Bad Gateway", None, b"<html>"), Unavailable),
        (GET, BadAnswer(302, "Found", None, b""), Refused),
    ],
)
def test_answers_have_one_meaning(
    request_: Request, answer: BadAnswer, error: type[PlatformError]
) -> None:
    """Each answer is one of the port's errors; a template that is wrong in itself is never
    taken for a conflict, whatever the workload is called."""
    assert type(refusal(request_, answer)) is error


FORBIDDEN = (
    'deployments.apps "web" is forbidden: User "{}" cannot get resource "deployments" in API group "apps" in'
    ' the namespace "shop"'
)


def test_a_refusal_is_told_once() -> None:
    """Who may not do what is said in one sentence: neither the address nor the server's wording follows
    with the same again. A person is not sent to rollctl's own role."""
    person = str(refusal(GET, said(403, FORBIDDEN.format("jane"))))
    assert person == (
        '403: User "jane" cannot get deployments.apps in the namespace "shop"; ask whoever runs the cluster'
        " for this right"
    )
    ours = FORBIDDEN.format("system:serviceaccount:rollctl:rollctl")
    asked = Request("GET", "/apis/apps/v1/namespaces/shop/deployments/web")
    service = str(refusal(asked, said(403, ours)))
    assert service.count("deployments") == 2, "the refusal, and the rule that mends it"
    assert "is forbidden" not in service
    assert asked.path not in service


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("5", 5.0), ("999999", 300.0), ("soon", None), ("\u00b2", None), ("-1", None)],
)
def test_patience_has_bounds(header: str | None, seconds: float | None) -> None:
    """A wish for patience is granted within bounds; nonsense is none."""
    error = refusal(GET, said(429, after=header))
    assert isinstance(error, Unavailable)
    assert error.retry_after_seconds == seconds


def test_messages_are_one_short_line() -> None:
    """Whatever a server says, a message is one printable line of bounded length."""
    text = str(refusal(GET, said(500, "evil\n\x1b[2J" + "x" * 5000)))
    assert text.isprintable()
    assert len(text) < 400
    assert PATH in text


def test_what_is_no_status_is_not_told() -> None:
    """A body from elsewhere may hold secrets and stays untold."""
    text = str(refusal(GET, BadAnswer(500, "Oops", None, b'{"password": "hunter2"}')))
    assert "hunter2" not in text
    assert "Oops" in text


@pytest.mark.parametrize("status", [403, 429, 500])
def test_refusals_come_through_and_keep_the_token(
    api: FakeApi, sender: Connection, status: int
) -> None:
    """A refusal says its status, tells no token, and is no end of the connection."""
    api.misdeeds["list"].append(lambda handler: handler.refuse(status, Retry_After="3"))
    with pytest.raises(PlatformError) as caught:
        sender.send(GET)
    assert "secret-token" not in str(caught.value)
    assert str(status) in str(caught.value)
    assert b"items" in sender.send(GET)


def test_no_server_is_unavailable(sender: Connection, api: FakeApi) -> None:
    """Where nobody listens, the platform does not answer."""
    api.misdeeds["list"].append(lambda handler: handler.connection.close())
    with pytest.raises(Unavailable):
        sender.send(GET)


def test_a_body_cut_off_is_unavailable(api: FakeApi, sender: Connection) -> None:
    """Half a list is no list."""

    def cut(handler: Handler) -> None:
        handler.begin()
        handler.wfile.write(b'ffff\r\n{"metadata"')

    api.misdeeds["list"].append(cut)
    with pytest.raises(Unavailable):
        sender.send(GET)


def test_an_answer_may_not_drip_for_ever(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that come one by one end at a deadline."""
    monkeypatch.setattr(module, "WHOLE_ANSWER_SECONDS", 0.2)

    def drip(handler: Handler) -> None:
        handler.begin()
        while True:
            handler.chunk(b" ")
            time.sleep(0.02)

    api.misdeeds["list"].append(drip)
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"more than 0\.2 s"):
        Connection(api.credentials()).send(GET)
    assert time.monotonic() - began < 2.0


def test_credentials_that_fail_are_unavailable(api: FakeApi) -> None:
    """A plug-in or a token file that fails puts the request off; it ends nothing."""

    class Failing(PlainCredentials):
        def headers(self) -> dict[str, str]:
            raise FileNotFoundError("token")

    with pytest.raises(Unavailable, match="credentials"):
        Connection(Failing(api.url)).send(GET)


def test_a_compressed_flood_is_given_up_at_the_limit(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body counts as it unfolds, and the error names the limit."""
    monkeypatch.setattr(module, "LARGEST_BODY", 1_000_000)
    flood = gzip.compress(b" " * 50_000_000)

    def unfold(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(flood)))
        handler.end_headers()
        handler.wfile.write(flood)

    api.misdeeds["list"].append(unfold)
    with pytest.raises(Unavailable, match="more than 1000000 bytes"):
        Connection(api.credentials()).send(GET)


@pytest.mark.parametrize("compressed", [True, False])
def test_a_refusal_without_end_is_still_a_refusal(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, *, compressed: bool
) -> None:
    """Its beginning is read within the time of an answer, whether it drips or unfolds; what it was
    refused for is known from its status."""
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)

    def refuse(handler: Handler) -> None:
        handler.send_response(403)
        if compressed:
            handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        while True:
            handler.wfile.write(gzip.compress(b" " * 10_000_000) if compressed else b" ")
            time.sleep(0.01)

    api.misdeeds["list"].append(refuse)
    began = time.monotonic()
    with pytest.raises(Refused, match="403"):
        Connection(api.credentials()).send(GET)
    assert time.monotonic() - began < 3.0
