"""The status API, over real HTTP: who is told what."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
import requests

from analysis.verdict import Verdict
from controller.cli.looks import Listing
from controller.cli.options import Output
from controller.cli.platforms import Where
from controller.engine.outlook import outlook
from controller.engine.record import Record
from controller.engine.workload import WorkloadKey
from controller.ports.viewers import Viewers
from controller.report import Report, report_text
from controller.status_desk import MOST_AT_ONCE, StatusDesk
from controller.telemetry import Telemetry
from controller.web import application
from controller.web_server import WebServer
from tests.controller.viewers_world import FakeViewers
from tests.fakes import NOW, FakeLister, FakePlatform, judgement, sight, workload
from tests.journeys.service import free_port

WIDE, NARROW = "token-of-who-may-all", "token-of-who-may-one"
MET = Record(sequence=1)
WEB = workload("web:v1", {"web:v1": 2}, record=MET)
TILL = replace(WEB, key=WorkloadKey("Deployment", "till", "web"))
STRANGE = replace(WEB, key=WorkloadKey("Deployment", "shop", "never-met"), record=Record())


@dataclass
class Served:
    """A platform that is watched, behind a real server."""

    address: str
    platform: FakePlatform
    viewers: FakeViewers
    trouble: list[str] = field(default_factory=list)

    def get(self, token: str = "", query: str = "", **headers: str) -> requests.Response:
        """The answer to this token."""
        told = {"Authorization": f"Bearer {token}"} if token else {}
        return requests.get(
            f"{self.address}/api/v1/status{query}", headers=told | headers, timeout=10
        )


def listening(served: Served, viewers: Viewers, *namespaces: str) -> WebServer:
    """The server of it."""
    desk = StatusDesk(
        served.platform, viewers, namespaces, lambda: served.trouble[0] if served.trouble else ""
    )
    pages = application(Telemetry("test"), str, str, None, desk)
    return WebServer(pages, "127.0.0.1", int(served.address.rpartition(":")[2]))


@pytest.fixture
def served() -> Iterator[Served]:
    """Two namespaces with a workload that rollctl knows, and one that it never had to do with."""
    viewers = FakeViewers({WIDE: ("",), NARROW: ("shop",)})
    there = Served(f"http://127.0.0.1:{free_port()}", FakePlatform(WEB, TILL, STRANGE), viewers)
    server = listening(there, viewers)
    server.start()
    yield there
    server.stop()


def places(answer: requests.Response) -> list[str]:
    """Where the workloads of an answer are."""
    assert answer.status_code == 200, answer.text
    return [f"{item['namespace']}/{item['target']}" for item in answer.json()["items"]]


def test_it_says_what_the_command_says(served: Served) -> None:
    """Byte by byte the document of `rollctl status -o json`, record and report in it."""
    report = Report(NOW, "", judgement(Verdict.HEALTHY), outlook(sight(WEB, None)))
    served.platform.publish(WEB, report_text(report))
    lister = FakeLister(WEB, TILL, STRANGE)
    lister.findings[WEB.key] = report_text(report)
    look = Listing(Where(lister, served.platform, ()), "", Output.JSON, everything=False, head=True)
    told = "\n".join(look.show(look.see(), NOW))
    answer = served.get(WIDE)
    assert answer.text == f"{told}\n"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["items"][0]["report"]["at"] == NOW


def test_each_sees_what_he_may(served: Served) -> None:
    """Who may all sees all or one; who may one sees that one and no other, and is told what is
    missing."""
    assert places(served.get(WIDE)) == ["shop/deployment/web", "till/deployment/web"]
    assert places(served.get(WIDE, "?namespace=till")) == ["till/deployment/web"]
    assert places(served.get(WIDE, "?namespace=empty")) == []
    assert places(served.get(NARROW, "?namespace=shop")) == ["shop/deployment/web"]
    for query in ("", "?namespace=till"):
        refused = served.get(NARROW, query)
        assert refused.status_code == 403
        assert "list deployments.apps" in refused.text


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ({}, 'Bearer realm="rollctl"'),
        ({"Authorization": "Basic YTpi"}, 'Bearer realm="rollctl"'),
        ({"Authorization": "Bearer"}, 'Bearer realm="rollctl"'),
        ({"Authorization": "Bearer wrong"}, 'Bearer realm="rollctl", error="invalid_token"'),
        (
            {"Authorization": f"Bearer {WIDE} {WIDE}"},
            'Bearer realm="rollctl", error="invalid_token"',
        ),
    ],
)
def test_a_stranger_is_told_how_to_say_who_he_is(
    served: Served, headers: dict[str, str], challenge: str
) -> None:
    """Without a token, or with one of nobody's, nothing is told but that."""
    answer = served.get(**headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == challenge
    assert "web" not in answer.text


def test_a_scheme_is_read_in_any_case(served: Served) -> None:
    """`bearer` is Bearer."""
    assert served.get(Authorization=f"bearer   {WIDE}").status_code == 200


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?namespce=shop", "'namespce'"),
        ("?namespace=shop&name=web", "'name'"),
        ("?namespace=shop&namespace=till", "one namespace"),
        ("?namespace=", "no name of a namespace"),
        ("?namespace=../kube-system", "no name of a namespace"),
        ("?namespace=Shop", "no name of a namespace"),
        ("?namespace=" + "a" * 300, "no name of a namespace"),
    ],
)
def test_what_is_misspelled_shows_nothing(served: Served, query: str, told: str) -> None:
    """A parameter that is none is an error and never a wider answer; nobody is asked about it."""
    answer = served.get(WIDE, query)
    assert answer.status_code == 400
    assert told in answer.text
    assert len(answer.text) < 200
    assert served.viewers.asked == []


def test_nothing_old_is_told_as_new(served: Served) -> None:
    """While what is seen may be old, or nobody can say who asks, it says so and when to ask again."""
    served.trouble.append("the watch fails")
    answer = served.get(WIDE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "the watch fails" in answer.text
    assert served.get("wrong").status_code == 401
    served.trouble.clear()
    served.viewers.down = True
    answer = served.get(WIDE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_namespace_that_is_not_watched_is_not_empty() -> None:
    """Who asks for one is told which are; who may not see it is told no such thing."""
    viewers = FakeViewers({WIDE: ("",), NARROW: ("shop",)})
    there = Served(f"http://127.0.0.1:{free_port()}", FakePlatform(WEB), viewers)
    server = listening(there, viewers, "shop")
    server.start()
    try:
        answer = there.get(WIDE, "?namespace=till")
        assert answer.status_code == 404
        assert answer.text == "rollctl does not watch the namespace till, but shop\n"
        assert there.get(NARROW, "?namespace=till").status_code == 403
    finally:
        server.stop()


def test_it_is_not_served_unless_asked_for() -> None:
    """Where nobody was named who may see it, it is not there, and it is said why."""
    port = free_port()
    server = WebServer(application(Telemetry("test"), str, str), "127.0.0.1", port)
    server.start()
    try:
        answer = requests.get(f"http://127.0.0.1:{port}/api/v1/status", timeout=5)
        assert answer.status_code == 404
        assert "--status-api" in answer.text
        assert "--api-token-file" in answer.text
    finally:
        server.stop()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_changed_there(served: Served, method: str) -> None:
    """It is for looking only."""
    where = f"{served.address}/api/v1/status"
    assert requests.request(method, where, timeout=5).status_code == 405


class SlowViewers:
    """Let everybody in when `released`; nobody before."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.waiting = 0

    def admit(self, token: str, namespace: str) -> None:
        self.waiting += 1
        self.released.wait(20)


def test_who_waits_for_the_api_server_leaves_probes_their_threads() -> None:
    """With as many waiting as there may be, the next is told to come again, and the service's other
    pages answer as ever."""
    viewers = SlowViewers()
    there = Served(f"http://127.0.0.1:{free_port()}", FakePlatform(WEB), FakeViewers({}))
    server = listening(there, viewers)
    server.start()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(there.get(WIDE).status_code))
        for _ in range(MOST_AT_ONCE)
    ]
    try:
        for thread in threads:
            thread.start()
        wait_until(lambda: viewers.waiting == MOST_AT_ONCE)
        assert there.get(WIDE).status_code == 503
        assert requests.get(f"{there.address}/livez", timeout=2).text == "ok"
    finally:
        viewers.released.set()
        for thread in threads:
            thread.join()
        server.stop()
    assert answers == [200] * MOST_AT_ONCE


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns once it holds; fails where it does not soon."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
