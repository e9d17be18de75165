"""The image without an engine: what the Dockerfile copies, installed by the script that it runs.

Why: that the shipped command starts from the shipped locks can be shown by the same steps.
Never here: the base image, users, a read-only root.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deploy.dockerfile import of, stages
from tests.testbed.processes import CHECKOUT

INSTALL_SECONDS = 600


def build(folder: Path) -> Path:
    """Does what the build stage does, below `folder`; returns the program that it leaves."""
    source, target = folder / "src", folder / "opt"
    source.mkdir()
    (stage, _) = stages()
    for one in of(stage, "COPY"):
        *sources, place = one.words
        for name in sources:
            _copy(CHECKOUT / name, source / place)
    (run,) = of(stage, "RUN")
    command = [str(target) if word == "/opt/rollctl" else word for word in run.words]
    done = subprocess.run(
        command,
        cwd=source,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target / "bin" / "rollctl"


def _environment() -> dict[str, str]:
    """Ours, with the Python that runs the tests first, and no virtual environment's."""
    base = Path(sys.base_prefix) / "bin"
    without = {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    return {**without, "PATH": f"{base}{os.pathsep}{os.environ['PATH']}"}


def _copy(what: Path, place: Path) -> None:
    if what.is_dir():
        shutil.copytree(what, place, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(what, place)
