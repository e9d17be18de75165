"""What a vulnerability service knows of all that is locked, asked by pip-audit.

Why: pip-audit ends well where whom it asks knows none of the packages; what was not answered must not count as sound.
Never here: licences.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.audit.licences import ROOT

LOCKS = (
    "requirements.lock",
    "deploy/image/requirements.lock",
    "deploy/image/build.lock",
    "tests/audit/requirements.lock",
    "tests/fuzz/requirements.lock",
)
LONGEST_REASON = 200


def asked(tool: Path, lock: str) -> dict[str, Any]:
    """pip-audit's own document about a lock; its last words where it gave none."""
    options = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    command = [str(tool), *options, "-r", str(ROOT / lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        document: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        words = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        return {"dependencies": [], "failed": words[-1][:LONGEST_REASON]}
    return document


def problems(lock: str, document: dict[str, Any]) -> Iterator[str]:
    """What is known to be wrong, and what is not known."""
    packages = document["dependencies"]
    if "failed" in document or not packages:
        why = document.get("failed", "the lock is empty to it")
        yield f"{lock}: NOT AUDITED, pip-audit could not ask: {why}"
    skipped = [one for one in packages if "skip_reason" in one]
    if skipped:
        yield (
            f"{lock}: {len(skipped)} of {len(packages)} packages NOT AUDITED, the service that was "
            f"reached knows nothing of them, for instance: {skipped[0]['skip_reason']}"
        )
    for one in packages:
        for known in one.get("vulns", ()):
            mended = ", ".join(known.get("fix_versions") or ()) or "no release yet"
            yield f"{lock}: {one['name']} {one['version']}: {known['id']}, mended in {mended}"
