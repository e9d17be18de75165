"""The rules of the house, as far as a machine can guard them."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("analysis", "policies", "controller")
MODULES = sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))
LAWS = sorted((ROOT / "tests").rglob("test_*.py"))

LONGEST_FUNCTION_LINES = 60
MOST_PARAMETERS = 8
OUTSIDE_WORLD = frozenset(
    {"os", "time", "random", "socket", "subprocess", "threading", "requests", "urllib3"}
    | {"kubernetes", "prometheus_api_client", "yaml", "typer", "structlog", "datetime"}
)
PURE = (
    *("analysis/", "controller/engine/", "policies/images/"),
    *("policies/model.py", "policies/selector.py"),
)
HOMES = {
    "kubernetes": ("controller/adapters/kubernetes/",),
    "prometheus_api_client": ("controller/adapters/prometheus/",),
    "typer": ("controller/cli/",),
    "starlette": ("controller/web.py", "controller/web_server.py"),
    "uvicorn": ("controller/web_server.py",),
    "re2": ("policies/patterns.py",),
    "semantic_version": ("policies/images/versions.py",),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def place(file: Path) -> str:
    """Where a file is, as a person writes it."""
    return file.relative_to(ROOT).as_posix()


def tree(file: Path) -> ast.Module:
    """What is written there."""
    return ast.parse(file.read_text(encoding="utf-8"))


def functions(file: Path) -> Iterator[Function]:
    """All of them, the inner ones too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(file: Path) -> Iterator[str]:
    """The top-level package of every import, those inside functions too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def test_floors_look_down_only() -> None:
    """The contracts of import-linter hold: floors, adapters apart, a pure core."""
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert command is not None, "import-linter is not installed; run make setup"
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_modules_say_what_they_are_for(file: Path) -> None:
    """Every module says what it is, why it exists and what must never enter it."""
    told = ast.get_docstring(tree(file)) or ""
    assert "Why:" in told, f"{place(file)}: the docstring has no 'Why:'"
    assert "Never here:" in told, f"{place(file)}: the docstring has no 'Never here:'"


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_the_core_is_pure(file: Path) -> None:
    """Analysis and engine know no clock, no file, no network and no vendor."""
    if place(file).startswith(PURE):
        assert not OUTSIDE_WORLD.intersection(imported(file)), place(file)


@pytest.mark.parametrize("vendor", HOMES)
def test_vendors_have_one_home(vendor: str) -> None:
    """Each vendor package is imported in its home and nowhere else."""
    users = [place(file) for file in MODULES if vendor in imported(file)]
    strays = [user for user in users if not user.startswith(HOMES[vendor])]
    assert users, f"nobody uses {vendor}: forget it, and its dependency"
    assert not strays, f"{vendor} belongs to {' and '.join(HOMES[vendor])}"


@pytest.mark.parametrize("file", MODULES, ids=place)
def test_functions_stay_small(file: Path) -> None:
    """No function is longer than a page or takes more than a person can keep in mind."""
    if place(file).startswith("controller/cli/"):
        return
    for function in functions(file):
        where = f"{place(file)}:{function.lineno} {function.name}"
        given = function.args
        parameters = [*given.posonlyargs, *given.args, *given.kwonlyargs]
        named = [one for one in parameters if one.arg not in {"self", "cls"}]
        assert _lines(function) <= LONGEST_FUNCTION_LINES, f"{where}: {_lines(function)} lines"
        assert len(named) <= MOST_PARAMETERS, f"{where}: {len(named)} parameters"


def _lines(function: Function) -> int:
    """The lines of the body; what a docstring tells is not counted."""
    told = 1 if ast.get_docstring(function) else 0
    body = function.body[told:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("file", LAWS, ids=place)
def test_laws_are_stated(file: Path) -> None:
    """Every test states its law in a docstring."""
    silent = [
        f"{place(file)}:{function.lineno} {function.name}"
        for function in functions(file)
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]
    assert not silent


@pytest.mark.parametrize("file", LAWS, ids=place)
def test_fakes_are_classes(file: Path) -> None:
    """No test takes a mock where a small class does."""
    source = file.read_text(encoding="utf-8")
    assert "unittest." + "mock" not in source, place(file)
