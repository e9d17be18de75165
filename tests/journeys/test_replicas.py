"""Two replicas: the leader is killed, paused and cut off in mid-analysis, and no verdict is lost."""

from collections.abc import Callable, Iterator

import pytest

from tests.journeys.journey import Journey, policy, write
from tests.journeys.replicas import Replicas, replicas, usurped
from tests.testbed.cluster import Testbed

BAD, GOOD = "shop/web:v2-errors", "shop/web:v3"
WAYS: list[Callable[[Replicas], None]] = [
    Replicas.end,
    Replicas.kill,
    Replicas.pause,
    Replicas.part,
]


@pytest.fixture(scope="module")
def two(testbed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Two running replicas for these alone."""
    with replicas(testbed, tmp_path_factory.mktemp("replicas")) as made:
        yield made


@pytest.fixture
def watched(journey: Journey, two: Replicas, alone: None) -> Journey:
    """A Deployment that both know of."""
    write(two.policies, journey.namespace, policy(journey.namespace, limit="3m"))
    two.wait_governed(journey.namespace)
    return journey


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_hand_over_in_mid_analysis_keeps_the_verdict(
    watched: Journey, two: Replicas, way: Callable[[Replicas], None]
) -> None:
    """The other one goes on with what is held, comes to the verdict and acts on it once; by the API
    server's own log nobody writes who has not got the lease."""
    watched.deploy("shop/web:v1")
    watched.release(BAD)
    watched.wait_phase(BAD, "Analyzing", "RolledBack")
    way(two)
    watched.wait_phase(BAD, "RolledBack", seconds=120)
    assert watched.acts() == ["Begin", "Hold", "RollBack", "Complete"]
    assert watched.image().startswith("shop/web:v1@")
    wrong, passed = usurped(two.testbed)
    assert wrong == []
    assert passed


def test_both_are_ready_and_one_leads(two: Replicas) -> None:
    """A follower is ready too, or no roll-out of rollctl would ever end."""
    leader = two.leader()
    assert [one.service.page("readyz") for one in two.all] == ["ok", "ok"]
    assert not two.other(leader).leads
