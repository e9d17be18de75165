"""Verdicts and channels on a real registry that dies at any request, and in others' company."""

import http.client
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from controller.adapters.registry.client import OciRegistry
from controller.adapters.registry.settings import HostSettings, RegistrySettings
from controller.courier import Courier
from controller.ports.registry import ImageReference, Registry, Repository
from controller.verdicts.record import ARTIFACT_TYPE, read
from policies.model import Policy
from tests.controller.adapters.registry.images import push_image
from tests.controller.adapters.registry.servers import client, programs
from tests.controller.engine.builds.made import rule_of
from tests.controller.test_courier import judged
from tests.fakes import NOW, FakeClock, policy
from tests.testbed.registry import Distribution, running, with_referrers
from tests.testbed.web import AnyWeb, Asked, Reply

pytestmark = pytest.mark.real

PLAIN = HostSettings(plain_http=True)
PASSED_ON = ("content-type", "location", "docker-content-digest", "etag", "link", "oci-subject")
OUTAGE_SECONDS, LONG_SECONDS = 30, 400


class Wire(AnyWeb):
    """Carries requests to a registry and kills it at one of them: before it has the request, or
    when it has done what was asked and nobody is told."""

    def __init__(self, registry: Distribution) -> None:
        super().__init__(self._carried)
        self._registry = registry
        self.fatal, self.answers = 0, False

    def _carried(self, asked: Asked) -> Reply:
        self.fatal -= 1
        if self.fatal == 0 and not self.answers:
            self._registry.kill()
        try:
            reply = self._asked(asked)
        except OSError:
            return Reply(act=lambda _: None)
        if self.fatal == 0 and self.answers:
            self._registry.kill()
            return Reply(act=lambda _: None)
        return reply

    def _asked(self, asked: Asked) -> Reply:
        # The server makes the addresses of uploads of the host it was asked as: ours.
        headers = {name: value for name, value in asked.headers.items() if name != "connection"}
        connection = http.client.HTTPConnection(self._registry.host, timeout=10)
        try:
            connection.request(asked.method, asked.path, asked.body, headers)
            answer = connection.getresponse()
            body = answer.read()
            kept = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
            if asked.method == "HEAD":
                kept["Content-Length"] = answer.headers.get("content-length", "0")
            return Reply(answer.status, body, kept)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Distribution]:
    """A real registry that is killed and started again and again."""
    programs()
    with running(Distribution()) as started:
        yield started


@pytest.fixture(scope="module")
def wire(server: Distribution) -> Iterator[Wire]:
    """The way to it."""
    with Wire(server) as made:
        yield made


def governing(repository: Repository) -> Policy:
    """A policy with a channel, in staging."""
    rule = rule_of(f"repository: '{repository}', semver: '>=1.2 <2', channel: stable")
    return replace(policy(), images=(rule,), environment="staging")


def end_state(registry: Registry, repository: Repository, subject: str) -> dict[str, object]:
    """Where the channel points, and what is said of the digest by whom."""
    found = registry.referrers(repository, subject, ARTIFACT_TYPE)
    records = [read(registry.artifact(repository, one.digest).content) for one in found]
    return {
        "stable": registry.resolve(ImageReference(repository, "stable")),
        "records": sorted((record.cluster, record.verdict) for record in records),
    }


def carried(
    server: Distribution, wire: Wire, path: str, fatal: int
) -> tuple[dict[str, object], int]:
    """What the registry has in the end where it dies at the `fatal`-th request of a courier (0:
    never), and how many requests there were."""
    direct = client(server.host, PLAIN)
    there = Repository(server.host, path)
    old, new = (push_image(direct, there, tag, tag).digest for tag in ("1.2.0", "1.3.0"))
    direct.move_tag(there, old, "stable")
    ours = Repository(wire.host, path)
    impatient = RegistrySettings({wire.host: PLAIN}, budget_seconds=5)
    registry = OciRegistry(impatient, sleep=lambda _: None)
    clock, before = FakeClock(), len(wire.asked)
    courier = Courier(registry, "eu-1", clock=clock)
    wire.fatal = fatal
    courier.follow(judged(str(ours), old, new, "Healthy"), governing(ours))
    for seconds in (OUTAGE_SECONDS, LONG_SECONDS):
        for _ in range(seconds):
            clock.now += 1.0
            while courier.step():
                pass
        if seconds == OUTAGE_SECONDS and fatal:
            assert not server.pid, "it must have died, or this proves nothing"
            server.start()
    state = end_state(direct, there, new)
    registry.close()
    direct.close()
    assert state["stable"] == new
    return {**state, "stable": "the new one"}, len(wire.asked) - before


@pytest.mark.parametrize("answers", [False, True])
def test_a_registry_that_dies_at_any_request_has_the_same_in_the_end(
    server: Distribution, wire: Wire, *, answers: bool
) -> None:
    """Before, between and after record and channel, with the request lost or only its answer:
    one verdict and the channel at the new image."""
    wire.answers = answers
    whole, requests = carried(server, wire, f"whole-{answers}".lower(), 0)
    assert whole == {"stable": "the new one", "records": [("eu-1", "Healthy")]}
    assert requests > 5
    for fatal in range(1, requests + 1):
        state, _ = carried(server, wire, f"fatal-{answers}-{fatal}".lower(), fatal)
        assert state == whole, f"killed at request {fatal}"


@pytest.mark.parametrize("by", ["tag", "api"])
def test_clusters_at_once_lose_no_verdict(server: Distribution, by: str) -> None:
    """Four clusters judge one digest at the same time, where referrers are held in a tag and
    where the registry has the API: every word is there in the end, each once."""
    if by == "tag":
        judged_at_once(server.host)
    else:
        with with_referrers() as host:
            judged_at_once(host)


def judged_at_once(host: str) -> None:
    """Four couriers, each with a client of its own."""
    repository, direct = Repository(host, "shared/web"), client(host, PLAIN)
    old, new = (push_image(direct, repository, tag, tag).digest for tag in ("1.2.0", "1.3.0"))
    verdicts = {"eu-1": "Healthy", "eu-2": "Healthy", "us-1": "Regressed", "us-2": "Healthy"}
    clients = [client(host, PLAIN) for _ in verdicts]
    clock = FakeClock()
    couriers = [
        Courier(one, cluster, clock=clock) for one, cluster in zip(clients, verdicts, strict=True)
    ]
    for courier, verdict in zip(couriers, verdicts.values(), strict=True):
        courier.follow(judged(str(repository), old, new, verdict, NOW), governing(repository))
    threads = [threading.Thread(target=courier.step) for courier in couriers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.now += LONG_SECONDS
    for courier in couriers:
        while courier.step():
            pass
    state = end_state(direct, repository, new)
    for one in (direct, *clients):
        one.close()
    assert state["records"] == sorted(verdicts.items())
