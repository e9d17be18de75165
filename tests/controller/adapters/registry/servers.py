"""The registries that the contract is held against, and a client for each."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.docker_config import DockerConfig
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.login import Login
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.ports.registry import Registry
from tests.controller.adapters.registry.fake import FakeRegistry
from tests.testbed.binaries import built_programs, ensure_programs
from tests.testbed.certificates import Authority
from tests.testbed.registry import PASSWORD, USER, distribution, with_referrers
from tests.testbed.token_server import TokenServer

LOGIN = Login(USER, PASSWORD)


@dataclass(frozen=True)
class Server:
    """A registry at `host` and the client for it."""

    host: str
    registry: Registry


def programs() -> dict[str, Path]:
    """The real ones. Without them the test is skipped, but never on CI, where they are built."""
    if os.environ.get("CI") == "true":
        return ensure_programs("registry")
    built = built_programs("registry")
    if built is None:
        pytest.skip("no real registry is built yet: `make testbed` builds it")
    return built


def client(
    host: str, settings: HostSettings, login: Login | None = None, tokens: str = ""
) -> OciRegistry:
    """Asks this host with this login; its token server `tokens` is asked by plain HTTP."""
    keychain = Keychain([DockerConfig({host: login})] if login else [])
    further = {tokens: HostSettings(plain_http=True)} if tokens else {}
    return OciRegistry(RegistrySettings({host: settings, **further}), keychain)


@contextmanager
def fake(_: Path) -> Iterator[Server]:
    """In memory."""
    yield Server("fake.example", FakeRegistry())


@contextmanager
def plain(_: Path) -> Iterator[Server]:
    """Distribution's, by plain HTTP, for anybody."""
    programs()
    with distribution() as host:
        yield from _asked(host, client(host, HostSettings(plain_http=True)))


@contextmanager
def secured(folder: Path) -> Iterator[Server]:
    """Distribution's, by TLS with a custom authority, with user and password."""
    programs()
    authority = Authority(folder)
    with distribution(authority.server(), password=True) as host:
        trust = HostSettings(ca_file=authority.pair.certificate)
        yield from _asked(host, client(host, trust, LOGIN))


@contextmanager
def by_token(folder: Path) -> Iterator[Server]:
    """Distribution's, which wants tokens of a token server."""
    programs()
    pair = Authority(folder).server()
    with (
        TokenServer(pair) as tokens,
        distribution(tokens=(tokens.url, pair.certificate)) as host,
    ):
        yield from _asked(host, client(host, HostSettings(plain_http=True), LOGIN, tokens.host))


@contextmanager
def referring(_: Path) -> Iterator[Server]:
    """Another registry, which has the referrers API."""
    programs()
    with with_referrers() as host:
        yield from _asked(host, client(host, HostSettings(plain_http=True)))


def _asked(host: str, registry: OciRegistry) -> Iterator[Server]:
    try:
        yield Server(host, registry)
    finally:
        registry.close()


KINDS = {
    "fake": fake,
    "plain": plain,
    "secured": secured,
    "by_token": by_token,
    "referring": referring,
}
