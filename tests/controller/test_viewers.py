"""Who may see what: in memory, by a file, by a real API server, and as each said a moment ago."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.viewers import KubernetesViewers
from controller.adapters.token_file import FileViewers
from controller.ports.viewers import Denied, NotAllowed, Undecided, Unknown, Viewers
from controller.remembered import (
    ADMITTED_SECONDS,
    DENIED_SECONDS,
    MOST_A_MINUTE,
    MOST_REMEMBERED,
    RememberedViewers,
)
from tests.controller.kubernetes.cluster import lent
from tests.controller.kubernetes.fake_api import PlainCredentials
from tests.controller.viewers_world import FakeViewers
from tests.deploy.accounts import RBAC, shipped
from tests.fakes import FakeClock
from tests.testbed.addresses import Addresses
from tests.testbed.cluster import Testbed

WIDE, NARROW = "token-of-who-may-all", "token-of-who-may-one"
NOBODYS = "token-of-nobody-at-all"
SOON_SECONDS = 40.0


@dataclass(frozen=True)
class World:
    """Viewers that know `wide`, whose bearer may see all, and `narrow`, whose bearer may see `home`
    alone (None where everybody may see all). `cut` takes the authority away, `revoke` takes `wide`."""

    viewers: Viewers
    wide: str
    narrow: str | None
    home: str
    cut: Callable[[], Viewers]
    revoke: Callable[[], None]


def in_memory(request: pytest.FixtureRequest) -> Iterator[World]:
    """The fake that other tests use."""
    fake = FakeViewers({WIDE: ("",), NARROW: ("shop",)})

    def cut() -> Viewers:
        fake.down = True
        return fake

    yield World(fake, WIDE, NARROW, "shop", cut, fake.rights.clear)


def by_file(request: pytest.FixtureRequest) -> Iterator[World]:
    """A file with two tokens."""
    folder: Path = request.getfixturevalue("tmp_path")
    file = folder / "tokens"
    file.write_text(f"{WIDE}\n\n  {NARROW}  \n")
    viewers = FileViewers(file)

    def cut() -> Viewers:
        file.unlink()
        return viewers

    yield World(viewers, WIDE, None, "shop", cut, lambda: _rewrite(file, f"{NARROW}\n"))


def _rewrite(file: Path, text: str) -> None:
    file.write_text(text)


def by_api_server(request: pytest.FixtureRequest) -> Iterator[World]:
    """A real one, asked under exactly the shipped role."""
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    credentials = find_credentials(str(shipped(testbed, "status-api", account="asker")), None)
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/wide"
    yield World(
        KubernetesViewers(Connection(credentials)),
        viewer(testbed, namespace, "wide", everywhere=True),
        viewer(testbed, namespace, "narrow", everywhere=False),
        namespace,
        _cut_off,
        lambda: testbed.api.remove(path),
    )
    testbed.api.remove(f"{RBAC}/clusterrolebindings/{namespace}-wide")
    testbed.api.remove(f"{RBAC}/clusterroles/{namespace}-wide")
    credentials.pool.clear()


def _cut_off() -> Viewers:
    """An address where nobody listens."""
    return KubernetesViewers(Connection(PlainCredentials(f"http://{Addresses().take()}:8080")))


def viewer(testbed: Testbed, namespace: str, name: str, *, everywhere: bool) -> str:
    """The token of an account that may list Deployments, in its own namespace or in all."""
    kind, scope = ("ClusterRole", "") if everywhere else ("Role", f"/namespaces/{namespace}")
    named = f"{namespace}-{name}"
    token = testbed.control_plane.token_for(name, namespace)
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["list"]}]
    role = {"metadata": {"name": named}, "rules": rules}
    testbed.api.create(f"{RBAC}{scope}/{kind.lower()}s", role)
    binding = {
        "metadata": {"name": named},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": named},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }
    testbed.api.create(f"{RBAC}{scope}/{kind.lower()}bindings", binding)
    return token


MAKERS = {"memory": in_memory, "file": by_file, "api server": by_api_server}
KINDS = [
    "memory",
    "file",
    pytest.param("api server", marks=pytest.mark.real),
]


@pytest.fixture(params=KINDS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Each kind in turn."""
    yield from MAKERS[request.param](request)


def denied(viewers: Viewers, token: str, namespace: str) -> Denied | None:
    """Why not, None for who is let in."""
    try:
        viewers.admit(token, namespace)
    except Denied as error:
        return error
    return None


def test_who_may_see_all_may_see_each(world: World) -> None:
    """Everywhere and in one namespace, one that is not there too."""
    for namespace in ("", world.home, "nowhere"):
        assert denied(world.viewers, world.wide, namespace) is None


@pytest.mark.parametrize("token", ["", NOBODYS, "é\u00ff", "a b", "x" * 8_000])
def test_nobodys_token_is_unknown(world: World, token: str) -> None:
    """None, a wrong one, one of strange signs and one without end are nobody's, and no such token is
    ever told back."""
    error = denied(world.viewers, token, world.home)
    assert isinstance(error, Unknown)
    assert not token or token not in str(error)


def test_the_beginning_of_a_token_is_not_the_token(world: World) -> None:
    """Nor is one with more behind it."""
    for token in (world.wide[:-1], f"{world.wide}x", world.wide.upper()):
        assert isinstance(denied(world.viewers, token, ""), Unknown)


@pytest.mark.parametrize("world", [kind for kind in KINDS if kind != "file"], indirect=True)
def test_who_may_see_one_namespace_sees_no_other(world: World) -> None:
    """What is missing is named: what may not be done, and where. Who has a token of the file sees all."""
    assert world.narrow is not None
    assert denied(world.viewers, world.narrow, world.home) is None
    for namespace, named in (("kube-system", "kube-system"), ("", "all namespaces")):
        error = denied(world.viewers, world.narrow, namespace)
        assert isinstance(error, NotAllowed)
        assert "list deployments.apps" in str(error)
        assert named in str(error)


def test_a_token_that_was_taken_away_is_nobodys(world: World) -> None:
    """Soon: an API server keeps what it knows of a token for some seconds itself."""
    assert denied(world.viewers, world.wide, "") is None
    world.revoke()
    deadline = time.monotonic() + SOON_SECONDS
    while not isinstance(denied(world.viewers, world.wide, ""), Unknown):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_where_nobody_can_say_nobody_is_let_in(world: World) -> None:
    """Without its authority nothing is believed, whoever asks, and it is said when to ask again."""
    error = denied(world.cut(), world.wide, world.home)
    assert isinstance(error, Undecided)
    assert error.wait_seconds > 0


@pytest.mark.real
def test_an_api_server_knows_whom_a_token_was_made_for(request: pytest.FixtureRequest) -> None:
    """With an audience, a token of the API server's own is nobody's, and one made for it is good."""
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    usual = viewer(testbed, namespace, "wide", everywhere=False)
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/wide/token"
    made = testbed.api.create(path, {"spec": {"audiences": ["rollctl"]}})["status"]["token"]
    credentials = find_credentials(str(shipped(testbed, "status-api", account="asker")), None)
    viewers = KubernetesViewers(Connection(credentials), "rollctl")
    assert denied(viewers, made, namespace) is None
    error = denied(viewers, usual, namespace)
    assert isinstance(error, Unknown)
    assert "audience rollctl" in str(error)
    assert isinstance(denied(KubernetesViewers(Connection(credentials)), made, namespace), Unknown)
    credentials.pool.clear()


@pytest.mark.real
def test_without_its_role_it_can_let_in_nobody(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    """A service that may not review tokens tells a stranger nothing of it, and its log the rule that is
    missing."""
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    path = testbed.control_plane.kubeconfig_for("without-rights", namespace)
    credentials = find_credentials(str(path), None)
    error = denied(KubernetesViewers(Connection(credentials)), WIDE, namespace)
    assert isinstance(error, Undecided)
    assert "tokenreviews" not in str(error)
    told = capsys.readouterr()
    assert "resources: [tokenreviews], verbs: [create]" in told.out + told.err
    credentials.pool.clear()


def test_an_answer_holds_for_a_while() -> None:
    """Neither who is let in nor who is not is asked about twice within it; each afterwards."""
    fake, clock = FakeViewers({WIDE: ("",), NARROW: ("shop",)}), FakeClock()
    viewers = RememberedViewers(fake, clock)
    for seconds, questions in ((0, 3), (DENIED_SECONDS - 1, 3), (1, 5), (ADMITTED_SECONDS, 8)):
        clock.now += seconds
        assert denied(viewers, WIDE, "") is None
        assert isinstance(denied(viewers, NARROW, ""), NotAllowed)
        assert isinstance(denied(viewers, NOBODYS, ""), Unknown)
        assert len(fake.asked) == questions


def test_one_answer_is_no_other() -> None:
    """What holds for one namespace says nothing of another, nor one token of another."""
    viewers = RememberedViewers(FakeViewers({WIDE: ("",), NARROW: ("shop",)}), FakeClock())
    assert denied(viewers, NARROW, "shop") is None
    assert isinstance(denied(viewers, NARROW, "till"), NotAllowed)
    assert isinstance(denied(viewers, NOBODYS, "shop"), Unknown)
    assert denied(viewers, WIDE, "till") is None


def test_that_nobody_could_say_is_asked_again() -> None:
    """An outage is over when it is over."""
    fake = FakeViewers({WIDE: ("",)}, down=True)
    viewers = RememberedViewers(fake, FakeClock())
    assert isinstance(denied(viewers, WIDE, ""), Undecided)
    fake.down = False
    assert denied(viewers, WIDE, "") is None


def test_a_flood_of_wrong_tokens_costs_little() -> None:
    """So many questions are put in a minute, no more is kept than fits, and who was let in stays so."""
    fake, clock = FakeViewers({WIDE: ("",)}), FakeClock()
    viewers = RememberedViewers(fake, clock)
    assert denied(viewers, WIDE, "") is None
    refusals = [denied(viewers, f"{NOBODYS}-{number}", "") for number in range(3_000)]
    assert len(fake.asked) == MOST_A_MINUTE
    last = refusals[-1]
    assert isinstance(last, Undecided)
    assert 0 < last.wait_seconds <= 61
    assert denied(viewers, WIDE, "") is None
    assert len(viewers._denied._kept) <= MOST_REMEMBERED
    clock.now += 61
    assert isinstance(denied(viewers, NOBODYS, ""), Unknown)


def test_no_token_is_kept() -> None:
    """What is remembered would tell nobody a token."""
    viewers = RememberedViewers(FakeViewers({WIDE: ("",)}), FakeClock())
    viewers.admit(WIDE, "")
    assert WIDE not in repr(vars(viewers._admitted))
