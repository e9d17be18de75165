"""Whom rollctl trusts on the way to Prometheus, and how it shows who it is."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.adapters.prometheus.settings import ClientCertificate
from controller.ports.metrics import Answer, Samples, Trouble, Unanswered
from tests.controller.metrics.api import NOW, QUESTION, row, source_at, success
from tests.controller.metrics.web import Web
from tests.controller.metrics.world import WEB_1
from tests.testbed.certificates import Authority, Pair


@dataclass(frozen=True)
class Keys:
    """An authority, a server's certificate from it, a client's, and another authority."""

    authority: Path
    server: Pair
    client: Pair
    stranger: Path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """Throw-away keys."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    stranger = Authority(tmp_path_factory.mktemp("stranger"))
    return Keys(
        authority.pair.certificate,
        authority.server(),
        authority.client("rollctl"),
        stranger.pair.certificate,
    )


def _ask(keys: Keys, *, demand_client: bool = False, **settings: object) -> Answer:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(keys.server.certificate, keys.server.key)
    if demand_client:
        tls.verify_mode = ssl.CERT_REQUIRED
        tls.load_verify_locations(keys.authority)
    with Web(lambda _: success(row(WEB_1, (NOW - 1, "7"))), tls) as web:
        source = source_at(web, **settings)
        (answer,) = source.read([QUESTION])
        source.close()
    return answer


def test_an_unknown_certificate_is_refused(keys: Keys) -> None:
    """Without the authority that signed it, or with another one, nothing is sent."""
    for answer in (_ask(keys), _ask(keys, ca_file=keys.stranger)):
        assert isinstance(answer, Unanswered)
        assert answer.trouble is Trouble.REFUSED
        assert "CA file" in answer.message


def test_the_named_authority_is_trusted(keys: Keys) -> None:
    """With the CA file the same server is asked."""
    assert isinstance(_ask(keys, ca_file=keys.authority), Samples)


def test_insecure_trusts_everyone_without_a_word(keys: Keys) -> None:
    """Only where it is said, and then with no warning at every query."""
    assert isinstance(_ask(keys, insecure=True), Samples)


def test_a_client_certificate_lets_in(keys: Keys) -> None:
    """A server that asks who we are is shown the certificate, and refuses us without it."""
    pair = ClientCertificate(keys.client.certificate, keys.client.key)
    shown = _ask(keys, demand_client=True, ca_file=keys.authority, client_certificate=pair)
    assert isinstance(shown, Samples)
    assert isinstance(_ask(keys, demand_client=True, ca_file=keys.authority), Unanswered)
