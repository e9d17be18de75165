"""Completion: what the shell asks for at every press of a key."""

import os
import subprocess
import sys

import pytest

from tests.controller.cli.test_commands import HEAVY

CHILD = f"""
import sys
sys.argv = ["rollctl"]
from controller.cli import main
try:
    main()
finally:
    print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("rollctl st", "status"),
        ("rollctl status --all-n", "--all-namespaces"),
        ("rollctl im", "images"),
        ("rollctl images --all-n", "--all-namespaces"),
    ],
)
def test_completion_is_quick(words: str, offered: str) -> None:
    """The shell is offered commands and options, and nothing heavy is imported for it."""
    asked = {
        "_ROLLCTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **asked},
    )
    assert offered in done.stdout.split()
    assert done.stderr.strip() == "[]"
