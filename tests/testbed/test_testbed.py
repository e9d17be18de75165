"""The laws of the testbed itself: it behaves as a cluster would.

Why: a journey that passes on a testbed that lies proves nothing.
Never here: rollctl.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.testbed.api import Document
from tests.testbed.cluster import Testbed
from tests.testbed.images import Behaviour, ImageCatalogue
from tests.testbed.processes import CHECKOUT, TestbedError, wait_until

pytestmark = pytest.mark.real

SOON_SECONDS = 30.0


def _container_statuses(testbed: Testbed, namespace: str, app: str) -> list[Document]:
    pods = testbed.pods(namespace, app)
    return [one for pod in pods for one in pod["status"].get("containerStatuses", [])]


def _waiting_reasons(testbed: Testbed, namespace: str, app: str) -> set[str]:
    statuses = _container_statuses(testbed, namespace, app)
    return {one["state"].get("waiting", {}).get("reason", "") for one in statuses}


def _release(
    testbed: Testbed, namespace: str, name: str, behaviour: Behaviour | None = None
) -> str:
    image = f"registry.example/{namespace}/{name}:v1"
    testbed.catalogue.publish(image, behaviour)
    testbed.apply_deployment(namespace, name, image)
    return image


def _series(testbed: Testbed, namespace: str, metric: str) -> dict[str, Any]:
    found = testbed.prometheus.query(f'sum by (pod) ({metric}{{namespace="{namespace}"}})')
    return {one["metric"]["pod"]: float(one["value"][1]) for one in found}


def test_deployment_becomes_available_with_true_statuses(testbed: Testbed, namespace: str) -> None:
    """Three pods of a Deployment become Ready, each with its own address and its imageID."""
    image = _release(testbed, namespace, "web")
    testbed.wait_rolled_out(namespace, "web")
    pods = testbed.pods(namespace, "web")
    published = testbed.catalogue.resolve(image)
    assert published is not None
    assert {pod["status"]["containerStatuses"][0]["imageID"] for pod in pods} == {
        published.image_id
    }
    assert len({pod["status"]["podIP"] for pod in pods}) == 3
    assert all(
        condition["status"] == "True" for pod in pods for condition in pod["status"]["conditions"]
    )


def test_new_image_rolls(testbed: Testbed, namespace: str) -> None:
    """Changing the image replaces every pod, and the old processes end."""
    _release(testbed, namespace, "web")
    testbed.wait_rolled_out(namespace, "web")
    old = [pod["status"]["podIP"] for pod in testbed.pods(namespace, "web")]
    testbed.catalogue.publish("registry.example/shop/web:v2", Behaviour(error_ratio=0.5))
    testbed.set_image(namespace, "web", "registry.example/shop/web:v2")
    testbed.wait_rolled_out(namespace, "web")
    testbed.wait(
        lambda: len(testbed.pods(namespace, "web")) == 3, SOON_SECONDS, "old pods are still there"
    )
    for address in old:
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://{address}:8080/healthz", timeout=2)


def test_paused_deployment_holds(testbed: Testbed, namespace: str) -> None:
    """A paused Deployment takes a new image and rolls nothing until it is let go."""
    _release(testbed, namespace, "web")
    testbed.wait_rolled_out(namespace, "web")
    testbed.catalogue.publish("registry.example/shop/web:v3")
    testbed.pause(namespace, "web")
    testbed.set_image(namespace, "web", "registry.example/shop/web:v3")
    with pytest.raises(TestbedError):
        testbed.wait(
            lambda: len(testbed.replica_sets(namespace, "web")) > 1, 2, "held, as it should be"
        )
    testbed.pause(namespace, "web", paused=False)
    testbed.wait_rolled_out(namespace, "web")
    assert len(testbed.replica_sets(namespace, "web")) == 2


def test_prometheus_counts_each_pods_requests(testbed: Testbed, namespace: str) -> None:
    """Prometheus shows the requests of every pod that visitors reach."""
    _release(testbed, namespace, "web", Behaviour(error_ratio=0.2))
    testbed.wait_rolled_out(namespace, "web")
    names = {pod["metadata"]["name"] for pod in testbed.pods(namespace, "web")}
    with testbed.start_traffic(requests_per_second=40, app="web") as traffic:
        testbed.wait(
            lambda: (
                {
                    pod
                    for pod, count in _series(testbed, namespace, "http_requests_total").items()
                    if count > 40
                }
                == names
            ),
            SOON_SECONDS,
            lambda: f"only {_series(testbed, namespace, 'http_requests_total')} of {names}",
        )
    score = traffic.stop()
    assert score["unanswered"] == 0
    assert 0.1 < score["failed"] / score["sent"] < 0.3


def test_rollout_fails_no_request(testbed: Testbed, namespace: str) -> None:
    """Visitors of a healthy service notice nothing of a rollout."""
    _release(testbed, namespace, "calm")
    testbed.wait_rolled_out(namespace, "calm")
    with testbed.start_traffic(requests_per_second=40, app="calm") as traffic:
        testbed.restart(namespace, "calm")
        testbed.wait_rolled_out(namespace, "calm")
    score = traffic.stop()
    assert score["sent"] > 0
    assert score["failed"] == 0


def test_crash_loop_shows(testbed: Testbed, namespace: str) -> None:
    """A program that dies at once ends in CrashLoopBackOff, restarts on and is never ready."""
    _release(testbed, namespace, "broken", Behaviour(crash_loop=True))

    def looping() -> bool:
        statuses = _container_statuses(testbed, namespace, "broken")
        restarted = [one["restartCount"] >= 2 and not one["ready"] for one in statuses]
        reasons = _waiting_reasons(testbed, namespace, "broken")
        return all(restarted) and "CrashLoopBackOff" in reasons

    testbed.wait(looping, SOON_SECONDS, "no crash loop")
    statuses = _container_statuses(testbed, namespace, "broken")
    endings = [one["lastState"].get("terminated") or one["state"]["terminated"] for one in statuses]
    assert {ending["exitCode"] for ending in endings} == {1}


def test_out_of_memory_shows(testbed: Testbed, namespace: str) -> None:
    """A container that is killed for its memory says OOMKilled with code 137."""
    _release(testbed, namespace, "fat", Behaviour(oom=True))

    def killed() -> bool:
        statuses = _container_statuses(testbed, namespace, "fat")
        endings = [one["lastState"].get("terminated", {}) for one in statuses]
        return any(
            ending.get("reason") == "OOMKilled" and ending["exitCode"] == 137 for ending in endings
        )

    testbed.wait(killed, SOON_SECONDS, "nothing was killed")


@pytest.mark.parametrize("published", [True, False])
def test_image_that_cannot_be_pulled_shows(
    testbed: Testbed, namespace: str, *, published: bool
) -> None:
    """An image that cannot be pulled ends in ImagePullBackOff, and its pod stays Pending."""
    if published:
        _release(testbed, namespace, "absent", Behaviour(pull_error=True))
    else:
        testbed.apply_deployment(namespace, "absent", "registry.example/never/published:v1")
    testbed.wait(
        lambda: "ImagePullBackOff" in _waiting_reasons(testbed, namespace, "absent"),
        SOON_SECONDS,
        "no back-off",
    )
    assert {pod["status"]["phase"] for pod in testbed.pods(namespace, "absent")} == {"Pending"}


def test_pull_heals(testbed: Testbed, namespace: str) -> None:
    """A pod whose image appears in the registry later becomes ready without help."""
    testbed.apply_deployment(namespace, "late", f"registry.example/{namespace}/late:v1")
    testbed.wait(
        lambda: "ImagePullBackOff" in _waiting_reasons(testbed, namespace, "late"),
        SOON_SECONDS,
        "no back-off",
    )
    testbed.catalogue.publish(f"registry.example/{namespace}/late:v1")
    testbed.wait_rolled_out(namespace, "late")


def test_sidecar_has_a_status_of_its_own(testbed: Testbed, namespace: str) -> None:
    """A second container has its own imageID, and one process serves for the pod."""
    app, sidecar = f"registry.example/{namespace}/app:v1", "registry.example/mesh/proxy:1.0"
    testbed.catalogue.publish(app)
    testbed.catalogue.publish(sidecar, Behaviour(serves=False))
    testbed.apply_deployment(
        namespace, "pair", app, replicas=1, extra_containers=[{"name": "proxy", "image": sidecar}]
    )
    testbed.wait_rolled_out(namespace, "pair")
    (pod,) = testbed.pods(namespace, "pair")
    repositories = [one["imageID"].split("@")[0] for one in pod["status"]["containerStatuses"]]
    assert repositories == [f"registry.example/{namespace}/app", "registry.example/mesh/proxy"]


def test_digest_outlives_its_tag(tmp_path: Path) -> None:
    """Moving a tag leaves the old digest pullable; the same release has the same digest."""
    catalogue = ImageCatalogue(tmp_path / "images.json")
    old = catalogue.publish("shop/web:v1", Behaviour(error_ratio=0.1))
    new = catalogue.publish("shop/web:v1", Behaviour(error_ratio=0.2))
    found = catalogue.resolve(f"shop/web:v1@{old}")
    assert found is not None
    assert found.behaviour.error_ratio == 0.1
    assert new != old == catalogue.publish("shop/web:v1", Behaviour(error_ratio=0.1))


def test_api_server_restart_is_survived(testbed: Testbed, namespace: str) -> None:
    """After a crash of the API server the nodes go on: a release made afterwards rolls out."""
    _release(testbed, namespace, "web")
    testbed.wait_rolled_out(namespace, "web")
    testbed.control_plane.kill_api_server()
    with pytest.raises(requests.ConnectionError):
        testbed.api.get("/readyz")
    testbed.control_plane.start_api_server()
    testbed.restart(namespace, "web")
    testbed.wait_rolled_out(namespace, "web")


def test_prometheus_restart_keeps_its_data(testbed: Testbed, namespace: str) -> None:
    """After a crash Prometheus still knows what it saw before, and scrapes on."""
    _release(testbed, namespace, "web")
    testbed.wait_rolled_out(namespace, "web")
    up = f'count_over_time(up{{namespace="{namespace}"}}[10m])'
    testbed.wait(lambda: len(testbed.prometheus.query(up)) == 3, SOON_SECONDS, "no scrapes")
    before = min(float(one["value"][1]) for one in testbed.prometheus.query(up))
    testbed.prometheus.kill()
    testbed.prometheus.start()
    testbed.wait(
        lambda: all(float(one["value"][1]) > before + 1 for one in testbed.prometheus.query(up)),
        SOON_SECONDS,
        "no new scrapes",
    )


def test_service_account_has_only_its_own_rights(testbed: Testbed, namespace: str) -> None:
    """A service account without a role may not read pods."""
    token = testbed.control_plane.token_for("nobody", namespace)
    answer = requests.get(
        f"{testbed.control_plane.url}/api/v1/pods",
        headers={"Authorization": f"Bearer {token}"},
        verify=str(testbed.control_plane.ca_file),
        timeout=10,
    )
    assert answer.status_code == requests.codes.forbidden


KILLED_RUN = """
import os, signal, sys, threading
from pathlib import Path
from tests.testbed.processes import Process
def start():
    print(Process("sleeper", ["sleep", "600"], Path(os.devnull)).pid, flush=True)
starter = threading.Thread(target=start)
starter.start()
starter.join()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_outlives_a_killed_run() -> None:
    """A process started for a test ends even when the test run is killed outright."""
    run = subprocess.run(
        [sys.executable, "-c", KILLED_RUN],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    sleeper = int(run.stdout)
    wait_until(lambda: _is_gone(sleeper), 5, "the sleeper lives on")


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A child of a killed parent stays a zombie where nobody reaps it; it runs no more.
    return ") Z " in Path(f"/proc/{pid}/stat").read_text()
