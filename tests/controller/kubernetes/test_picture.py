"""What Kubernetes' fields mean for a rollout."""

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest
import structlog

from controller.adapters.kubernetes.picture import draw, fingerprint, revision
from controller.adapters.kubernetes.structs import Deployment, Pod, ReplicaSet
from controller.annotations import RECORD
from controller.engine.workload import PodState, Workload
from controller.history import family_of
from controller.ports.metrics import PodReference

DIGEST = "sha256:" + "a" * 64
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {
        "containers": [{"name": "app", "image": "r.example/app:1"}],
        "initContainers": [{"name": "migrate", "image": "r.example/migrate:1"}],
    },
}


def deployment(**metadata: Any) -> Deployment:
    """A Deployment with this metadata."""
    names = {"name": "web", "namespace": "shop", "uid": "u", "generation": 3}
    document = {"metadata": {**names, **metadata}, "spec": {"template": TEMPLATE}}
    return msgspec.json.decode(json.dumps(document), type=Deployment)


def drawn(*pods: dict[str, Any], **metadata: Any) -> Workload:
    """The workload with these pods."""
    read = [msgspec.json.decode(json.dumps(pod), type=Pod) for pod in pods]
    return draw(deployment(**metadata), (), read)


def pod(metadata: dict[str, Any] | None = None, **status: Any) -> PodState:
    """One pod with this status."""
    return drawn({"metadata": {"name": "web-1", **(metadata or {})}, "status": status}).pods[0]


def container(**status: Any) -> dict[str, Any]:
    """The status of one container."""
    return {"containerStatuses": [{"name": "app", **status}]}


def raw(template: dict[str, Any]) -> msgspec.Raw:
    """A template as it comes."""
    return msgspec.Raw(json.dumps(template).encode())


def test_fingerprints_ignore_order_and_the_hash() -> None:
    """Equal templates have equal fingerprints, whatever a ReplicaSet adds and in what order."""
    labels = {"pod-template-hash": "5d5f", "app": "web"}
    shuffled = {"spec": TEMPLATE["spec"], "metadata": {"labels": labels}}
    assert fingerprint(raw(TEMPLATE)) == fingerprint(raw(shuffled))
    changed = {**TEMPLATE, "metadata": {"labels": {"app": "other"}}}
    assert fingerprint(raw(TEMPLATE)) != fingerprint(raw(changed))


def test_init_containers_are_part_of_a_release() -> None:
    """The images of a workload are those of all its containers."""
    assert drawn().images == {"app": "r.example/app:1", "migrate": "r.example/migrate:1"}


@pytest.mark.parametrize(
    ("image_id", "digests"),
    [
        (f"r.example/app@{DIGEST}", {"app": DIGEST}),
        (f"docker-pullable://r.example/app@{DIGEST}", {"app": DIGEST}),
        (DIGEST, {}),
        ("", {}),
    ],
)
def test_only_a_registrys_digest_is_one(image_id: str, digests: dict[str, str]) -> None:
    """The id of an unpacked image names nothing that could be pulled again."""
    assert pod(**container(imageID=image_id)).digests == digests


@pytest.mark.parametrize(
    ("state", "waiting"),
    [
        ({"running": {}}, ""),
        ({"waiting": {"reason": "ContainerCreating"}}, ""),
        ({"waiting": {"reason": "PodInitializing"}}, ""),
        ({"waiting": {"reason": "CrashLoopBackOff"}}, "CrashLoopBackOff"),
        ({"waiting": {"reason": "ImagePullBackOff"}}, "ImagePullBackOff"),
        ({"waiting": {"reason": "CreateContainerConfigError"}}, "CreateContainerConfigError"),
        ({"terminated": {"reason": "Completed", "exitCode": 0}}, ""),
        ({"terminated": {"reason": "Error", "exitCode": 1}}, "Error"),
        ({"terminated": {"exitCode": 2}}, "Error"),
    ],
)
def test_waiting_says_why_a_container_does_not_run(state: dict[str, Any], waiting: str) -> None:
    """Only what keeps a container from running is a reason; starting is none."""
    assert pod(**container(state=state)).waiting == waiting


@pytest.mark.parametrize("where", ["state", "lastState"])
def test_a_kill_for_memory_is_seen(where: str) -> None:
    """Whether it lies dead or runs again."""
    dead = {"terminated": {"reason": "OOMKilled", "exitCode": 137}}
    assert pod(**container(**{where: dead})).out_of_memory
    assert not pod(**container(state={"running": {}})).out_of_memory


def test_init_containers_wait_too() -> None:
    """A pod whose init container cannot be pulled waits for it."""
    status = {
        "name": "migrate",
        "restartCount": 2,
        "state": {"waiting": {"reason": "ErrImagePull"}},
    }
    seen = pod(initContainerStatuses=[status])
    assert (seen.waiting, seen.restarts) == ("ErrImagePull", 2)


def test_readiness_has_its_time() -> None:
    """Ready since the condition's transition; not at all while it is False."""
    ready = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:10Z"}
    assert pod(conditions=[ready]).ready_at == 1767225610.0
    assert pod(conditions=[{**ready, "status": "False"}]).ready_at is None


def test_a_deleted_pod_leaves() -> None:
    """From the moment its deletion is wanted."""
    assert pod({"deletionTimestamp": "2026-01-01T00:00:10Z"}).leaving
    assert not pod().leaving


@pytest.mark.parametrize(
    ("port", "path", "address", "url"),
    [
        ("8080", None, "10.0.0.1", "http://10.0.0.1:8080/metrics"),
        ("8080", "/m?format=text", "10.0.0.1", "http://10.0.0.1:8080/m?format=text"),
        ("8080", "m", "10.0.0.1", "http://10.0.0.1:8080/m"),
        ("8080", None, "fd00::1", "http://[fd00::1]:8080/metrics"),
        ("8080", "@169.254.169.254/", "10.0.0.1", "http://10.0.0.1:8080/%40169.254.169.254/"),
        ("80@169.254.169.254/x", None, "10.0.0.1", None),
        ("http", None, "10.0.0.1", None),
        ("0", None, "10.0.0.1", None),
        (None, None, "10.0.0.1", None),
        ("8080", None, "", None),
    ],
)
def test_metrics_are_asked_of_the_pod_alone(
    port: str | None, path: str | None, address: str, url: str | None
) -> None:
    """No annotation sends the scraper anywhere but to the pod's own address."""
    marks = {"prometheus.io/port": port, "prometheus.io/path": path}
    annotations = {name: value for name, value in marks.items() if value is not None}
    assert pod({"annotations": annotations}, podIP=address).metrics_url == url


def test_a_lost_record_is_said_once() -> None:
    """However often pods change, one garbled record is one line in the log."""
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            assert drawn(annotations={RECORD: "{said once"}).record_text == "{said once"
    assert len(lines) == 1


@pytest.mark.parametrize(
    ("metadata", "owner"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "x"}}, "Argo CD"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}}, "Flux"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "x"}}, "Flux"),
        ({"labels": {"app.kubernetes.io/instance": "x"}}, ""),
    ],
)
def test_gitops_owners_are_known(metadata: dict[str, Any], owner: str) -> None:
    """Who would undo a rollback made in the cluster alone is told."""
    assert drawn(**metadata).owned_by == owner


def test_what_is_drawn_is_small() -> None:
    """A Deployment, its revisions and its pods are kept as a few fields, whatever else they say."""
    noise = {"n": "n" * 100_000}
    spec = {"template": {**TEMPLATE, **noise}, **noise}
    read = msgspec.json.decode(json.dumps({"metadata": noise, "spec": spec}), type=ReplicaSet)
    seen = {"metadata": {"name": "web-1", "labels": noise}, "status": {**noise}, "spec": noise}
    kept = replace(drawn(seen, annotations={"other": noise["n"]}), revisions=(revision(read),))
    assert len(msgspec.json.encode(kept)) < 2_000


@pytest.mark.parametrize(
    "template",
    [
        "null",
        "[]",
        "7",
        '"text"',
        "{}",
        '{"spec": null}',
        '{"metadata": {"labels": 1}}',
        "[" * 3_000,
    ],
)
def test_a_template_that_is_none_hides_nobody(template: str) -> None:
    """It has no images, and raises nothing."""
    read = deployment()
    read.spec.template = msgspec.Raw(template.encode())
    assert draw(read, (), ()).images == {}


@pytest.mark.parametrize(
    ("pod_name", "is_ours"),
    [
        ("web-7879575b7f-4dbvx", True),
        ("web-5d5f-zzzzz", True),
        ("web-api-7879575b7f-4dbvx", False),
        ("web-migrate-4dbvx", False),
        ("web-0", False),
        ("my-web-7879575b7f-4dbvx", False),
    ],
)
def test_a_pod_is_known_by_its_name(pod_name: str, is_ours: bool) -> None:
    """Pods that are long gone are told from those of a neighbour with a longer name, of a
    StatefulSet and of a Job."""
    family = family_of(drawn())
    assert family is not None
    assert family.includes(PodReference("shop", pod_name)) is is_ours
    assert not family.includes(PodReference("pay", pod_name))


def test_a_name_that_is_cut_short_tells_nothing() -> None:
    """Pods of a Deployment with a very long name cannot be told by theirs."""
    assert drawn(name="w" * 46).naming is not None
    assert drawn(name="w" * 47).naming is None


def test_a_dot_in_a_name_is_no_pattern() -> None:
    """A Deployment `my.web` has no pods of `myxweb`."""
    family = family_of(drawn(name="my.web"))
    assert family is not None
    assert family.includes(PodReference("shop", "my.web-7879575b7f-4dbvx"))
    assert not family.includes(PodReference("shop", "myxweb-7879575b7f-4dbvx"))
