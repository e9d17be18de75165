"""A real API server that dies and comes back."""

from collections.abc import Iterator

import pytest

from controller.adapters.kubernetes import watcher as module
from controller.ports.platform import Unavailable
from tests.controller.kubernetes.cluster import lent, platform_in
from tests.controller.platform_contract import Platform, change_of
from tests.testbed.cluster import Testbed

pytestmark = pytest.mark.real


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Testbed:
    """The session's testbed."""
    return lent(request)


@pytest.fixture
def platform(cluster: Testbed, namespace: str) -> Iterator[Platform]:
    """A started adapter on a namespace of the test's own."""
    with platform_in(cluster, namespace) as platform:
        yield platform


def test_an_outage_is_told_and_survived(
    cluster: Testbed, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the API server is dead the picture stays and is said to be old; writing says to try
    again; once it is back, all that happened is seen."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    seen = platform.made()
    cluster.control_plane.kill_api_server()
    try:
        cluster.wait(lambda: bool(platform.watcher.trouble()), 10.0, "no trouble was told")
        kept = platform.watcher.workload(seen.key)
        assert kept is not None
        assert kept.uid == seen.uid
        with pytest.raises(Unavailable):
            platform.writer.apply(change_of(seen))
    finally:
        cluster.control_plane.start_api_server()
    after = platform.released(seen)
    cluster.wait(lambda: not platform.watcher.trouble(), 40.0, platform.watcher.trouble)
    assert after.images != seen.images
