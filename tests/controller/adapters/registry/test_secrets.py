"""Who is shown a login, and that nobody else ever is."""

import base64
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.content import OCI_MANIFEST, written
from controller.adapters.registry.docker_config import DockerConfig
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.login import Login
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.ports.registry import (
    BadAnswer,
    ImageReference,
    NotFound,
    Refused,
    RegistryError,
    Repository,
    Unauthorized,
)
from tests.controller.adapters.registry.test_faults import DIGEST, GOOD, RAW, Answering, in_turn
from tests.testbed.web import AnyWeb, Asked, Reply

PASSWORD, TOKEN = "password-of-the-robot", "token-of-the-robot"
LOGIN = Login("robot", PASSWORD)
PLAIN = HostSettings(plain_http=True)
BASIC = {"WWW-Authenticate": 'Basic realm="r"'}


def registry_at(*webs: AnyWeb, login: Login | None = LOGIN) -> OciRegistry:
    """A client with a login for the first, and plain HTTP for all."""
    keychain = Keychain([DockerConfig({webs[0].host: login})] if login else [])
    settings = RegistrySettings({web.host: PLAIN for web in webs}, budget_seconds=3)
    return OciRegistry(settings, keychain, sleep=lambda _: None)


def image_at(web: AnyWeb, digest: str = "") -> ImageReference:
    """What is asked for."""
    return ImageReference(Repository(web.host, "shop/web"), "v1", digest)


@contextmanager
def tokened(inner: Answering, life: object = 300) -> Iterator[tuple[AnyWeb, AnyWeb]]:
    """A registry behind a token server, and that server; tokens are numbered."""
    numbers = count(1)

    def issue(asked: Asked) -> Reply:
        return Reply(body=written({"token": f"{TOKEN}-{next(numbers)}", "expires_in": life}))

    with AnyWeb(issue) as tokens:

        def answer(asked: Asked) -> Reply:
            scope = f'scope="repository:shop/web:pull",error="{asked.method}"'
            challenge = f'Bearer realm="{tokens.url}/token?a=b",service="s, x",{scope}'
            if not asked.headers.get("authorization", "").startswith("Bearer "):
                return Reply(401, headers={"WWW-Authenticate": challenge})
            reply = inner(asked)
            more = {"WWW-Authenticate": challenge} if reply.status == 401 else {}
            return Reply(reply.status, reply.body, {**reply.headers, **more})

        with AnyWeb(answer) as web:
            yield web, tokens


def test_a_login_is_sent_only_to_who_asks() -> None:
    """The first request has no login; after a challenge each has."""

    def answer(asked: Asked) -> Reply:
        return GOOD if "authorization" in asked.headers else Reply(401, headers=BASIC)

    with AnyWeb(answer) as web:
        registry = registry_at(web)
        for _ in range(3):
            assert registry.resolve(image_at(web)) == DIGEST
        shown = [asked.headers.get("authorization") for asked in web.asked]
    assert shown == [None, *[f"Basic {LOGIN.basic}"] * 3]


def test_a_token_is_got_once_for_a_scope() -> None:
    """Tokens are kept by scope: two readings, one token, and the query says what was asked."""
    with tokened(lambda _: GOOD) as (web, tokens):
        registry = registry_at(web, tokens)
        for _ in range(3):
            registry.manifest(image_at(web))
        assert len(tokens.asked) == 1
        assert tokens.asked[0].path.startswith("/token?a=b&scope=repository%3Ashop%2Fweb%3Apull")
        assert "service=s%2C+x" in tokens.asked[0].path
        assert tokens.asked[0].headers["authorization"] == f"Basic {LOGIN.basic}"


def test_a_token_that_ends_in_mid_flow_is_renewed() -> None:
    """A 401 between two pages costs a new token, not the listing; so does a token's end."""
    seen: list[str] = []

    def pages(asked: Asked) -> Reply:
        seen.append(asked.headers["authorization"])
        if "last" in asked.path and asked.headers["authorization"].endswith("-1"):
            return Reply(401)
        more = {} if "last" in asked.path else {"Link": "<?last=a>; rel=next"}
        return Reply(body=written({"tags": ["b" if "last" in asked.path else "a"]}), headers=more)

    with tokened(pages) as (web, tokens):
        registry = registry_at(web, tokens)
        assert registry.tags(image_at(web).repository) == ("a", "b")
        assert [header[-2:] for header in seen] == ["-1", "-1", "-2"]
    with tokened(lambda _: GOOD, life=0) as (web, tokens):
        registry = registry_at(web, tokens)
        registry.resolve(image_at(web))
        registry.resolve(image_at(web))
        assert len(tokens.asked) == 2


def test_a_refused_token_is_unauthorized() -> None:
    """A registry that refuses a new token is asked no further; the message says what to do."""
    with tokened(lambda _: Reply(401)) as (web, tokens):
        with pytest.raises(Unauthorized, match="docker login"):
            registry_at(web, tokens).resolve(image_at(web))
        assert len(web.asked) == 2


def test_a_busy_token_server_is_waited_for() -> None:
    """A token server's 503 is tried again as the registry's own would be."""
    with tokened(lambda _: GOOD) as (web, tokens):
        issue, replies = tokens.answer, iter([Reply(503), Reply(429)])
        tokens.answer = lambda asked: next(replies, None) or issue(asked)
        assert registry_at(web, tokens).resolve(image_at(web)) == DIGEST


def test_an_identity_token_is_posted() -> None:
    """With an identity token the token is got by POST, and it stands in no address."""
    with tokened(lambda _: GOOD) as (web, tokens):
        login = Login("", "", "identity-of-the-robot")
        registry_at(web, tokens, login=login).resolve(image_at(web))
        (asked,) = tokens.asked
    assert asked.method == "POST"
    assert b"refresh_token=identity-of-the-robot" in asked.body
    assert "identity" not in asked.path


def test_a_redirect_to_another_host_gets_no_login() -> None:
    """Another host or port is a stranger: it gets no login, and may not ask for one."""
    with AnyWeb(lambda _: GOOD) as store:

        def answer(asked: Asked) -> Reply:
            if "authorization" not in asked.headers:
                return Reply(401, headers=BASIC)
            return Reply(307, headers={"Location": f"{store.url}/elsewhere?signed=1"})

        with AnyWeb(answer) as web:
            registry = registry_at(web, store)
            assert registry.manifest(image_at(web)).raw == RAW
            assert [asked.path for asked in store.asked] == ["/elsewhere?signed=1"]
            assert all("authorization" not in asked.headers for asked in store.asked)
            store.answer = lambda _: Reply(401, headers=BASIC)
            with pytest.raises(BadAnswer, match="redirect"):
                registry.manifest(image_at(web))
            assert all("authorization" not in asked.headers for asked in store.asked)


def test_a_redirect_within_the_registry_keeps_the_login() -> None:
    """The same host and port is the registry itself; going in circles ends."""

    def answer(asked: Asked) -> Reply:
        if "authorization" not in asked.headers:
            return Reply(401, headers=BASIC)
        return GOOD if asked.path == "/there" else Reply(302, headers={"Location": "/there"})

    with AnyWeb(answer) as web:
        assert registry_at(web).manifest(image_at(web)).raw == RAW
    with AnyWeb(lambda _: Reply(302, headers={"Location": "/v2/"})) as web:
        with pytest.raises(BadAnswer, match="redirects"):
            registry_at(web).manifest(image_at(web))
        assert len(web.asked) == 6


def test_nothing_is_led_to_a_server_without_tls() -> None:
    """A redirect or a token server without TLS is refused unless plain HTTP was said for it."""
    with AnyWeb(lambda _: GOOD) as other:
        away = {"Location": f"{other.url}/x"}
        realm = {"WWW-Authenticate": f'Bearer realm="{other.url}/t"'}
        for reply in (Reply(307, headers=away), Reply(401, headers=realm)):
            with AnyWeb(in_turn(reply)) as web, pytest.raises(Refused, match="without TLS"):
                registry_at(web).manifest(image_at(web))
        assert not other.asked


def test_an_upload_elsewhere_gets_no_login() -> None:
    """Where a registry sends uploads to another host, the content goes there, the login not."""
    with AnyWeb(lambda _: Reply(201)) as store:

        def answer(asked: Asked) -> Reply:
            if "authorization" not in asked.headers:
                return Reply(401, headers=BASIC)
            begun = Reply(202, headers={"Location": f"{store.url}/upload?state=1"})
            return begun if asked.method == "POST" else Reply(404)

        with AnyWeb(answer) as web:
            registry_at(web, store).push_blob(image_at(web).repository, b"{}", "text/plain")
        (asked,) = store.asked
    assert asked.body == b"{}"
    assert "authorization" not in asked.headers
    assert asked.path.startswith("/upload?state=1&digest=sha256:")


def test_no_secret_is_ever_shown(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong, and though servers repeat what they were sent: no error, traceback,
    repr, log or output has the password, its coded form or a token in it."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []

    def echo(status: int) -> Answering:
        def answer(asked: Asked) -> Reply:
            said = f"you sent {asked.headers} {asked.body!r} {asked.path}"
            return Reply(status, written({"errors": [{"code": "X", "message": said}]}))

        return answer

    for status in (200, 400, 401, 403, 404, 418, 429, 500):
        for where in ("registry", "tokens"):
            with tokened(echo(status)) as (web, tokens):
                if where == "tokens":
                    tokens.answer = echo(status)
                registry = registry_at(web, tokens)
                with suppress(RegistryError):
                    try:
                        registry.manifest(image_at(web))
                    except RegistryError as error:
                        shown += ["".join(traceback.format_exception(error)), repr(error)]
                        shown.append(repr(error.__dict__))
                        raise
                shown += [repr(vars(registry)), repr(LOGIN), repr(DockerConfig({"h": LOGIN}))]
    output = capfd.readouterr()
    everything = "\n".join([*shown, caplog.text, output.out, output.err])
    assert "answers 403" in everything
    assert "***" in everything, "a server's echo must have been redacted, or this proves nothing"
    coded = base64.b64encode(PASSWORD.encode()).decode()
    for secret in (PASSWORD, TOKEN, LOGIN.basic, coded):
        assert secret not in everything


def test_without_a_login_the_message_says_how_to_get_one() -> None:
    """Basic wanted and none there: the host is named, and the command."""
    with (
        AnyWeb(lambda _: Reply(401, headers=BASIC)) as web,
        pytest.raises(Unauthorized, match=f"docker login {web.host}"),
    ):
        registry_at(web, login=None).resolve(image_at(web))


def test_what_may_not_be_seen_is_not_said_to_be_absent() -> None:
    """403 is Unauthorized; 404 says that the right to see it may be missing."""
    with AnyWeb(lambda _: Reply(403)) as web, pytest.raises(Unauthorized):
        registry_at(web).resolve(image_at(web))
    with AnyWeb(lambda _: Reply(404)) as web, pytest.raises(NotFound, match="right to see"):
        registry_at(web).resolve(image_at(web))


def test_the_media_type_of_manifests_is_asked_for() -> None:
    """Every reading of a manifest names OCI's and Docker's types, indexes too."""
    with AnyWeb(lambda _: GOOD) as web:
        registry_at(web).resolve(image_at(web))
        assert OCI_MANIFEST in web.asked[0].headers["accept"]
        assert "manifest.list.v2" in web.asked[0].headers["accept"]
