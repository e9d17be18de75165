"""A service whose past is known, from its good days to the verdict on a release."""

import time
from pathlib import Path

import pytest

from controller.adapters.pasts import SqlitePasts
from controller.engine.workload import WorkloadKey
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl

PODS = 8
PAST_SECONDS = 30.0
"""Windows of one second, five a stretch, four stretches, and the pods' warm-up."""


@pytest.mark.usefixtures("alone")
def test_a_past_is_learned_kept_used_and_told(journey: Journey, tmp_path: Path) -> None:
    """What `rollctl calibrate` learns from Prometheus and keeps is what the service compares the
    next release with, and what it says so."""
    journey.deploy("shop/web:v1", replicas=PODS)
    served_since = time.monotonic()
    kept, prometheus = str(tmp_path / "rollctl.db"), journey.testbed.prometheus.url
    testbed = journey.testbed
    service = Rollctl(tmp_path, testbed.control_plane.kubeconfig, prometheus, "--journal", kept)
    file = write(service.policies, journey.namespace, policy(journey.namespace, limit="10s"))
    asked = ("calibrate", "-f", str(file), "deployment/web", "-n", journey.namespace)
    early = journey.rollctl(*asked, "--prometheus", prometheus, "--dry-run")
    assert early.returncode == 5, early.stdout + early.stderr
    assert "45 % (assumed)" in early.stdout
    assert "no samples that are 20 s old" in early.stderr

    time.sleep(max(0.0, served_since + PAST_SECONDS - time.monotonic()))
    learned = journey.rollctl(*asked, "--prometheus", prometheus, "--journal", kept)
    assert learned.returncode == 0, learned.stdout + learned.stderr
    store = SqlitePasts(kept)
    found = store.kept(WorkloadKey("Deployment", journey.namespace, "web"))
    store.close()
    assert found is not None
    latency = next(metric for metric in found.past.metrics if metric.name == "latency")
    assert latency.pods == PODS

    with service:
        journey.release("shop/web:v3")
        journey.wait(lambda: bool(journey.rollout.get("past")), "the past is not on record")
    assert journey.rollout["past"]["learned_at"] == found.past.learned_at
    told = journey.rollctl("explain", "deployment/web", "-n", journey.namespace).stdout
    assert f"({PODS} pods," in told
