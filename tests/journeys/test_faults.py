"""Parts that fail: the source, the service, the API server, a policy file."""

import time

import pytest

from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl, free_port


def test_prometheus_dies_in_mid_analysis_and_comes_back(
    journey: Journey, own_service: Rollctl
) -> None:
    """A source that dies neither rolls back nor promotes; when it is back the verdict comes."""
    prometheus = journey.testbed.prometheus
    journey.deploy("shop/web:v1")
    own_service.start()
    journey.release("shop/web:v3")
    journey.wait_phase("shop/web:v3", "Analyzing")
    prometheus.kill()
    try:
        journey.stays(lambda: journey.phase("shop/web:v3") == "Analyzing", 8, "acted while blind")
    finally:
        prometheus.start()
    assert journey.wait_phase("shop/web:v3", "Promoted", seconds=120) == "Promoted"


def test_prometheus_was_never_there(
    journey: Journey, own_service: Rollctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without data a rollout is held past its limit until a person lets it go."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setattr(own_service, "_options", [*own_service._options, "--prometheus", nowhere])
    write(
        own_service.policies, journey.namespace, policy(journey.namespace, limit="6s", startup="5s")
    )
    journey.deploy("shop/web:v1")
    own_service.start()
    journey.release("shop/web:v3")
    journey.wait_phase("shop/web:v3", "Holding")
    assert journey.rollout["verdict"] == "NoData"
    journey.stays(lambda: journey.paused, 3, "let go without data")
    done = journey.rollctl("resume", "deployment/web", "-n", journey.namespace)
    assert done.returncode == 0, done.stderr
    journey.wait_phase("shop/web:v3", "Promoted")


def test_without_a_prometheus(
    journey: Journey, own_service: Rollctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a Prometheus the pods' own pages are read, and a bad release is rolled back."""
    options = own_service._options
    at = options.index("--prometheus")
    monkeypatch.setattr(own_service, "_options", options[:at] + options[at + 2 :])
    journey.deploy("shop/web:v1")
    own_service.start()
    journey.release("shop/web:v2-errors")
    assert journey.wait_phase("shop/web:v2-errors", "RolledBack", seconds=90) == "RolledBack"
    assert journey.rollout["verdict"] == "Regressed"


def test_killed_in_mid_analysis(journey: Journey, own_service: Rollctl) -> None:
    """A service killed in mid-analysis takes up the held rollout and comes to the verdict."""
    journey.deploy("shop/web:v1")
    own_service.start()
    journey.release("shop/web:v2-errors")
    journey.wait_phase("shop/web:v2-errors", "Analyzing")
    own_service.kill()
    assert journey.paused
    own_service.start()
    assert journey.wait_phase("shop/web:v2-errors", "RolledBack") == "RolledBack"
    assert journey.acts() == ["Begin", "Hold", "RollBack", "Complete"]


def test_killed_between_decision_and_patch(journey: Journey, own_service: Rollctl) -> None:
    """A service killed after it has decided and before the API server took the patch decides
    the same again, once."""
    control_plane = journey.testbed.control_plane
    journey.deploy("shop/web:v1")
    own_service.start()
    journey.release("shop/web:v2-errors")
    journey.wait_phase("shop/web:v2-errors", "Analyzing")
    control_plane.kill_api_server()
    try:
        journey.wait(lambda: _has_failed_to_write(own_service), "never decided", seconds=60)
        own_service.kill()
    finally:
        control_plane.start_api_server()
    own_service.start()
    assert journey.wait_phase("shop/web:v2-errors", "RolledBack") == "RolledBack"
    assert journey.acts().count("RollBack") == 1


def _has_failed_to_write(service: Rollctl) -> bool:
    return any("not changed" in str(line["event"]) for line in service.events())


def test_broken_policy_keeps_the_last_good_one(governed: Journey, shared_service: Rollctl) -> None:
    """A policy file that breaks keeps its last good state, and says so in the log, a metric
    and `status`."""
    governed.deploy("shop/web:v1")
    broken = policy(governed.namespace).replace("warmup: 2s", "warmup: soon")
    write(shared_service.policies, governed.namespace, broken)
    governed.wait(
        lambda: "rollctl_policy_problems 1.0" in shared_service.page("metrics"), "no metric"
    )
    governed.release("shop/web:v2-errors")
    governed.wait_phase("shop/web:v2-errors", "Analyzing")
    told = governed.rollctl("status", "deployment/web", "-n", governed.namespace)
    assert "soon" in told.stdout, told.stderr
    assert governed.wait_phase("shop/web:v2-errors", "RolledBack") == "RolledBack"
    assert any("soon" in str(line.get("problem")) for line in shared_service.events())


def test_dry_run_decides_and_writes_nothing(
    journey: Journey, own_service: Rollctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run comes to a verdict in its log and leaves the workload as it is."""
    monkeypatch.setattr(own_service, "_options", [*own_service._options, "--dry-run"])
    quick = policy(journey.namespace, limit="20s")
    write(own_service.policies, journey.namespace, quick)
    journey.deploy("shop/web:v1")
    own_service.start()
    # What came before must be as long as what comes after.
    time.sleep(22)
    journey.release("shop/web:v2-errors")
    journey.wait(
        lambda: any(line.get("act") == "RollBack" for line in own_service.events()),
        "never decided",
        seconds=90,
    )
    assert journey.image() == "shop/web:v2-errors"
    assert journey.record == {}
