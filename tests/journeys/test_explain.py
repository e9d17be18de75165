"""A rollback on a real cluster, told in words and drawn from the journal."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.usefixtures("alone")
def test_a_rollback_is_told_and_drawn(journey: Journey, tmp_path: Path) -> None:
    """The paragraph has the versions and the figures that decided, the picture every look."""
    journey.deploy("shop/web:v1")
    testbed, kept = journey.testbed, str(tmp_path / "rollctl.db")
    service = Rollctl(
        tmp_path,
        testbed.control_plane.kubeconfig,
        testbed.prometheus.url,
        *("--namespace", journey.namespace, "--journal", kept),
    )
    write(service.policies, journey.namespace, policy(journey.namespace))
    with service:
        journey.release("shop/web:v2-errors")
        journey.wait_phase("shop/web:v2-errors", "RolledBack")
    name = ("deployment/web", "-n", journey.namespace)
    told = journey.rollctl("explain", *name)
    words = " ".join(told.stdout.split())
    assert "The new version (shop/web:v2-errors) is worse than the old one (shop/web:v1)" in words
    assert "requests counted as errors on the new pods" in words
    assert "So rollctl rolled it back to shop/web:v1" in words
    drawn = journey.rollctl("explain", *name, "--plot", "-", "--journal", kept)
    assert drawn.returncode == 0, drawn.stderr
    root = ET.fromstring(drawn.stdout)
    points = [use for group in root.iter(f"{SVG}g") for use in group.findall(f"{SVG}use")]
    assert "#r" in {point.attrib["href"] for point in points}
