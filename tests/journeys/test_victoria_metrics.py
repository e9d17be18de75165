"""The same journeys where a VictoriaMetrics stands in Prometheus' place."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.lateness import TOLD
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.journeys.test_history import PAST_SECONDS, PODS
from tests.testbed.cluster import Testbed
from tests.testbed.prometheus import pods_of_cluster
from tests.testbed.victoria_metrics import VictoriaMetricsServer

SHOWN_AFTER_SECONDS = "8"
"""VictoriaMetrics shows a sample two to four seconds after it took it; a busy machine, later."""


@pytest.fixture(scope="module")
def victoria_metrics(testbed: Testbed) -> Iterator[str]:
    """One that finds and scrapes the same pods as the testbed's Prometheus."""
    scraping = pods_of_cluster(testbed.control_plane.kubeconfig, 1)
    with VictoriaMetricsServer(scraping) as server:
        yield server.url


@pytest.mark.usefixtures("alone")
def test_a_past_is_learned_and_a_bad_release_is_rolled_back(
    journey: Journey, victoria_metrics: str, shipped_account: Path, tmp_path: Path
) -> None:
    """What `rollctl calibrate` learns there is on record when a bad release comes, which is held
    and rolled back by digest."""
    journey.deploy("shop/web:v1", replicas=PODS)
    served_since = time.monotonic()
    kept = str(tmp_path / "rollctl.db")
    options = ("--journal", kept, "--ingestion-delay", SHOWN_AFTER_SECONDS)
    service = Rollctl(tmp_path, shipped_account, victoria_metrics, *options)
    file = write(service.policies, journey.namespace, policy(journey.namespace, limit="10s"))
    time.sleep(max(0.0, served_since + PAST_SECONDS + 10.0 - time.monotonic()))
    asked = ("calibrate", "-f", str(file), "deployment/web", "-n", journey.namespace)
    learned = journey.rollctl(*asked, "--prometheus", victoria_metrics, "--journal", kept)
    assert learned.returncode == 0, learned.stdout + learned.stderr

    write(service.policies, journey.namespace, policy(journey.namespace))
    with service:
        journey.release("shop/web:v2-errors")
        journey.wait(lambda: bool(journey.rollout.get("past")), "the past is not on record")
        ends = ("RolledBack", "Promoted", "Superseded")
        assert journey.wait_phase("shop/web:v2-errors", *ends, seconds=120) == "RolledBack"
    assert journey.image().startswith("shop/web:v1@sha256:")
    assert journey.rollout["verdict"] == "Regressed"
    assert "errors" in journey.rollout["reason"]
    told = journey.typed("history", "deployment/web", "-n", journey.namespace, "--journal", kept)
    assert "RollBack" in told.stdout, told.stdout + told.stderr


@pytest.mark.usefixtures("alone")
def test_samples_that_come_too_late_are_told(
    journey: Journey, victoria_metrics: str, shipped_account: Path, tmp_path: Path
) -> None:
    """Where nobody set `--ingestion-delay`, `status` says what is missing and what to do."""
    journey.deploy("shop/web:v1")
    service = Rollctl(tmp_path, shipped_account, victoria_metrics, "--ingestion-delay", "0.1")
    undecided = policy(journey.namespace).replace("tolerance: 3pp", "tolerance: 0.01pp")
    write(service.policies, journey.namespace, undecided)
    with service:
        journey.release("shop/web:v3")
        asked = ("status", "deployment/web", "-n", journey.namespace)
        journey.wait(lambda: TOLD in journey.rollctl(*asked).stdout, "not told")
