"""A write that was given up is not made later, when a broken network mends."""

import shutil
import subprocess
import sys

import pytest

OWN_NETWORK = ("unshare", "--user", "--map-root-user", "--net")


def came_through(give_up_seconds: float) -> list[str]:
    """The methods of all requests that the other side has ever seen."""
    module = "tests.controller.kubernetes.mended"
    command = [*OWN_NETWORK, sys.executable, "-m", module, str(give_up_seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout.split()


@pytest.fixture(scope="module", autouse=True)
def own_network() -> None:
    """Is allowed here, or there is nothing to see."""
    if shutil.which(OWN_NETWORK[0]) is None:
        pytest.skip("no unshare here, which gives a test a network of its own")
    if subprocess.run([*OWN_NETWORK, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine gives nobody a network of their own")


def test_the_kernel_gives_up_too() -> None:
    """Only the read before has come through."""
    assert came_through(1.0) == ["GET"]


def test_a_kernel_left_to_itself_would_not() -> None:
    """The law above can fail: with a minute's patience the write is made, long after it was given up."""
    assert came_through(60.0) == ["GET", "PATCH"]
