"""What is typed, what is printed, and how it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.cli import app

HEAVY = ("numpy", "scipy", "kubernetes", "prometheus_api_client", "requests", "pydantic", "yaml")
CHILD = """
import sys
sys.argv = ["rollctl", *{arguments!r}]
from controller.cli import main
try:
    main()
except SystemExit:
    pass
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""
MISTAKES = Path(__file__).parents[2] / "policies" / "data" / "six_mistakes.yaml"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["status", "--help"], ["analyze", "--help"], ["images", "--help"]]
)
def test_help_is_quick(arguments: list[str]) -> None:
    """Help imports nothing heavy."""
    code = CHILD.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Usage" in done.stdout


def test_lint_tells_all_mistakes_at_once() -> None:
    """Six mistakes in a file are six lines, each with its line and column, and code 1."""
    done = CliRunner().invoke(app, ["lint", str(MISTAKES)])
    places = [line.split(":")[1:3] for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert len(places) == 6
    assert all(line.isdigit() and column.isdigit() for line, column in places)


def test_schema_is_json() -> None:
    """The schema is one JSON document."""
    done = CliRunner().invoke(app, ["schema"])
    assert json.loads(done.stdout)["title"].startswith("rollctl")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["status", "--local", "/nowhere"], 2, "no such directory"),
        (["status", "job/web", "--kubeconfig", "/nowhere"], 4, "--kubeconfig"),
        (["run", "-f", "/nowhere"], 2, "no such file"),
        (["images", "-f", "/nowhere", "--local", "/nowhere"], 2, "no such directory"),
        (["images", "-f", ".", "UPPER:1"], 2, "without tag"),
        (["run", "-f", ".", "--listen", "here"], 2, "HOST:PORT"),
        (["run", "-f", ".", "--tls-cert-file", "/nowhere"], 2, "without --tls-key-file"),
        (["run", "-f", ".", "--api-token-file", "/nowhere"], 2, "/nowhere cannot be read"),
        (["run", "-f", ".", "--status-api", "--listen", ":9746"], 2, "in the clear"),
    ],
)
def test_errors_are_one_line(arguments: list[str], code: int, told: str) -> None:
    """What goes wrong ends with one line that says what to do, never a traceback."""
    command = [sys.executable, "-m", "controller.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
