"""What is shipped may be shipped; and what was not asked about is not called sound."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.audit.__main__ import PAGE
from tests.audit.licences import LOCK, ROOT, forbidden, licences, locked, problems, table
from tests.audit.vulnerabilities import LOCKS, asked
from tests.audit.vulnerabilities import problems as known


def test_everything_in_the_image_may_be_shipped() -> None:
    """Each package names a licence, and it is one of those that are allowed."""
    assert problems() == []


def test_the_page_names_every_licence() -> None:
    """docs/dependencies.md is what the installed packages say."""
    assert table() in PAGE.read_text(encoding="utf-8"), "run `make audit`"


def test_no_package_is_overlooked() -> None:
    """As many names as the lock pins, those for Windows alone left out."""
    text = LOCK.read_text(encoding="utf-8")
    names = {line.partition("==")[0] for line in text.splitlines() if "==" in line[:60]}
    names = {name for name in names if not name.startswith((" ", "#"))}
    assert set(locked(text)) == names - {"colorama"}
    assert set(licences()) == set(locked(text))


@pytest.mark.parametrize(
    ("licence", "wrong"),
    [
        ("MIT", []),
        ("MIT OR GPL-3.0-only", []),
        ("BSD-3-Clause AND (MIT OR Apache-2.0)", []),
        ("GPL-3.0-only", ["GPL-3.0-only"]),
        ("MIT AND AGPL-3.0-only", ["AGPL-3.0-only"]),
        ("", ["no licence is named"]),
    ],
)
def test_an_expression_is_read_as_spdx_means_it(licence: str, wrong: list[str]) -> None:
    """All of a conjunction, one of several alternatives; silence is no permission."""
    assert list(forbidden(licence)) == wrong


def package(**told: Any) -> dict[str, Any]:
    """One package as pip-audit tells it."""
    return {"dependencies": [{"name": "web", "version": "1.0", "vulns": [], **told}]}


def test_what_is_known_is_told() -> None:
    """With where it is mended, and silence where nothing is known."""
    bad = [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2", "fix_versions": []}]
    assert list(known("a.lock", package(vulns=bad))) == [
        "a.lock: web 1.0: PYSEC-1, mended in 1.1",
        "a.lock: web 1.0: PYSEC-2, mended in no release yet",
    ]
    assert list(known("a.lock", package())) == []


def test_what_could_not_be_asked_is_not_sound() -> None:
    """A service that knows nothing of a package, a tool that fails, and an empty answer are failures
    that say so."""
    (skipped,) = known("a.lock", package(skip_reason="not found"))
    assert "1 of 1 packages NOT AUDITED" in skipped
    assert "not found" in skipped
    assert "NOT AUDITED" in next(known("a.lock", {"dependencies": []}))
    (failed,) = known("a.lock", asked(Path(sys.executable), "requirements.lock"))
    assert "NOT AUDITED, pip-audit could not ask: " in failed


def test_every_lock_is_asked_about() -> None:
    """Also one that is added later."""
    found = {
        file.relative_to(ROOT).as_posix()
        for file in ROOT.rglob("*.lock")
        if not {".venv", "build", "gomodules"} & set(file.parts)
    }
    assert found == set(LOCKS)
