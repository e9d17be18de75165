"""What only a real API server shows: patches, rights, pods, a server that dies."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from kubernetes.config import incluster_config

from controller.adapters.kubernetes import connection
from controller.adapters.kubernetes.answers import Request
from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.kubeconfig import LeanCredentials
from controller.adapters.kubernetes.lister import KubernetesLister, open_credentials
from controller.adapters.kubernetes.watcher import KubernetesWatcher
from controller.adapters.kubernetes.writer import KubernetesWriter
from controller.engine.change import Restore
from controller.engine.workload import WorkloadKey
from controller.ports.platform import Refused, Vanished
from policies.model import RollbackScope
from tests.controller.kubernetes.cluster import KubectlUser, lent, platform_in
from tests.controller.platform_contract import Platform, change_of
from tests.testbed.api import Document
from tests.testbed.cluster import Testbed
from tests.testbed.images import Behaviour

pytestmark = pytest.mark.real

RULES: list[Document] = [
    {
        "apiGroups": ["apps"],
        "resources": ["deployments"],
        "verbs": ["get", "list", "watch", "patch"],
    },
    {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get", "list", "watch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["list", "watch"]},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]},
]


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Testbed:
    """The session's testbed."""
    return lent(request)


@pytest.fixture
def platform(cluster: Testbed, namespace: str) -> Iterator[Platform]:
    """A started adapter on a namespace of the test's own."""
    with platform_in(cluster, namespace) as platform:
        yield platform


def grant(cluster: Testbed, namespace: str, account: str, rules: list[Document]) -> str:
    """A service account with these rights in its namespace; its kubeconfig."""
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    path = cluster.control_plane.kubeconfig_for(account, namespace)
    cluster.api.create(f"{rbac}/roles", {"metadata": {"name": account}, "rules": rules})
    subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account}
    binding = {"metadata": {"name": account}, "subjects": [subject], "roleRef": role}
    cluster.api.create(f"{rbac}/rolebindings", binding)
    return str(path)


def test_a_deployment_without_annotations_takes_a_record(
    cluster: Testbed, platform: Platform, namespace: str
) -> None:
    """One that was made paused has no map of annotations; its first record makes one, once."""
    cluster.apply_deployment(namespace, "web", "x", replicas=0, spec={"paused": True})
    key = WorkloadKey("Deployment", namespace, "web")
    seen = platform.wait(key, lambda w: True)
    assert "annotations" not in cluster.get_deployment(namespace, "web")["metadata"]
    assert platform.applied(change_of(seen)).record.sequence == 1


def test_a_namespace_full_of_large_objects_is_seen(
    cluster: Testbed, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that are larger than an answer may be are asked for in parts, by the service and by a
    command."""
    monkeypatch.setattr(connection, "LARGEST_BODY", 600_000)
    filler = {"metadata": {"annotations": {"filler": "x" * 100_000}}}
    names = {f"large-{number:02d}" for number in range(12)}
    for name in names:
        cluster.apply_deployment(namespace, name, "shop/web:v1", replicas=0)
        path = f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"
        cluster.api.merge(path, filler)
    link = Connection(find_credentials(str(cluster.control_plane.kubeconfig), None))
    listed = KubernetesLister(link).list([namespace], "")
    assert {one.workload.key.name for one in listed} == names
    watcher = KubernetesWatcher(link, [namespace])
    watcher.start()
    seen = {key.name for key in tuple(watcher.keys())}
    watcher.stop()
    assert seen == names


def test_an_invalid_template_is_refused(platform: Platform) -> None:
    """A template that Kubernetes rejects is no conflict, even of a workload named "latest-test":
    trying again would be for ever."""
    seen = platform.made("latest-test", "latest")
    restore = Restore("", RollbackScope.IMAGE, {platform.container: ""})
    with pytest.raises(Refused, match="invalid"):
        platform.applied(change_of(seen, restore=restore))


@pytest.mark.parametrize("scope", list(RollbackScope))
def test_scope_says_how_much_comes_back(
    cluster: Testbed, platform: Platform, namespace: str, scope: RollbackScope
) -> None:
    """By image, an edit of the environment stays and only images go back; by template, the
    edit goes too. Init containers' images go back in both."""
    stranger = platform.stranger
    assert isinstance(stranger, KubectlUser)
    key = stranger.create("web", "v1")
    init = {"initContainers": [{"name": "migrate", "image": "r.example/migrate:1"}]}
    stranger.patch_template(key, {"spec": init})
    seen = platform.wait(key, lambda w: len(w.images) == 2 and w.current_revision() is not None)
    target = seen.current_revision()
    assert target is not None
    bad = {"name": "app", "image": "r.example/bad:2", "env": [{"name": "FLAG", "value": "on"}]}
    init["initContainers"][0]["image"] = "r.example/migrate:2"
    stranger.patch_template(key, {"spec": {"containers": [bad], **init}})
    released = platform.wait(key, lambda w: w.images["app"] == "r.example/bad:2")
    restore = Restore(target.name, scope, target.images)
    after = platform.applied(change_of(released, restore=restore))
    spec = cluster.get_deployment(namespace, "web")["spec"]["template"]["spec"]
    assert after.images == target.images
    assert ("env" in spec["containers"][0]) == (scope is RollbackScope.IMAGE)


def test_an_event_is_written_once(cluster: Testbed, platform: Platform, namespace: str) -> None:
    """A decision announced twice is one Event, which `kubectl describe` shows."""
    change = change_of(platform.made(), reason="é" * 5000)
    platform.writer.announce(change)
    platform.writer.announce(change)
    events = cluster.api.read(f"/api/v1/namespaces/{namespace}/events")["items"]
    ours = [one for one in events if one["reportingComponent"] == "rollctl.dev/controller"]
    assert [one["reason"] for one in ours] == ["RolledBack"]
    assert ours[0]["involvedObject"]["uid"] == change.seen.uid


def test_a_pod_that_was_taken_away_is_no_pod(
    cluster: Testbed, platform: Platform, namespace: str
) -> None:
    """A pod whose labels a person changed to look at it is the workload's no longer."""
    seen = platform.made()
    pod = platform.wait(seen.key, lambda w: bool(w.pods)).pods[0].name
    relabel = {"metadata": {"labels": {"app": "in-quarantine"}}}
    cluster.api.merge(f"/api/v1/namespaces/{namespace}/pods/{pod}", relabel)
    platform.wait(seen.key, lambda w: bool(w.pods) and pod not in {one.name for one in w.pods})


def test_pods_are_seen_as_they_are(cluster: Testbed, platform: Platform) -> None:
    """A served pod is ready with its digest; a crashing one says so."""
    seen = platform.made()
    ready = platform.wait(seen.key, lambda w: bool(w.pods) and w.pods[0].ready_at is not None)
    published = cluster.catalogue.resolve(platform.stranger.image("v1"))
    assert published is not None
    assert ready.pods[0].digests == {platform.container: published.digest}
    assert ready.revision_of(ready.pods[0]) == ready.current_revision()
    image = platform.stranger.image("v2")
    stranger = platform.stranger
    assert isinstance(stranger, KubectlUser)
    cluster.catalogue.publish(image, Behaviour(crash_loop=True))
    cluster.set_image(seen.key.namespace, seen.key.name, image)
    platform.wait(seen.key, lambda w: any(p.waiting == "CrashLoopBackOff" for p in w.pods))


def test_the_rights_named_are_enough(cluster: Testbed, namespace: str) -> None:
    """A Role with exactly these verbs lets the service watch, change, show and announce."""
    link = Connection(find_credentials(grant(cluster, namespace, "enough", RULES), None))
    watcher = KubernetesWatcher(link, (namespace,))
    platform = Platform(
        watcher, KubernetesWriter(link, "tests"), KubectlUser(cluster, namespace), "app"
    )
    watcher.start()
    try:
        seen = platform.made()
        target = seen.current_revision()
        assert target is not None
        restore = Restore(target.name, RollbackScope.TEMPLATE, target.images)
        change = change_of(platform.released(seen), restore=restore)
        after = platform.applied(change)
        platform.writer.announce(change)
        platform.writer.publish(after, "{}")
    finally:
        watcher.stop()


@pytest.mark.parametrize("missing", ["deployments", "replicasets", "pods"])
def test_a_missing_right_is_named(cluster: Testbed, namespace: str, missing: str) -> None:
    """Who may not list is told at the start which right of which resource is missing."""
    rules = [rule for rule in RULES if missing not in rule["resources"]]
    path = grant(cluster, namespace, "few", rules)
    watcher = KubernetesWatcher(Connection(find_credentials(path, None)), (namespace,))
    with pytest.raises(Refused, match=f"cannot list {missing}"):
        watcher.start()
    watcher.stop()


def whoami(link: Connection) -> str:
    """The name under which the API server knows us."""
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    body = b'{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}'
    answer = msgspec.json.decode(link.send(Request("POST", path, None, body)))
    return str(answer["status"]["userInfo"]["username"])


def test_in_cluster_the_token_is_sent_and_renewed(
    cluster: Testbed, namespace: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a pod the service account's token goes with each request, read anew as it rotates."""
    token = tmp_path / "token"
    host, port = cluster.control_plane.url.removeprefix("https://").split(":")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(token))
    ca_file = str(cluster.control_plane.ca_file)
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", ca_file)
    token.write_text(cluster.control_plane.token_for("first", namespace))
    link = Connection(find_credentials(None, None))
    assert whoami(link).endswith(":first")
    token.write_text(cluster.control_plane.token_for("second", namespace))
    # The loader reads the file again a minute after it last did, by this clock.
    later = datetime.now() + timedelta(minutes=2)  # noqa: DTZ005 - the loader's time is naive
    clock = SimpleNamespace(datetime=SimpleNamespace(now=lambda: later))
    monkeypatch.setattr("kubernetes.config.incluster_config.datetime", clock)
    assert whoami(link).endswith(":second")


def test_the_short_way_sees_the_same(cluster: Testbed, platform: Platform, namespace: str) -> None:
    """A command's one look shows what the service sees, of one workload and of all."""
    seen = platform.made()
    ready = platform.wait(seen.key, lambda w: bool(w.pods) and w.pods[0].ready_at is not None)
    credentials, _ = open_credentials(str(cluster.control_plane.kubeconfig), None)
    assert isinstance(credentials, LeanCredentials)
    lister = KubernetesLister(Connection(credentials))
    one = lister.one(namespace, seen.key.name).workload
    assert (one.uid, one.revisions, one.pods) == (ready.uid, ready.revisions, ready.pods)
    listed = [sighting.workload for sighting in lister.list([namespace], "")]
    assert [w.key for w in listed] == [seen.key]
    assert listed[0].pods == ()
    assert seen.key in {sighting.workload.key for sighting in lister.list([], "")}
    assert lister.list([namespace], "app=nobody") == []
    with pytest.raises(Vanished):
        lister.one(namespace, "nobody")
    credentials.pool.clear()
