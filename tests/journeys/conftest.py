"""The stage that journeys share: images to release, one service for most, traffic for all."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.controller.adapters.registry.servers import programs
from tests.deploy.accounts import shipped
from tests.journeys.journey import Journey, policy, write
from tests.journeys.pushes import Builder, Place, Site
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed
from tests.testbed.images import Behaviour
from tests.testbed.registry import Distribution, running

GOOD = Behaviour(error_ratio=0.002, latency_seconds=0.004)
STEADY = Behaviour(error_ratio=0.02, latency_seconds=0.004)
"""As good, with errors enough that what may be learned of its pods within a minute is no chance."""
BAD = Behaviour(error_ratio=0.5, latency_seconds=0.004)
IMAGES = {
    "shop/web:v1": GOOD,
    "shop/web:v2-errors": BAD,
    "shop/web:v2-slow-tail": Behaviour(
        error_ratio=0.002, latency_seconds=0.004, slow_ratio=0.3, slow_seconds=0.4
    ),
    "shop/web:v2-crashing": Behaviour(crash_loop=True),
    "shop/web:v2-missing": Behaviour(pull_error=True),
    "shop/web:v3": Behaviour(error_ratio=0.0021, latency_seconds=0.004),
    "shop/web:v4": Behaviour(error_ratio=0.0022, latency_seconds=0.004),
    "shop/sidecar:v1": Behaviour(serves=False),
    "shop/sidecar:v2": Behaviour(serves=False, error_ratio=0.001),
}
REQUESTS_PER_SECOND = 30.0


@pytest.fixture(scope="session", autouse=True)
def images(testbed: Testbed) -> None:
    """Everything that will ever be released."""
    for reference, behaviour in IMAGES.items():
        testbed.catalogue.publish(reference, behaviour)


@pytest.fixture(scope="session", autouse=True)
def traffic(testbed: Testbed) -> Iterator[None]:
    """Visitors for every pod of every `web`."""
    with testbed.start_traffic(REQUESTS_PER_SECOND, "web"):
        yield


@pytest.fixture(scope="session")
def shipped_account(testbed: Testbed) -> Path:
    """The kubeconfig of exactly the account that is shipped."""
    return shipped(testbed, "cluster")


@pytest.fixture(scope="session")
def shared_service(
    testbed: Testbed, shipped_account: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rollctl]:
    """One service, with the shipped permissions and no more, for all journeys that neither kill
    it nor blind it; it runs from the first that wants it to the next that must be alone."""
    folder = tmp_path_factory.mktemp("service")
    service = Rollctl(folder, shipped_account, testbed.prometheus.url)
    yield service
    service.stop()


@pytest.fixture
def journey(testbed: Testbed, namespace: str) -> Journey:
    """A Deployment to come, in a namespace of its own."""
    return Journey(testbed, namespace)


@pytest.fixture
def governed(journey: Journey, shared_service: Rollctl) -> Iterator[Journey]:
    """The same, governed by the shared service."""
    if not shared_service.running:
        shared_service.start()
    file = write(shared_service.policies, journey.namespace, policy(journey.namespace))
    journey.testbed.wait(
        lambda: shared_service.governs(journey.namespace), 20.0, "the policy was not loaded"
    )
    yield journey
    file.unlink()


@pytest.fixture
def alone(shared_service: Rollctl) -> None:
    """No other service on the cluster: one that does not know a policy ends the rollouts that
    another began under it."""
    shared_service.stop()


@pytest.fixture
def own_service(
    testbed: Testbed, tmp_path: Path, journey: Journey, alone: None
) -> Iterator[Rollctl]:
    """A service for this journey alone, not started yet."""
    service = Rollctl(
        tmp_path,
        testbed.control_plane.kubeconfig,
        testbed.prometheus.url,
        "--namespace",
        journey.namespace,
    )
    write(service.policies, journey.namespace, policy(journey.namespace))
    yield service
    service.stop()


@pytest.fixture
def elsewhere(testbed: Testbed, namespace: str) -> Iterator[Journey]:
    """A Deployment to come in another namespace, as in another cluster."""
    name = testbed.create_namespace(f"{namespace}-elsewhere")
    yield Journey(testbed, name)
    testbed.api.remove(f"/api/v1/namespaces/{name}")


@pytest.fixture
def registry() -> Iterator[Distribution]:
    """A registry for this journey alone."""
    programs()
    with running(Distribution()) as started:
        yield started


@pytest.fixture
def builder(testbed: Testbed, registry: Distribution) -> Iterator[Builder]:
    """Who pushes to it."""
    made = Builder(testbed.catalogue, registry.host)
    yield made
    made.registry.close()


SiteAt = Callable[[Journey, Place], Site]


@pytest.fixture
def site_at(alone: None, registry: Distribution, tmp_path: Path, shipped_account: Path) -> SiteAt:
    """A rollctl with the shipped permissions for one journey's namespace."""
    return lambda journey, place: Site(
        journey, registry.host, tmp_path / place.cluster, shipped_account, place
    )
