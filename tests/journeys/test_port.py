"""The service's one port as it is run in production: TLS, who may see the status, and what listens."""

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import requests

from controller.adapters.kubernetes.permissions import PERMISSIONS, REVIEWS
from tests.controller.adapters.certificate.pairs import Mount, issued
from tests.controller.test_viewers import viewer
from tests.deploy.accounts import shipped
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.journeys.sockets import listening
from tests.testbed.certificates import Authority

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("alone")]

ACCOUNT = "rollctl-port"
SECRET = "of-the-testbed-and-long"


@dataclass(frozen=True)
class Stage:
    """A service over TLS, with everything turned on that could listen."""

    journey: Journey
    service: Rollctl
    mount: Mount
    authority: Authority

    def get(self, token: str, namespace: str = "") -> requests.Response:
        """What is answered to this token."""
        with requests.Session() as session:
            session.trust_env, session.verify = False, str(self.authority.pair.certificate)
            return session.get(
                f"{self.service.address}/api/v1/status",
                params={"namespace": namespace} if namespace else None,
                headers={"Authorization": f"Bearer {token}"},
                timeout=20,
            )

    def shown(self) -> str:
        """The certificate that a new connection is shown."""
        return sha256(
            ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", self.service.port)))
        ).hexdigest()


@pytest.fixture
def stage(journey: Journey, tmp_path: Path) -> Iterator[Stage]:
    """Under exactly the shipped roles."""
    testbed = journey.testbed
    account = shipped(testbed, "cluster", account=ACCOUNT)
    shipped(testbed, "status-api", account=ACCOUNT)
    authority, pair = issued(tmp_path / "authority")
    mount = Mount(tmp_path / "secret")
    mount.put_pair(pair)
    secret = tmp_path / "webhook"
    secret.write_text(SECRET)
    options = {
        "--tls-cert-file": mount.files.certificate,
        "--tls-key-file": mount.files.key,
        "--webhook-secret-file": secret,
        "--journal": tmp_path / "rollctl.db",
        "--namespace": journey.namespace,
    }
    given = [str(word) for option in options.items() for word in option]
    service = Rollctl(tmp_path, account, testbed.prometheus.url, *given, "--status-api")
    service.trust = ssl.create_default_context(cafile=authority.pair.certificate)
    write(service.policies, journey.namespace, policy(journey.namespace))
    try:
        service.start()
        yield Stage(journey, service, mount, authority)
    finally:
        service.stop()


def command(journey: Journey) -> str:
    """What `rollctl status -o json` prints to an administrator."""
    words = ["status", "-o", "json", "-n", journey.namespace]
    where = ["--kubeconfig", str(journey.testbed.control_plane.kubeconfig)]
    line = [sys.executable, "-m", "controller.cli", *words, *where]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def test_the_status_is_told_to_who_may_see_it(stage: Stage) -> None:
    """By tokens of real accounts: what the command prints, to whom the API server lets list Deployments
    there; the service uses its two further permissions for it and no other."""
    journey, namespace = stage.journey, stage.journey.namespace
    journey.deploy("shop/web:v1")
    journey.release("shop/web:v3")
    journey.wait_phase("shop/web:v3", "Promoted", seconds=120)
    token = viewer(journey.testbed, namespace, "dashboard", everywhere=False)
    deadline = time.monotonic() + 30
    while stage.get(token, namespace).text != command(journey):
        assert time.monotonic() < deadline, stage.get(token, namespace).text
        time.sleep(1)
    (item,) = stage.get(token, namespace).json()["items"]
    assert (item["target"], item["phase"]) == ("deployment/web", "Promoted")
    refused = stage.get(token)
    assert refused.status_code == 403
    assert (
        f"system:serviceaccount:{namespace}:dashboard may not list deployments.apps" in refused.text
    )
    stranger = stage.get("nobody's")
    assert (stranger.status_code, stranger.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    used = {
        (one.group, one.resource, one.verb)
        for one in journey.testbed.control_plane.audited(ACCOUNT)
    }
    reviews = {one.rule for one in REVIEWS}
    assert reviews <= used <= reviews | {one.rule for one in PERMISSIONS}
    log = stage.service.log.read_text()
    assert token not in log
    assert token not in log.replace("\\", "")


def test_a_certificate_is_renewed_in_the_running_service(stage: Stage, tmp_path: Path) -> None:
    """As a Secret is updated: new connections see it, the metrics its end, and a broken one is seen
    there too."""
    before, listener = stage.shown(), listening(stage.service.pid)
    ended_at = metric(stage, "rollctl_tls_certificate_expiry_timestamp_seconds")
    assert abs(ended_at - time.time() - 2 * 86_400) < 600
    stage.mount.put("no certificate", "no key")
    wait(lambda: metric(stage, "rollctl_tls_certificate_stale") == 1)
    assert stage.shown() == before
    authority, pair = issued(tmp_path / "next")
    stage.mount.put_pair(pair)
    wait(lambda: stage.shown() != before)
    stage.service.trust = ssl.create_default_context(cafile=authority.pair.certificate)
    assert metric(stage, "rollctl_tls_certificate_stale") == 0
    assert metric(stage, "rollctl_tls_certificate_expiry_timestamp_seconds") > ended_at
    assert listening(stage.service.pid) == listener


def test_nothing_listens_but_the_one_port(stage: Stage) -> None:
    """With everything turned on, as docs/security.md says; and there is nobody there in the clear."""
    stage.journey.deploy("shop/web:v1")
    assert listening(stage.service.pid) == {f"tcp 127.0.0.1:{stage.service.port}"}
    with socket.create_connection(("127.0.0.1", stage.service.port), 5) as wire:
        wire.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.settimeout(5)
        assert b"HTTP" not in wire.recv(1_000)


def test_a_service_as_it_comes_listens_on_one_port(own_service: Rollctl) -> None:
    """On loopback and nowhere else, and tells nothing of workloads."""
    own_service.start()
    assert listening(own_service.pid) == {f"tcp 127.0.0.1:{own_service.port}"}
    answer = requests.get(f"{own_service.address}/api/v1/status", timeout=5)
    assert (answer.status_code, "--status-api" in answer.text) == (404, True)


def test_a_file_of_tokens_lets_in_who_has_one(
    journey: Journey, tmp_path: Path, shipped_account: Path
) -> None:
    """Without a right more of the service's own; a token that is taken out is nobody's at once."""
    tokens = tmp_path / "tokens"
    tokens.write_text(f"{SECRET}\nanother-one-that-is-long\n")
    given = ("--namespace", journey.namespace, "--api-token-file", str(tokens))
    with Rollctl(tmp_path, shipped_account, journey.testbed.prometheus.url, *given) as service:
        page = f"{service.address}/api/v1/status"
        bearer = {"Authorization": f"Bearer {SECRET}"}
        assert requests.get(page, headers=bearer, timeout=10).json()["kind"] == "StatusList"
        assert requests.get(page, timeout=10).status_code == 401
        tokens.write_text("another-one-that-is-long\n")
        assert requests.get(page, headers=bearer, timeout=10).status_code == 401
        tokens.unlink()
        assert requests.get(page, headers=bearer, timeout=10).status_code == 503
        assert SECRET not in service.log.read_text()


def test_the_doctor_knows_what_the_status_api_needs(journey: Journey, tmp_path: Path) -> None:
    """Without its role the two permissions are missing, by name; with it nothing is, and without the
    option nobody asks."""
    (tmp_path / "policy.yaml").write_text(policy(journey.namespace))
    account = shipped(journey.testbed, "cluster", account="rollctl-doctored")

    def missing(*options: str) -> list[str]:
        words = ["doctor", "-f", str(tmp_path), "--kubeconfig", str(account), *options]
        line = [sys.executable, "-m", "controller.cli", *words]
        done = subprocess.run(line, capture_output=True, text=True, check=False)
        return [told for told in done.stdout.splitlines() if told.startswith("FAIL")]

    journey.deploy("shop/web:v1")
    wait(lambda: missing() == [])
    lacking = missing("--status-api")
    assert len(lacking) == len(REVIEWS)
    assert all(one.resource in told for one, told in zip(REVIEWS, lacking, strict=True))
    shipped(journey.testbed, "status-api", account="rollctl-doctored")
    wait(lambda: missing("--status-api") == [])


def metric(stage: Stage, name: str) -> float:
    """One of the service's own metrics, -1 while it does not answer."""
    rows = [row.split() for row in stage.service.page("metrics").splitlines()]
    return next((float(row[1]) for row in rows if row and row[0] == name), -1.0)


def wait(holds: Callable[[], bool]) -> None:
    """Returns once it holds; fails where it does not soon."""
    deadline = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)
