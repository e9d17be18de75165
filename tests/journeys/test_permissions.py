"""The shipped roles: enough for a whole life of releases, and nothing in them unneeded, by the
API server's own audit log."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from controller.adapters.kubernetes.permissions import PERMISSIONS, READING
from controller.ports.access import Permission
from tests.deploy.accounts import shipped
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl

# Everybody may ask what he may do; `rollctl doctor` does.
OF_EVERYBODY = frozenset({"selfsubjectaccessreviews"})
BAD = "shop/web:v2-errors"


def used(journey: Journey, account: str, earlier: int = 0) -> Counter[tuple[str, str, str]]:
    """How often this account has made use of each permission, and was never refused, but for its
    `earlier` requests, which were of other journeys."""
    audited = journey.testbed.control_plane.audited(account)
    requests = [one for one in audited[earlier:] if one.resource not in OF_EVERYBODY]
    assert [one for one in requests if one.code == 403] == []
    return Counter((one.group, one.resource, one.verb) for one in requests)


def show(
    account: str, permissions: Sequence[Permission], times: Counter[tuple[str, str, str]]
) -> None:
    """The table of what was used."""
    for one in permissions:
        sys.stdout.write(f"{account:20} {one!s:28} {times[one.rule]:6} requests\n")


def rolled_back(journey: Journey) -> None:
    """A good release, then a bad one that is put back."""
    journey.deploy("shop/web:v1")
    journey.release(BAD)
    journey.wait_phase(BAD, "RolledBack", seconds=90)
    assert journey.image().startswith("shop/web:v1@")


def test_every_permission_is_used_and_no_other(
    governed: Journey, shared_service: Rollctl, shipped_account: Path
) -> None:
    """Rollbacks of a template and of images alone, under the shipped account, take each
    permission of the shipped role, and never ask for anything else. The service may have begun to
    list and watch in another journey, one that asked for more or was refused on purpose."""
    audited = governed.testbed.control_plane.audited
    earlier = len(audited("rollctl"))
    rolled_back(governed)
    by_image = policy(governed.namespace).replace("scope: template", "scope: image")
    write(shared_service.policies, governed.namespace, by_image)
    governed.release("shop/web:v3")
    governed.wait_phase("shop/web:v3", "Promoted", seconds=120)
    governed.release("shop/web:v2-slow-tail")
    governed.wait_phase("shop/web:v2-slow-tail", "RolledBack", seconds=90)
    times = used(governed, "rollctl", earlier)
    show("rollctl", PERMISSIONS, times)
    granted = {one.rule for one in PERMISSIONS}
    assert set(times) <= granted
    assert granted <= {(one.group, one.resource, one.verb) for one in audited("rollctl")}


def started(journey: Journey, folder: Path, kubeconfig: Path, *options: str) -> Rollctl:
    """A service for this journey's namespace alone."""
    where = ("--namespace", journey.namespace)
    service = Rollctl(folder, kubeconfig, journey.testbed.prometheus.url, *where, *options)
    write(service.policies, journey.namespace, policy(journey.namespace, limit="20s"))
    return service


@pytest.mark.usefixtures("alone")
def test_a_role_in_one_namespace_is_enough(journey: Journey, tmp_path: Path) -> None:
    """With the Role for one namespace a bad release there is rolled back."""
    account = shipped(journey.testbed, "namespace", journey.namespace, "rollctl-one-namespace")
    with started(journey, tmp_path, account):
        rolled_back(journey)
    times = used(journey, "rollctl-one-namespace")
    show("one namespace", PERMISSIONS, times)
    assert set(times) <= {one.rule for one in PERMISSIONS}


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("variant", ["cluster-dry-run", "namespace-dry-run"])
def test_a_dry_run_needs_to_read_only(journey: Journey, tmp_path: Path, variant: str) -> None:
    """With the role for a dry run the service decides, and asks for nothing that writes."""
    scope = journey.namespace if variant.startswith("namespace") else ""
    account = shipped(journey.testbed, variant, scope, variant)
    journey.deploy("shop/web:v1")
    with started(journey, tmp_path, account, "--dry-run") as service:
        # What came before must be as long as what comes after.
        time.sleep(22)
        journey.release(BAD)
        journey.wait(
            lambda: any(line.get("act") == "RollBack" for line in service.events()),
            "never decided",
            seconds=90,
        )
    times = used(journey, variant)
    show(variant, READING, times)
    assert set(times) == {one.rule for one in READING}
    assert journey.image() == BAD
