"""What a command tells of annotations that nobody can read."""

import subprocess
import sys


def test_a_garbled_record_is_told_beside_the_answer() -> None:
    """`rollctl status -o json` stays JSON where somebody garbled an annotation."""
    code = (
        "from controller.adapters.kubernetes.picture import _record\n"
        "_record('deployment/\\x1b[2J', '{\"x\":' + '[' * 3000); print('{}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "{}\n"
    assert "record lost" in done.stderr
    assert done.stderr.removesuffix("\n").isprintable()
