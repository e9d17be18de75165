"""How rollctl is let in, and that no secret ever shows."""

import base64
from pathlib import Path

import pytest

from controller.adapters.prometheus.settings import (
    BasicAuth,
    ClientCertificate,
    PrometheusSettings,
)
from controller.adapters.prometheus.source import PrometheusSource
from controller.ports.metrics import Trouble, Unanswered
from tests.controller.metrics.api import (
    NOW,
    QUESTION,
    Naps,
    failure,
    row,
    source_at,
    success,
)
from tests.controller.metrics.web import Asked, Reply, Web
from tests.controller.metrics.world import WEB_1

GOOD = success(row(WEB_1, (NOW - 1, "7")))


def _echo(asked: Asked) -> Reply:
    sent = {name: asked.headers.get(name) for name in ("Authorization", "X-Key")}
    return failure(422, f"{sent}" + "." * 100 + f"{sent}")


def test_a_bearer_token_is_sent_and_may_rotate(tmp_path: Path) -> None:
    """The token's file is read for each query, so a new token counts at once."""
    token = tmp_path / "token"
    with Web(lambda _: GOOD) as web:
        source = source_at(web, bearer_token_file=token)
        for secret in ("first-secret", "second-secret"):
            token.write_text(secret + "\n")
            source.read([QUESTION])
        sent = [asked.headers["Authorization"] for asked in web.asked]
    assert sent == ["Bearer first-secret", "Bearer second-secret"]


def test_user_and_password_are_sent(tmp_path: Path) -> None:
    """Basic authentication carries the user and what stands in the file."""
    password = tmp_path / "password"
    password.write_text("hunter2!\n")
    with Web(lambda _: GOOD) as web:
        source_at(web, basic_auth=BasicAuth("ann", password)).read([QUESTION])
        kind, _, coded = web.asked[0].headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(coded)) == ("Basic", b"ann:hunter2!")


def test_custom_headers_are_sent() -> None:
    """A tenant's header goes with every query."""
    with Web(lambda _: GOOD) as web:
        source_at(web, headers={"X-Scope-OrgID": "shop"}).read([QUESTION])
        assert web.asked[0].headers["X-Scope-OrgID"] == "shop"


def test_nothing_is_sent_unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A ~/.netrc is none of our settings."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ann password hunter2!\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Web(lambda _: GOOD) as web:
        source_at(web).read([QUESTION])
        assert "Authorization" not in web.asked[0].headers


def test_a_redirect_gets_no_secret(tmp_path: Path) -> None:
    """No redirect is followed, so headers go to the address that was given and nowhere else."""
    token = tmp_path / "token"
    token.write_text("first-secret")
    with Web(lambda _: GOOD) as other, Web(lambda _: Reply(307, headers=there)) as web:
        there = {"Location": other.url}
        source_at(web, bearer_token_file=token).read([QUESTION])
        assert other.asked == []


def test_no_secret_shows(tmp_path: Path) -> None:
    """Not even when the server repeats all it was sent."""
    token, password = tmp_path / "token", tmp_path / "password"
    token.write_text("first-secret")
    password.write_text("hunter2!")
    coded = base64.b64encode(b"ann:hunter2!").decode()
    for access in (
        {"bearer_token_file": token, "headers": {"X-Key": "key-secret"}},
        {"basic_auth": BasicAuth("ann", password)},
    ):
        with Web(_echo) as web:
            source = source_at(web, **access)
            (answer,) = source.read([QUESTION])
        assert isinstance(answer, Unanswered)
        shown = answer.message + source.describe() + repr(PrometheusSettings(web.url, **access))
        assert "***" in answer.message
        for secret in ("first-secret", "key-secret", "hunter2!", coded):
            assert secret not in shown


@pytest.mark.parametrize(
    "access",
    [
        {"bearer_token_file": Path("/nowhere/token")},
        {"basic_auth": BasicAuth("ann", Path("/nowhere/password"))},
        {"ca_file": Path("/nowhere/ca.pem")},
        {
            "client_certificate": ClientCertificate(
                Path("/nowhere/crt.pem"), Path("/nowhere/key.pem")
            )
        },
    ],
)
def test_what_cannot_be_used_is_told(access: dict[str, object]) -> None:
    """A secret or a certificate that cannot be used is a refusal that says so."""
    settings = PrometheusSettings("https://127.0.0.1:1", **access)  # type: ignore[arg-type]
    (answer,) = PrometheusSource(settings, Naps()).read([QUESTION])
    assert isinstance(answer, Unanswered)
    assert answer.trouble is Trouble.REFUSED
    assert "\n" not in answer.message


@pytest.mark.parametrize("value", ["line\nbreak", "ключ"])
def test_a_header_that_cannot_be_sent_is_told(value: str) -> None:
    """What HTTP cannot carry is a refusal that says where to look."""
    with Web(lambda _: GOOD) as web:
        (answer,) = source_at(web, headers={"X-Key": value}).read([QUESTION])
    assert isinstance(answer, Unanswered)
    assert answer.message.endswith("check address and headers")


def test_a_token_that_is_no_text_is_told(tmp_path: Path) -> None:
    """A file of bytes is no token."""
    token = tmp_path / "token"
    token.write_bytes(b"\xff\xfe\x00")
    with Web(lambda _: GOOD) as web:
        (answer,) = source_at(web, bearer_token_file=token).read([QUESTION])
    assert isinstance(answer, Unanswered)
    assert str(token) in answer.message


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("prometheus:9090", "http://host:port"),
        ("ftp://prometheus", "http://host:port"),
        ("http://ann:hunter2!@prometheus", "put it in a file"),
        ("http://prometheus/?tenant=x", "before any \\?"),
    ],
)
def test_an_unfit_address_is_refused_at_once(url: str, advice: str) -> None:
    """Settings that can never work are told before the first query."""
    with pytest.raises(ValueError, match=advice) as refused:
        PrometheusSettings(url)
    assert "hunter2!" not in str(refused.value)


def test_two_ways_in_are_one_too_many() -> None:
    """A token and a password at once would leave open which one counts."""
    with pytest.raises(ValueError, match="not both"):
        PrometheusSettings(
            "http://x", bearer_token_file=Path("t"), basic_auth=BasicAuth("ann", Path("p"))
        )
