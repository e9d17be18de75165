"""`rollctl doctor` on a real cluster: one installation that is well, five that are not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.adapters.kubernetes.permissions import LEASE, PERMISSIONS
from tests.deploy.accounts import HOME, grant, renamed
from tests.deploy.roles import role
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import free_port
from tests.testbed.cluster import Testbed

ENOUGH_EVENTS_SECONDS = 30.0
LACKING = "patch deployments.apps"


class Doctor:
    """Somebody who asks for a diagnosis."""

    def __init__(self, journey: Journey, folder: Path, kubeconfig: Path) -> None:
        self.journey = journey
        self.folder = folder
        self.kubeconfig = kubeconfig
        self.prometheus = journey.testbed.prometheus.url
        self.policy = policy(journey.namespace)

    def asked(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The command as typed."""
        (self.folder / "policies").mkdir(exist_ok=True)
        write(self.folder / "policies", "shop", self.policy)
        command = [sys.executable, "-m", "controller.cli", "doctor"]
        command += ["-f", str(self.folder / "policies"), "--kubeconfig", str(self.kubeconfig)]
        command += ["--prometheus", self.prometheus, *options]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
        )

    def failures(self, *options: str) -> list[str]:
        """What is not well, line by line, which is also shown."""
        done = self.asked(*options)
        sys.stdout.write(f"exit {done.returncode}: {done.stderr}{done.stdout}\n")
        found = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
        assert bool(found) == (done.returncode != 0), done.stderr
        return found


@pytest.fixture
def doctor(journey: Journey, tmp_path: Path, shipped_account: Path) -> Doctor:
    """At a service that has traffic, with the shipped account."""
    journey.deploy("shop/web:v1", replicas=2)
    # Some seconds ago: the doctor asks for what is a second old.
    query = f'sum(increase(http_requests_total{{namespace="{journey.namespace}"}}[1m] offset 3s))'

    def busy() -> bool:
        found = journey.testbed.prometheus.query(query)
        return bool(found) and float(found[0]["value"][1]) > 0

    journey.wait(busy, "Prometheus has seen no traffic", ENOUGH_EVENTS_SECONDS)
    return Doctor(journey, tmp_path, shipped_account)


def test_a_healthy_installation(doctor: Doctor) -> None:
    """With the shipped account, a policy, its workload and its traffic, all is well."""
    assert doctor.failures() == []
    done = doctor.asked("-o", "json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, told["healthy"]) == (0, True)
    assert {one["level"] for one in told["checks"]} == {"ok"}, done.stdout


def test_a_missing_permission(doctor: Doctor) -> None:
    """An account that may not patch is told the rule that it lacks; nothing else fails."""
    testbed = doctor.journey.testbed
    doctor.kubeconfig = _lacking(testbed)
    (found,) = doctor.failures()
    assert LACKING in found
    assert 'add {apiGroups: ["apps"], resources: [deployments], verbs: [patch]}' in found
    assert doctor.asked().returncode == 4


def _lacking(testbed: Testbed) -> Path:
    account = "rollctl-lacking"
    path = testbed.control_plane.kubeconfig_for(account, HOME)
    others = [one for one in PERMISSIONS if str(one) != LACKING]
    for document in yaml.safe_load_all(role("ClusterRole", others, "Lacks one.")):
        grant(testbed, renamed(document, account), "")
    return path


def test_a_lease_that_it_may_not_take(doctor: Doctor) -> None:
    """Where leader election is on, its lease is asked for in the namespace that it stands in."""
    there = ("--leader-elect", "--lease-namespace", doctor.journey.namespace)
    found = doctor.failures(*there)
    assert len(found) == len(LEASE)
    assert all(f"is not allowed in {doctor.journey.namespace}" in line for line in found)
    doctor.kubeconfig = doctor.journey.testbed.control_plane.kubeconfig
    assert doctor.failures(*there) == []


def test_prometheus_cannot_be_reached(doctor: Doctor) -> None:
    """Nobody at the address: source and metrics say so, the rest is looked at all the same."""
    doctor.prometheus = f"http://127.0.0.1:{free_port()}"
    found = doctor.failures()
    assert "cannot be reached: check the address" in found[0]
    assert "--prometheus" in found[0]


def test_a_metric_is_absent(doctor: Doctor) -> None:
    """A metric that nobody exports is named."""
    doctor.policy = doctor.policy.replace("http_request_duration_seconds_bucket", "nobody_bucket")
    (found,) = doctor.failures()
    assert "no pod at all has a series of nobody_bucket" in found


def test_the_pod_is_in_another_label(doctor: Doctor) -> None:
    """Series that name the pod in another label are found, and the label to write is told."""
    config = doctor.folder / "prometheus.yaml"
    config.write_text("podLabel: kubernetes_pod_name\n")
    found = doctor.failures("--prometheus-config", str(config))
    assert len(found) == 2
    assert "name the pod in the label pod, not in kubernetes_pod_name" in found[0]
    assert "podLabel: pod" in found[0]


def test_there_is_no_traffic(doctor: Doctor) -> None:
    """A service that nobody visits would have no data, which is told before its release."""
    namespace, testbed = doctor.journey.namespace, doctor.journey.testbed
    testbed.apply_deployment(namespace, "idle", "shop/web:v1", replicas=2)
    testbed.wait_rolled_out(namespace, "idle")
    doctor.policy = doctor.policy.replace("app: web", "app: idle")
    doctor.journey.wait(lambda: _known(testbed, namespace), "idle is not scraped")
    found = doctor.failures()
    assert ["nothing was counted" in line for line in found] == [True, True]


def _known(testbed: Testbed, namespace: str) -> bool:
    query = f'count(http_requests_total{{namespace="{namespace}",app="idle"}} offset 3s)'
    return bool(testbed.prometheus.query(query))
