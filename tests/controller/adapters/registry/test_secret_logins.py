"""Pull secrets open the repositories of the workloads that name them, and nothing else."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.login import Login
from controller.adapters.registry.secret_logins import (
    TOLD_FOR_SECONDS,
    USED_FOR_SECONDS,
    SecretLogins,
)
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.engine.workload import Workload
from controller.ports.pull_secrets import PullSecretError
from controller.ports.registry import ImageReference, Repository, Unauthorized
from tests.controller.adapters.registry.test_faults import DIGEST, GOOD
from tests.fakes import KEY, workload
from tests.policies.images.texts import with_images
from tests.policies.policy_texts import only_policy
from tests.testbed.web import AnyWeb, Asked, Reply

HOST = "r.example"
WEB, API = (Repository(HOST, f"shop/{name}") for name in ("web", "api"))
PASSWORD = "password-in-a-secret"
REFUSED = "Secret shop/gone may not be read"


def document(password: str, host: str = HOST, **more: object) -> bytes:
    """A pull secret's content."""
    auth = base64.b64encode(f"robot:{password}".encode()).decode()
    return json.dumps({"auths": {host: {"auth": auth}}, **more}).encode()


class Secrets:
    """A platform that keeps these, and counts how often they are read."""

    def __init__(self, kept: Mapping[str, bytes]) -> None:
        self.kept = dict(kept)
        self.asked: list[str] = []

    def read(self, namespace: str, name: str) -> bytes:
        self.asked.append(f"{namespace}/{name}")
        if name not in self.kept:
            raise PullSecretError(REFUSED)
        return self.kept[name]


class World:
    """Secrets and a clock."""

    def __init__(self, **kept: bytes) -> None:
        self.now = 1_000.0
        self.secrets = Secrets(kept)
        self.logins = SecretLogins(self.secrets, lambda: self.now)

    def follow(self, repository: Repository, *names: str, name: str = "web") -> Workload:
        """A governed workload that runs the repository and names these secrets."""
        image = f"{repository}:1.2.0"
        seen = replace(workload(image, {image: 1}), key=replace(KEY, name=name), pull_secrets=names)
        rules = [f"{{repository: '{one}', semver: '>=1.2 <2'}}" for one in {WEB, API, repository}]
        self.logins.follow(seen, only_policy(with_images(*rules)))
        return seen

    def login(self, repository: Repository = WEB) -> Login | None:
        """What a keychain without a file finds."""
        return Keychain(secrets=self.logins).login(repository)


def test_a_secret_opens_the_repositories_of_who_names_it() -> None:
    """Not another repository of the same registry, although the login would fit."""
    world = World(one=document(PASSWORD))
    world.follow(WEB, "one")
    world.follow(API, name="api")
    assert world.login(WEB) == Login("robot", PASSWORD)
    assert world.login(API) is None
    assert world.login(Repository(HOST, "shop/other")) is None


def test_nothing_is_read_before_a_registry_wants_a_login() -> None:
    """And then once in a while, however often it is wanted."""
    world = World(one=document(PASSWORD))
    world.follow(WEB, "one")
    assert world.secrets.asked == []
    for _ in range(3):
        world.login()
    assert world.secrets.asked == ["shop/one"]
    world.now += USED_FOR_SECONDS
    world.secrets.kept["one"] = document("newer")
    assert world.login() == Login("robot", "newer")


def test_what_was_refused_is_read_again() -> None:
    """A registry that no longer takes the login makes us look at the secret at once."""
    world = World(one=document(PASSWORD))
    world.follow(WEB, "one")
    keychain = Keychain(secrets=world.logins)
    keychain.login(WEB)
    world.secrets.kept["one"] = document("newer")
    keychain.forget("elsewhere.example")
    assert keychain.login(WEB) == Login("robot", PASSWORD)
    keychain.forget(HOST)
    assert keychain.login(WEB) == Login("robot", "newer")


@pytest.mark.parametrize("how", ["forgotten", "named no more"])
def test_who_is_gone_opens_nothing(how: str) -> None:
    """Nothing of a secret is kept when nobody names it any more."""
    world = World(one=document(PASSWORD))
    seen = world.follow(WEB, "one")
    assert world.login() is not None
    if how == "forgotten":
        world.logins.forget(seen.key)
    else:
        world.follow(WEB)
    assert world.login() is None
    assert world.logins._kept == {}


def test_a_secret_that_cannot_be_had_is_told_once_and_the_others_are_used() -> None:
    """In the trouble of who names it, as long as it lasts; the log hears of it once."""
    world = World(two=document(PASSWORD), broken=b"{")
    seen = world.follow(WEB, "gone", "broken", "two")
    with capture_logs() as lines:
        for _ in range(2):
            assert world.login() == Login("robot", PASSWORD)
            world.now += USED_FOR_SECONDS
    gone, broken = world.logins.trouble(seen.key)
    assert gone == f"{REFUSED}; the other logins are used"
    assert "Secret shop/broken is no Docker configuration" in broken
    assert [line["why"] for line in lines] == [broken, gone]
    world.secrets.kept["gone"] = world.secrets.kept["broken"] = document("mended", "x.example")
    world.login()
    assert world.logins.trouble(seen.key) == ()


def test_what_nobody_wants_any_more_is_no_trouble() -> None:
    """Another login does, and nobody knows whether the secret can be read by now."""
    world = World()
    seen = world.follow(WEB, "gone")
    world.login()
    world.now += TOLD_FOR_SECONDS - 1
    assert world.logins.trouble(seen.key)
    world.now += 1
    assert world.logins.trouble(seen.key) == ()


def test_a_secret_starts_no_program() -> None:
    """Helpers are programs of this machine; a secret is anybody's of its namespace."""
    asked: list[str] = []

    def ask(name: str, server: str) -> Login | None:
        asked.append(name)
        return None

    world = World(
        one=document(PASSWORD, "x.example", credsStore="evil", credHelpers={HOST: "evil"})
    )
    world.follow(WEB, "one")
    assert Keychain(ask=ask, secrets=world.logins).login(WEB) is None
    assert asked == []


def test_a_push_asks_with_the_operators_login_first(tmp_path: Path) -> None:
    """What pulls need not push; where nobody configured a login the secret's is tried."""
    file = tmp_path / "config.json"
    file.write_bytes(document("operators"))
    world = World(one=document(PASSWORD))
    world.follow(WEB, "one")
    keychain = Keychain(file=file, secrets=world.logins)
    assert keychain.login(WEB) == Login("robot", PASSWORD)
    assert keychain.login_to_push(WEB) == Login("robot", "operators")
    assert Keychain(secrets=world.logins).login_to_push(WEB) == Login("robot", PASSWORD)


def test_a_rotated_secret_is_found_by_the_refusal() -> None:
    """The registry refuses the old password: the next reading asks with the new one, and none of
    them is in the message."""
    good = [PASSWORD]

    def answer(asked: Asked) -> Reply:
        wanted = f"Basic {Login('robot', good[0]).basic}"
        given = asked.headers.get("authorization", "")
        return GOOD if given == wanted else Reply(401, headers={"WWW-Authenticate": "Basic"})

    with AnyWeb(answer) as web:
        repository = Repository(web.host, "shop/web")
        world = World(one=document(PASSWORD, web.host))
        world.follow(repository, "one")
        settings = RegistrySettings({web.host: HostSettings(plain_http=True)}, budget_seconds=3)
        registry = OciRegistry(settings, Keychain(secrets=world.logins), sleep=lambda _: None)
        image = ImageReference(repository, "v1")
        assert registry.resolve(image) == DIGEST
        good[0] = "newer-password"
        world.secrets.kept["one"] = document("newer-password", web.host)
        with pytest.raises(Unauthorized) as caught:
            registry.resolve(image)
        assert PASSWORD not in str(caught.value)
        assert registry.resolve(image) == DIGEST
        registry.close()
