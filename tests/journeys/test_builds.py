"""From a push to a real registry to the end of the rollout that follows."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from controller.adapters.registry.content import OCI_MANIFEST
from controller.adapters.registry.settings import HostSettings
from controller.ports.registry import ImageReference, Registry, Repository
from controller.verdicts.record import ARTIFACT_TYPE, read
from tests.controller.adapters.registry.images import push_image
from tests.controller.adapters.registry.servers import client, programs
from tests.journeys.conftest import GOOD
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed
from tests.testbed.images import Behaviour
from tests.testbed.registry import distribution

IMAGES = """\
  environment: staging
  images:
    - repository: {host}/shop/web
      semver: ">=1.2 <2"
      autoUpdate: true
      channel: stable
"""
BAD = Behaviour(error_ratio=0.5, latency_seconds=0.004)
SECRET = "of-the-testbed-and-long"

Push = Callable[[str, Behaviour], str]


@pytest.fixture
def host() -> Iterator[str]:
    """A registry for this journey alone."""
    programs()
    with distribution() as started:
        yield started


@pytest.fixture
def push(testbed: Testbed, host: str) -> Push:
    """Pushes an image that behaves so, and returns how it is named by digest."""
    registry: Registry = client(host, HostSettings(plain_http=True))
    repository = Repository(host, "shop/web")

    def pushed(tag: str, behaviour: Behaviour) -> str:
        digest = push_image(registry, repository, tag, tag).digest
        testbed.catalogue.publish(f"{repository}:{tag}@{digest}", behaviour)
        return f"{repository}:{tag}@{digest}"

    return pushed


def verdict(host: str, tag: str) -> str:
    """What rollctl left at the image, as another cluster reads it."""
    registry, repository = client(host, HostSettings(plain_http=True)), Repository(host, "shop/web")
    digest = registry.resolve(ImageReference(repository, tag))
    (found,) = registry.referrers(repository, digest, ARTIFACT_TYPE)
    record = read(registry.artifact(repository, found.digest).content)
    registry.close()
    assert (record.digest, record.cluster, record.environment) == (digest, "testbed", "staging")
    return record.verdict


@pytest.fixture
def watching(
    testbed: Testbed,
    shipped_account: Path,
    tmp_path: Path,
    journey: Journey,
    alone: None,
    host: str,
) -> Iterator[Callable[[int], Rollctl]]:
    """Starts a service with the shipped permissions that looks at the registry so often."""
    config, secret = tmp_path / "registries.yaml", tmp_path / "secret"
    config.write_text(f"registries: [{{host: '{host}', plainHttp: true}}]\n")
    secret.write_text(SECRET)
    started: list[Rollctl] = []

    def start(interval_seconds: int) -> Rollctl:
        options = [
            *("--registry-config", str(config)),
            *("--registry-interval", str(interval_seconds)),
            *("--webhook-secret-file", str(secret)),
            *("--cluster", "testbed"),
        ]
        service = Rollctl(tmp_path, shipped_account, testbed.prometheus.url, *options)
        text = policy(journey.namespace) + IMAGES.format(host=host)
        write(service.policies, journey.namespace, text)
        service.start()
        started.append(service)
        return service

    yield start
    for service in started:
        service.stop()


def test_pushes_are_rolled_out_judged_and_not_tried_twice(
    journey: Journey, watching: Callable[[int], Rollctl], push: Push, host: str
) -> None:
    """A good push is rolled out by digest, kept, and the channel moved to it; a bad one is rolled
    out, rolled back to the good one, and left alone, which status explains; a better one follows.
    Both verdicts are at their images."""
    journey.deploy(push("1.2.0", GOOD))
    watching(5)
    good = push("1.3.0", GOOD)
    journey.wait_phase(good, "Promoted", seconds=150)
    assert journey.image() == good
    assert journey.acts()[:2] == ["Update", "Begin"]
    assert "BuildRolledOut" in journey.events()
    bad = push("1.4.0", BAD)
    journey.wait_phase(bad, "RolledBack", seconds=90)
    assert journey.image() == good
    journey.stays(lambda: journey.image() == good, 12.0, "the bad build came back")
    status = journey.rollctl("status", "deployment/web", "-n", journey.namespace)
    assert "1.4.0: in quarantine" in status.stdout, status.stdout + status.stderr
    assert verdict(host, "stable") == verdict(host, "1.3.0") == "Healthy"
    assert verdict(host, "1.4.0") == "Regressed"
    better = push("1.5.0", GOOD)
    journey.wait(lambda: journey.image() == better, "the better build was not rolled out", 30)


def test_a_webhook_makes_it_at_once(
    journey: Journey, watching: Callable[[int], Rollctl], push: Push, host: str
) -> None:
    """Long before the next look is due, the registry's own notification of a push leads to its
    rollout; a stranger's does not."""
    journey.deploy(push("1.2.0", GOOD))
    service = watching(3_600)
    journey.stays(lambda: journey.acts() == [], 5.0, "something was rolled out")
    image = push("1.3.0", GOOD)
    target = {"mediaType": OCI_MANIFEST, "repository": "shop/web", "tag": "1.3.0"}
    told = {"events": [{"action": "push", "target": target, "request": {"host": host}}]}
    url = f"{service.address}/webhooks/registry"
    assert requests.post(url, json=told, timeout=10).status_code == 401
    journey.stays(lambda: journey.acts() == [], 5.0, "a stranger was believed")
    bearer = {"Authorization": f"Bearer {SECRET}"}
    assert requests.post(url, json=told, headers=bearer, timeout=10).status_code == 202
    journey.wait(lambda: journey.image() == image, "the push was not rolled out", 15)
