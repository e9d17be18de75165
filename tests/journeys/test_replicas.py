"""Two replicas: the leader is killed, paused and cut off in mid-analysis, and no verdict is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.journey import Journey, policy, write
from tests.journeys.replicas import Replicas, replicas, usurped
from tests.testbed.cluster import Testbed

LISTENS = "0A"
BAD, GOOD = "shop/web:v2-errors", "shop/web:v3"
WAYS: list[Callable[[Replicas], float]] = [
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
    watched: Journey, two: Replicas, way: Callable[[Replicas], float]
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


def listening(pid: int) -> set[str]:
    """The addresses and ports at which a process listens, as the kernel has them."""
    sockets = {
        str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()
    }
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and f"socket:[{fields[9]}]" in sockets:
                found.add(fields[1])
    return found


def test_one_port_and_no_other_is_listened_at(two: Replicas) -> None:
    """Nothing listens but what --listen names."""
    for replica in two.all:
        port = int(replica.service.address.rpartition(":")[2])
        assert listening(replica.service.pid) == {f"0100007F:{port:04X}"}


def test_a_freeze_is_obeyed_by_whoever_leads_and_thawed(watched: Journey, two: Replicas) -> None:
    """After `rollctl freeze` a release is not even written down, though another replica comes to lead;
    after `rollctl thaw` the next one is. Each command says what it did and who hears of it."""
    watched.deploy("shop/web:v1")
    done = watched.rollctl("freeze", "--reason", "incident 42", "--as-name", "ada", "--for", "1h")
    assert done.returncode == 0, done.stderr
    assert "hears of it within seconds" in done.stdout
    leader = two.leader()
    watched.wait(lambda: leader.frozen, "the leader did not hear of it", seconds=10)
    watched.release(BAD)
    watched.stays(lambda: not watched.record, 5, "a frozen rollctl began something")
    two.end()
    watched.stays(lambda: not watched.record, 5, "the new leader did not hear of the freeze")
    done = watched.rollctl("thaw")
    assert done.returncode == 0, done.stderr
    assert "incident 42" in done.stdout
    leader = two.leader()
    watched.wait(lambda: not leader.frozen, "the leader did not hear of the thaw", seconds=10)
    watched.release(GOOD)
    watched.wait(lambda: "Begin" in watched.acts(), "nothing was taken up after the thaw")
    assert "is not frozen" in watched.rollctl("thaw").stdout
