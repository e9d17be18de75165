"""A lease keeps what was written last, and lets nobody write who has not seen it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from controller.adapters.kubernetes.answers import Request
from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection, FencedConnection
from controller.adapters.kubernetes.lease import KubernetesLease
from controller.engine.freeze import Freeze
from controller.engine.leadership import Claim
from controller.engine.sharding import shard_of
from controller.ports.lease import Lease
from controller.ports.platform import Conflict, NotLeading, PlatformError
from tests.controller.kubernetes.cluster import lent
from tests.controller.lease_world import FakeLease, Office

A, B = Claim("a", 15.0, 0), Claim("b", 15.0, 1)


@pytest.fixture(params=["memory", pytest.param("api server", marks=pytest.mark.real)])
def lease(request: pytest.FixtureRequest) -> Iterator[Lease]:
    """Each kind in turn, nothing written yet."""
    if request.param == "memory":
        yield FakeLease()
        return
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    credentials = find_credentials(str(testbed.control_plane.kubeconfig), None)
    yield KubernetesLease(Connection(credentials), namespace, "rollctl", 5.0)
    credentials.pool.clear()


def test_what_was_written_is_read(lease: Lease) -> None:
    """Claim and version come back; before the first write there is nothing."""
    assert lease.read() is None
    said = lease.write(A, "")
    assert said[0] == A
    assert lease.read() == said


def test_a_version_differs_after_each_write(lease: Lease) -> None:
    """Also where the same is written again: a renewal must be seen."""
    _, first = lease.write(A, "")
    assert lease.write(A, first)[1] != first


def test_who_has_not_seen_the_last_write_is_refused(lease: Lease) -> None:
    """Of two that read the same, the second is told; nothing of it is kept."""
    _, first = lease.write(A, "")
    _, second = lease.write(B, first)
    for version in (first, ""):
        with pytest.raises(Conflict):
            lease.write(A, version)
    assert lease.read() == (B, second)


def test_a_lease_given_back_has_no_holder(lease: Lease) -> None:
    """Nobody's name is kept as nobody's."""
    _, version = lease.write(A, "")
    lease.write(Claim("", 15.0, 0), version)
    found = lease.read()
    assert found is not None
    assert found[0].holder == ""


FREEZE = Freeze("ada", 1_000.0, 2_000.0, "incident 42")


def test_a_freeze_is_seen_by_whoever_holds_the_lease(lease: Lease) -> None:
    """It is made where there is no lease, survives every renewal and hand-over, is told by each answer,
    and a renewal that has not seen it is a conflict."""
    assert lease.freeze(FREEZE).freeze == FREEZE
    found = lease.read()
    assert found is not None
    said, version = lease.write(replace(A, freeze=FREEZE), found[1])
    assert (said.holder, said.freeze) == ("a", FREEZE)
    assert lease.freeze(None).freeze is None
    with pytest.raises(Conflict):
        lease.write(replace(A, freeze=FREEZE), version)
    assert lease.read() is not None


@pytest.mark.real
def test_any_text_by_hand_freezes(request: pytest.FixtureRequest) -> None:
    """`kubectl annotate` with a word or two is enough, and the words are its reason."""
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    credentials = find_credentials(str(testbed.control_plane.kubeconfig), None)
    lease = KubernetesLease(Connection(credentials), namespace, "rollctl", 5.0)
    lease.write(A, "")
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/rollctl"
    testbed.api.merge(path, {"metadata": {"annotations": {"rollctl.dev/freeze": "we move"}}})
    found = lease.read()
    assert found is not None
    assert found[0].freeze is not None
    assert "we move" in found[0].freeze.told(0.0)
    credentials.pool.clear()


@pytest.mark.real
def test_a_namespace_that_is_not_there_is_said(request: pytest.FixtureRequest) -> None:
    """A lease that cannot be made is no conflict, but a fault with a name."""
    credentials = find_credentials(str(lent(request).control_plane.kubeconfig), None)
    lease = KubernetesLease(Connection(credentials), "nowhere", "rollctl", 5.0)
    with pytest.raises(PlatformError, match="nowhere") as caught:
        lease.write(A, "")
    assert not isinstance(caught.value, Conflict)
    credentials.pool.clear()


@pytest.mark.real
def test_a_fence_lets_nothing_through_but_looks(request: pytest.FixtureRequest) -> None:
    """Who does not lead may read, and whatever would change something is not even sent."""
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    credentials = find_credentials(str(testbed.control_plane.kubeconfig), None)
    fenced = FencedConnection(credentials, "rollctl", Office(), 5.0)
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    assert fenced.send(Request("GET", path))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        with pytest.raises(NotLeading):
            fenced.send(Request(method, path, None, b"{}"))
    credentials.pool.clear()


@pytest.mark.real
def test_a_fence_asks_for_the_namespace_that_is_written_to(request: pytest.FixtureRequest) -> None:
    """Who leads some shards writes in their namespaces, and in no other."""
    testbed, namespace = lent(request), request.getfixturevalue("namespace")
    credentials = find_credentials(str(testbed.control_plane.kubeconfig), None)
    shard = shard_of(namespace, 2)
    ours, theirs = (
        FencedConnection(credentials, "rollctl", Office(frozenset({led}), shards=2), 5.0)
        for led in (shard, 1 - shard)
    )
    path = f"/api/v1/namespaces/{namespace}/configmaps"
    made = Request("POST", path, None, b'{"metadata":{"name":"one"}}')
    with pytest.raises(NotLeading):
        theirs.send(made)
    assert ours.send(made)
    credentials.pool.clear()
