"""What the operations guide promises to who must stop rollctl, on a real cluster."""

from pathlib import Path

import pytest

from tests.deploy.accounts import RBAC, shipped
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl

BAD = "shop/web:v2-errors"


def test_stopped_while_it_holds_a_release(journey: Journey, own_service: Rollctl) -> None:
    """Stopped, rollctl leaves a held rollout paused; a person resumes it with kubectl alone, and
    rollctl, back again, obeys."""
    journey.deploy("shop/web:v1")
    own_service.start()
    journey.release("shop/web:v3")
    journey.wait_phase("shop/web:v3", "Analyzing")
    assert own_service.stop() == 0
    journey.stays(lambda: journey.paused, 3.0, "let go by nobody")
    journey.testbed.pause(journey.namespace, "web", paused=False)
    journey.testbed.wait_rolled_out(journey.namespace, "web")
    own_service.start()
    journey.wait_phase("shop/web:v3", "Promoted")
    assert "Release" in journey.acts()
    assert not journey.paused


@pytest.mark.usefixtures("alone")
def test_without_its_binding_it_writes_nothing(journey: Journey, tmp_path: Path) -> None:
    """Once its binding is deleted a running rollctl writes nothing more, not even the rollback
    of a release that it holds, and names the rule that it lacks; given back, it does what is
    due."""
    testbed, account = journey.testbed, "rollctl-revoked"
    kubeconfig = shipped(testbed, "cluster", account=account)
    service = Rollctl(
        tmp_path, kubeconfig, testbed.prometheus.url, "--namespace", journey.namespace
    )
    write(service.policies, journey.namespace, policy(journey.namespace))
    journey.deploy("shop/web:v1")
    with service:
        journey.release(BAD)
        journey.wait_phase(BAD, "Analyzing")
        testbed.api.remove(f"{RBAC}/clusterrolebindings/{account}")
        journey.wait(lambda: _refused(service), "nothing was refused")
        journey.stays(lambda: journey.phase(BAD) == "Analyzing", 3.0, "it has written")
        assert "rollctl_write_failures_total 0.0" not in service.page("metrics")
        shipped(testbed, "cluster", account=account)
        journey.wait_phase(BAD, "RolledBack", seconds=150)


def _refused(service: Rollctl) -> bool:
    """Whether the rollback was refused; what it reads first is the old template."""
    lines = [str(line.get("why")) for line in service.events() if "not changed" in line["event"]]
    return any("resources: [replicasets], verbs: [get]} to its role" in line for line in lines)
