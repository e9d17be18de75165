"""Good and bad releases, from the push to the end."""

from tests.journeys.journey import Journey
from tests.journeys.service import Rollctl

ENDS = ("RolledBack", "Promoted", "Superseded")


def test_bad_release_errors(governed: Journey) -> None:
    """A release that fails requests is held, rolled back by digest, and the reason is told."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-errors")
    governed.wait_phase("shop/web:v2-errors", "Analyzing")
    assert governed.wait_phase("shop/web:v2-errors", *ENDS) == "RolledBack"
    assert governed.image().startswith("shop/web:v1@sha256:")
    assert not governed.paused
    assert governed.rollout["verdict"] == "Regressed"
    assert "errors" in governed.rollout["reason"]
    assert governed.acts() == ["Begin", "Hold", "RollBack", "Complete"]
    assert "RolledBack" in governed.events()


NEVER_HEALTHY = "back to shop/web:v1, never judged Healthy by rollctl: it is what ran before"


def test_an_unproven_target_is_told(governed: Journey, shared_service: Rollctl) -> None:
    """Where a rollback goes to a version that was never found Healthy, the record, the Event, the log and
    `status` say so; where it goes to one that was, none of them does."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-errors")
    assert governed.wait_phase("shop/web:v2-errors", *ENDS) == "RolledBack"
    assert NEVER_HEALTHY in governed.rollout["reason"]
    assert [NEVER_HEALTHY in note for note in governed.notes("RolledBack")] == [True]
    decided = [
        line for line in shared_service.events(f"web in {governed.namespace}") if "act" in line
    ]
    assert [NEVER_HEALTHY in line["reason"] for line in decided if line["act"] == "RollBack"] == [
        True
    ]
    status = governed.rollctl("status", "deployment/web", "-n", governed.namespace)
    assert "Returns to:   shop/web:v1 (never judged Healthy by rollctl" in status.stdout
    assert NEVER_HEALTHY in status.stdout

    governed.release("shop/web:v3")
    assert governed.wait_phase("shop/web:v3", *ENDS, seconds=90) == "Promoted"
    governed.release("shop/web:v2-slow-tail")
    assert governed.wait_phase("shop/web:v2-slow-tail", *ENDS) == "RolledBack"
    assert "never judged" not in governed.rollout["reason"]
    status = governed.rollctl("status", "deployment/web", "-n", governed.namespace)
    assert "Returns to:   shop/web:v3 (found Healthy before)" in status.stdout


def test_bad_release_tail_only(governed: Journey) -> None:
    """A release that only makes the slowest requests slower is rolled back for its latency."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-slow-tail")
    assert governed.wait_phase("shop/web:v2-slow-tail", *ENDS) == "RolledBack"
    assert governed.rollout["reason"].startswith("latency")


def test_good_release(governed: Journey) -> None:
    """A release that is no worse is held, found Healthy, resumed to the end and remembered."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v3")
    governed.wait_phase("shop/web:v3", "Analyzing")
    governed.wait(lambda: governed.paused, "never held")
    assert governed.wait_phase("shop/web:v3", *ENDS, seconds=90) == "Promoted"
    assert governed.rollout["verdict"] == "Healthy"
    assert governed.record["good"]["images"] == {"app": "shop/web:v3"}
    assert not governed.paused
    governed.testbed.wait_rolled_out(governed.namespace, "web")
    assert governed.image() == "shop/web:v3"


def test_quarantined_digest(governed: Journey) -> None:
    """A digest that was rolled back is refused at once when it comes back under another tag."""
    testbed = governed.testbed
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-errors")
    governed.wait_phase("shop/web:v2-errors", "RolledBack")
    digest = governed.record["quarantine"][0]["digest"]
    again = f"shop/web:v2-again@{digest}"
    testbed.set_image(governed.namespace, "web", again)
    governed.wait_phase(again, "RollingBack", "RolledBack", seconds=10)
    assert "quarantine" in governed.rollout["reason"]
    governed.wait_phase(again, "RolledBack")
    assert governed.image().startswith("shop/web:v1@sha256:")


def test_crash_loop(governed: Journey) -> None:
    """A release whose pods crash is rolled back although it sends no metrics."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-crashing")
    assert governed.wait_phase("shop/web:v2-crashing", *ENDS) == "RolledBack"
    assert "crash loop" in governed.rollout["reason"]


def test_image_pull_back_off(governed: Journey) -> None:
    """A release whose image cannot be pulled is rolled back after the start-up deadline."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-missing")
    assert governed.wait_phase("shop/web:v2-missing", *ENDS) == "RolledBack"
    assert "ImagePull" in governed.rollout["reason"]


def test_two_containers(governed: Journey) -> None:
    """Of two containers only the changed one is new, and both come back by digest."""
    sidecar = {"name": "sidecar", "image": "shop/sidecar:v1"}
    governed.deploy("shop/web:v1", extra_containers=[sidecar])
    governed.release("shop/web:v2-errors")
    assert governed.wait_phase("shop/web:v2-errors", *ENDS) == "RolledBack"
    assert governed.image("app").startswith("shop/web:v1@sha256:")
    assert governed.image("sidecar").startswith("shop/sidecar:v1@sha256:")
    bad = governed.record["quarantine"]
    assert [entry["image"] for entry in bad] == ["shop/web:v2-errors"]


def test_ungoverned_workload(journey: Journey, shared_service: Rollctl) -> None:
    """A workload that no policy governs is never touched."""
    journey.deploy("shop/web:v1")
    journey.release("shop/web:v2-errors")
    journey.testbed.wait_rolled_out(journey.namespace, "web")
    annotations = journey.deployment["metadata"].get("annotations", {})
    assert not [name for name in annotations if name.startswith("rollctl.dev/")]
    assert shared_service.events(f"web in {journey.namespace}") == []
