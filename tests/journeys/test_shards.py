"""Two replicas share two shards: each namespace is governed once, and a shard moves when its leader dies."""

from collections.abc import Iterator

import pytest

from controller.engine.sharding import shard_of
from tests.journeys.journey import Journey, policy, write
from tests.journeys.replicas import Replica, Replicas, replicas, usurped
from tests.testbed.cluster import Testbed

BAD = "shop/web:v2-errors"
SHARDS = 2
NAMES = ("shards-a", "shards-b", "shards-d", "shards-f")
WHOLE = ["Begin", "Hold", "RollBack", "Complete"]


@pytest.fixture(scope="module")
def sharers(testbed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Two running replicas, each of which has its shard."""
    with replicas(testbed, tmp_path_factory.mktemp("shards"), SHARDS) as made:
        wait_shared(made)
        yield made


@pytest.fixture(scope="module")
def journeys(testbed: Testbed, sharers: Replicas) -> Iterator[dict[int, list[Journey]]]:
    """Workloads that both know of and that run their first image, by shard; gone afterwards, as other
    tests count who visits a `web`."""
    made = [Journey(testbed, testbed.create_namespace(name)) for name in NAMES]
    for one in made:
        write(sharers.policies, one.namespace, policy(one.namespace, limit="3m"))
        one.deploy("shop/web:v1")
    sharers.wait_governed(NAMES[-1])
    yield {
        shard: [one for one in made if shard_of(one.namespace, SHARDS) == shard]
        for shard in range(SHARDS)
    }
    for one in made:
        testbed.delete_deployment(one.namespace, "web")
        testbed.api.remove(f"/api/v1/namespaces/{one.namespace}")


def wait_shared(sharers: Replicas) -> None:
    """Each has one."""
    sharers.testbed.wait(
        lambda: [one.shards for one in sharers.all] == [1, 1], 60.0, "the shards are not shared"
    )


def decided(replica: Replica) -> set[int]:
    """The shards of all workloads that it has decided on."""
    events = [one for one in replica.service.events() if one["event"] == "decided"]
    return {shard_of(one["workload"].rpartition(" in ")[2], SHARDS) for one in events}


def test_every_namespace_is_governed_once(
    alone: None, sharers: Replicas, journeys: dict[int, list[Journey]]
) -> None:
    """Each bad release is rolled back in one whole course, by the replica that has the shard; by the API
    server's own log nobody else writes there."""
    released = [one for several in journeys.values() for one in several]
    for journey in released:
        journey.release(BAD)
    for journey in released:
        journey.wait_phase(BAD, "RolledBack", seconds=120)
        assert journey.acts() == WHOLE
    ours, theirs = map(decided, sharers.all)
    assert ours | theirs == {0, 1}
    assert not ours & theirs
    wrong, _ = usurped(sharers.testbed, SHARDS)
    assert wrong == []


def test_a_shard_moves_when_its_leader_is_killed_and_comes_back_with_it(
    alone: None, sharers: Replicas, journeys: dict[int, list[Journey]]
) -> None:
    """In mid-analysis: the other replica takes the shard, comes to the verdict, and gives the shard up
    again when the first one is back."""
    victim, heir = sharers.all
    (shard,) = decided(victim)
    journey = journeys[shard][0]
    bad = "shop/web:v2-slow-tail"
    journey.release(bad)
    journey.wait_phase(bad, "Analyzing", "RolledBack")
    victim.service.kill()
    sharers.testbed.wait(lambda: heir.shards == SHARDS, 60.0, "the shard has not moved")
    journey.wait_phase(bad, "RolledBack", seconds=120)
    assert journey.acts()[-4:] == WHOLE
    victim.service.start()
    wait_shared(sharers)
    wrong, passed = usurped(sharers.testbed, SHARDS)
    assert wrong == []
    assert passed
