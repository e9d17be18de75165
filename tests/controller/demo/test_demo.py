"""The demo, as a person starts it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from controller.demo.stage import POLICY_FILE
from policies.load import load

pytestmark = pytest.mark.slow

LONGEST_SECONDS = 120
DEMO = [sys.executable, "-m", "controller.demo"]


def environment(directory: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(directory), "NO_COLOR": "1"}


def left_behind(directory: Path) -> list[str]:
    """Processes that were started for a demo in this directory."""
    mark = str(directory).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if mark in words and b"controller.demo" in words:
            found.append(process.name)
    return found


def test_its_policy_is_without_mistakes() -> None:
    """The policy that the demo ships is one that rollctl takes."""
    assert load([POLICY_FILE]).problems == ()


def test_the_bad_release_goes_and_the_good_one_stays(tmp_path: Path) -> None:
    """Within two minutes v2 is rolled back as Regressed and v3 is kept, and nothing is left."""
    began_at = time.monotonic()
    told = subprocess.run(
        DEMO,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_SECONDS,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "v2: RolledBack, verdict Regressed" in told.stdout
    assert "v3: Promoted" in told.stdout
    assert "\x1b" not in told.stdout
    assert time.monotonic() - began_at < LONGEST_SECONDS
    assert left_behind(tmp_path) == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("last", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, last: signal.Signals) -> None:
    """However the demo is ended in the middle, all that it started ends too."""
    demo = subprocess.Popen(DEMO, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
    assert demo.stdout is not None
    for line in demo.stdout:
        if "pods 3 v1" in line:
            break
    demo.send_signal(last)
    demo.communicate(timeout=30)
    deadline = time.monotonic() + 20
    while left_behind(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left_behind(tmp_path) == []
