"""Docker's configuration, pull secrets and credential helpers give the logins they promise."""

import base64
import json
import stat
import time
from pathlib import Path

import pytest

from controller.adapters.registry.docker_config import NotADockerConfig, read_docker_config
from controller.adapters.registry.helper import ask_helper
from controller.adapters.registry.keychain import HELPER_ANSWER_SECONDS, Keychain
from controller.adapters.registry.login import Login, Secrets
from controller.ports.registry import Repository, Unauthorized

HUB = Repository("docker.io", "library/web")
SHOP = Repository("r.example:5000", "shop/web")


def document(**fields: object) -> bytes:
    """A configuration."""
    return json.dumps(fields).encode()


def entry(user: str, password: str = "pass:word") -> dict[str, str]:
    """A login as Docker writes it."""
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def found(repository: Repository, **keys: object) -> Login | None:
    """The login that a document with these keys has."""
    return read_docker_config(document(auths=keys["auths"]), "it").login(repository)


@pytest.mark.parametrize(
    ("key", "repository", "fits"),
    [
        ("https://index.docker.io/v1/", HUB, True),
        ("docker.io", HUB, True),
        ("index.docker.io", HUB, True),
        ("r.example:5000", SHOP, True),
        ("https://r.example:5000", SHOP, True),
        ("http://r.example:5000/v2/", SHOP, True),
        ("r.example:5000/shop", SHOP, True),
        ("r.example:5000/sho", SHOP, False),
        ("r.example", SHOP, False),
        ("r.example:5001", SHOP, False),
        ("*.example:5000", SHOP, True),
        ("*:5000", SHOP, False),
        ("*.io", Repository("a.b.io", "web"), False),
        ("evil-r.example:5000", SHOP, False),
    ],
)
def test_a_login_is_found_by_its_registry_alone(
    key: str, repository: Repository, fits: bool
) -> None:
    """Keys of all ages fit their own registry, and no other one."""
    login = found(repository, auths={key: entry("u")})
    assert login == (Login("u", "pass:word") if fits else None)


def test_the_longest_path_wins() -> None:
    """A pull secret may have logins by path; the nearest one is taken, whatever the order."""
    auths = {"r.example:5000/shop": entry("near"), "r.example:5000": entry("far")}
    for keys in (auths, dict(reversed(auths.items()))):
        login = found(SHOP, auths=keys)
        assert login is not None
        assert login.user == "near"


def test_every_form_of_a_login_is_read() -> None:
    """auth, user and password, an identity token; an empty entry is none."""
    forms = {
        "a.io": entry("u", "p"),
        "b.io": {"username": "u", "password": "p"},
        "c.io": {**entry("00000000-0000", ""), "identitytoken": "t"},
        "d.io": {},
    }
    logins = [found(Repository(host, "x"), auths=forms) for host in forms]
    same = Login("u", "p")
    assert logins == [same, same, Login("00000000-0000", "", "t"), None]


@pytest.mark.parametrize(
    "text",
    [b"secret!", b'{"auths": {"r": {"auth": "secret!"}}}', b'{"auths": ["secret!"]}', b"\xff"],
)
def test_a_broken_document_is_told_without_its_content(text: bytes) -> None:
    """The message names the document and what to do, never a value from it."""
    with pytest.raises(NotADockerConfig, match=r"pull-secret.*log in") as caught:
        read_docker_config(text, "pull-secret shop/registry")
    assert "secret!" not in str(caught.value)
    assert caught.value.__cause__ is None


def helper(folder: Path, script: str) -> None:
    """A credential helper `test` on the PATH."""
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder first on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


SAYS = """read server; test "$1" = get || exit 9
echo "{\\"ServerURL\\": \\"$server\\", \\"Username\\": \\"%s\\", \\"Secret\\": \\"for $server\\"}" """


def test_a_helper_is_asked_as_docker_asks_it(folder: Path) -> None:
    """It gets `get` and the server, and answers with a login or an identity token."""
    helper(folder, SAYS % "u")
    assert ask_helper("test", "r.example:5000") == Login("u", "for r.example:5000")
    helper(folder, SAYS % "<token>")
    assert ask_helper("test", "r") == Login("", "", "for r")
    helper(folder, "echo credentials not found in native keychain; exit 1")
    assert ask_helper("test", "r") is None


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("sleep 30", "within 0.3 s"),
        ("yes topsecret", "65536 bytes"),
        ("head -c 80000 /dev/zero", "65536 bytes"),
        ("exec >&-; sleep 30", "within 0.3 s"),
        ("echo topsecret", "JSON"),
        ("echo topsecret; exit 3", "status 3"),
    ],
)
def test_a_bad_helper_is_named_and_what_it_printed_is_not(
    folder: Path, script: str, why: str
) -> None:
    """Slow, endless, wordy or failing: Unauthorized at once, with its name and no output."""
    helper(folder, script)
    began = time.monotonic()
    with pytest.raises(Unauthorized, match=why) as caught:
        ask_helper("test", "r", 0.3)
    assert "docker-credential-test" in str(caught.value)
    assert "topsecret" not in str(caught.value)
    assert time.monotonic() - began < 5


def test_nothing_that_a_helper_started_outlives_it(folder: Path) -> None:
    """A helper that is given up goes with all it started."""
    mark = folder / "mark"
    helper(folder, f"(sleep 1; touch {mark}) & sleep 30")
    with pytest.raises(Unauthorized):
        ask_helper("test", "r", 0.3)
    time.sleep(1.2)
    assert not mark.exists()


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "-x", "a b", "absent"])
def test_only_programs_by_a_plain_name_are_started(name: str) -> None:
    """A name that leads elsewhere, or to nothing, starts nothing."""
    with pytest.raises(Unauthorized, match="PATH"):
        ask_helper(name, "r")


class Asker:
    """Helpers that say their name and count."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, name: str, server: str) -> Login | None:
        self.asked.append((name, server))
        return None if name == "empty" else Login(name, f"password {len(self.asked)}")


def test_the_helper_of_a_host_comes_before_the_store(tmp_path: Path) -> None:
    """CredHelpers before credsStore before auths, by the names that Docker asks by."""
    file = tmp_path / "config.json"
    fields = {"r.example:5000": entry("file"), "e.io": entry("file")}
    helpers = {"r.example:5000": "own", "e.io": "empty"}
    file.write_bytes(document(auths=fields, credHelpers=helpers, credsStore="store"))
    asker = Asker()
    keychain = Keychain(file=file, ask=asker)
    users = [keychain.login(one) for one in (SHOP, HUB, Repository("e.io", "x"))]
    assert [one and one.user for one in users] == ["own", "store", "file"]
    assert asker.asked[:2] == [("own", "r.example:5000"), ("store", "https://index.docker.io/v1/")]


def test_a_pull_secret_comes_before_the_file(tmp_path: Path) -> None:
    """A document that was handed in is nearer than what the machine has."""
    file = tmp_path / "config.json"
    file.write_bytes(document(auths={"r.example:5000": entry("file")}))
    secret = read_docker_config(document(auths={"r.example:5000": entry("secret")}), "it")
    near, far = Keychain([secret], file).login(SHOP), Keychain([], file).login(SHOP)
    assert near is not None
    assert far is not None
    assert (near.user, far.user) == ("secret", "file")


def test_a_changed_file_and_an_old_answer_are_read_again(tmp_path: Path) -> None:
    """Rotation is seen without a restart: of the file at once, of a helper after a while or
    when its login was refused."""
    file, now = tmp_path / "config.json", [0.0]
    asker = Asker()
    keychain = Keychain(file=file, ask=asker, clock=lambda: now[0])
    assert keychain.login(SHOP) is None
    file.write_bytes(document(auths={"r.example:5000": entry("one")}))
    assert keychain.login(SHOP) == Login("one", "pass:word")
    other = tmp_path / "other"
    other.write_bytes(document(credsStore="store"))
    other.replace(file)
    for advance, asked in ((0.0, 1), (1.0, 1), (HELPER_ANSWER_SECONDS, 2), (0.0, 2)):
        now[0] += advance
        keychain.login(SHOP)
        assert len(asker.asked) == asked
    keychain.forget(SHOP.host)
    keychain.login(SHOP)
    assert len(asker.asked) == 3


def test_a_file_that_cannot_be_used_is_unauthorized_not_anonymous(tmp_path: Path) -> None:
    """A broken or huge configuration must not silently make us anonymous."""
    file = tmp_path / "config.json"
    for text in (b"{", b" " * 2**21):
        file.write_bytes(text)
        with pytest.raises(Unauthorized, match=r"config\.json"):
            Keychain(file=file).login(SHOP)
    with pytest.raises(Unauthorized, match="cannot be read"):
        Keychain(file=tmp_path).login(SHOP)


def test_what_is_kept_secret_goes_longest_first() -> None:
    """No part of a secret is left where one contains another, and short words stay."""
    secrets = Secrets()
    secrets.keep("abcd", "abcdefgh", "xy")
    assert secrets.redacted("abcdefgh abcd xy") == "*** *** xy"
