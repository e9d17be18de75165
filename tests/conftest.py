"""What every test may ask for, and which tests are run on real parts."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# What decides whether a change lands must decide the same twice; at a desk chance may search.
# How busy the machine is must not decide either.
settings.register_profile(
    "landing", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
if os.environ.get("CI"):
    settings.load_profile("landing")

pytest_plugins = ["tests.testbed.fixtures"]

REAL = ("tests/journeys", "tests/testbed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs the testbed, so that it can be left out at a desk."""
    root = Path(__file__).parent.parent
    for item in items:
        place = item.path.relative_to(root).as_posix()
        if place.startswith(REAL):
            item.add_marker(pytest.mark.real)
