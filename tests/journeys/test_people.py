"""People who act at the same time as rollctl, and their orders."""

import re

from tests.journeys.journey import Journey


def test_a_persons_own_pause(governed: Journey) -> None:
    """A pause that a person set is left alone, whatever the verdict."""
    governed.deploy("shop/web:v1")
    governed.testbed.pause(governed.namespace, "web")
    governed.release("shop/web:v2-errors")
    governed.stays(lambda: governed.paused, 5, "the person's pause was lifted")
    assert not governed.rollout.get("held_since")
    governed.testbed.pause(governed.namespace, "web", paused=False)
    assert governed.wait_phase("shop/web:v2-errors", "RolledBack") == "RolledBack"


def test_rolling_forward_in_mid_analysis(governed: Journey) -> None:
    """A newer release in mid-analysis supersedes the older one and is judged against the same
    baseline."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v3")
    governed.wait_phase("shop/web:v3", "Analyzing")
    governed.release("shop/web:v4")
    governed.wait_phase("shop/web:v4", "Progressing", "Analyzing", "Promoting", "Promoted")
    assert "Supersede" in governed.acts()
    assert governed.rollout["baseline"]["images"] == {"app": "shop/web:v1"}
    governed.wait_phase("shop/web:v4", "Promoted", seconds=120)
    assert governed.image() == "shop/web:v4"


def test_a_persons_rollback(governed: Journey) -> None:
    """`rollctl rollback` returns a held release at once, and says who did it."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v3")
    governed.wait_phase("shop/web:v3", "Analyzing")
    name = f"deployment/web -n {governed.namespace} --as-name ada --reason why-not"
    done = governed.rollctl("rollback", *name.split())
    assert done.returncode == 0, done.stderr
    governed.wait_phase("shop/web:v3", "RolledBack")
    assert governed.image().startswith("shop/web:v1@sha256:")
    decision = next(d for d in governed.record["history"] if d["act"] == "RollBack")
    assert decision["by"] == "ada"


def test_a_persons_resume(governed: Journey) -> None:
    """`rollctl resume` lets a held release go to the end."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v3")
    governed.wait_phase("shop/web:v3", "Analyzing")
    done = governed.rollctl("resume", "deployment/web", "-n", governed.namespace)
    assert done.returncode == 0, done.stderr
    governed.wait_phase("shop/web:v3", "Promoted")
    assert not governed.paused


def test_pin_and_unpin(governed: Journey) -> None:
    """A pinned workload returns to its pin until it is unpinned."""
    governed.deploy("shop/web:v1")
    pinned = governed.rollctl("pin", "deployment/web", "-n", governed.namespace)
    assert pinned.returncode == 0, pinned.stderr
    governed.release("shop/web:v3")
    governed.wait_phase("shop/web:v3", "RolledBack")
    assert governed.image().startswith("shop/web:v1")
    unpinned = governed.rollctl("unpin", "deployment/web", "-n", governed.namespace)
    assert unpinned.returncode == 0, unpinned.stderr
    governed.testbed.wait_rolled_out(governed.namespace, "web")
    governed.release("shop/web:v4")
    governed.wait_phase("shop/web:v4", "Promoted", seconds=120)


def test_scale_and_restart_during_a_rollout(governed: Journey) -> None:
    """Scaling, and a restart of the pods, are no release and do not end an analysis."""
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-errors")
    governed.wait_phase("shop/web:v2-errors", "Analyzing")
    governed.testbed.scale(governed.namespace, "web", 6)
    governed.testbed.restart(governed.namespace, "web")
    assert governed.wait_phase("shop/web:v2-errors", "RolledBack") == "RolledBack"
    assert governed.deployment["spec"]["replicas"] == 6
    assert governed.acts().count("Begin") == 1


def test_status_tells_before_during_and_after(governed: Journey) -> None:
    """`rollctl status` and `explain` tell what is, from the cluster alone."""
    name = ("deployment/web", "-n", governed.namespace)
    governed.deploy("shop/web:v1")
    governed.release("shop/web:v2-errors")
    governed.wait_phase("shop/web:v2-errors", "Analyzing")
    during = governed.rollctl("status", *name)
    assert "Analyzing" in during.stdout, during.stderr
    governed.wait_phase("shop/web:v2-errors", "RolledBack")
    after = governed.rollctl("status", *name)
    assert after.returncode == 3, after.stderr
    assert "RolledBack" in after.stdout
    assert re.search(r"errors.*Regressed|Regressed.*errors", after.stdout, re.DOTALL)
    explained = governed.rollctl("explain", *name)
    assert "errors" in explained.stdout
    history = governed.rollctl("history", *name)
    assert "RollBack" in history.stdout
