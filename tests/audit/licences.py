"""Under which licences stands what the image installs.

Why: what is shipped must be allowed to be, and a new dependency may bring a licence along unseen.
Never here: vulnerabilities; what wheels bundle of other people's (their own notices say it).
"""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "deploy" / "image" / "requirements.lock"
ALLOWED = {
    **dict.fromkeys(("MIT", "ISC", "Zlib", "0BSD", "CC0-1.0"), ""),
    **dict.fromkeys(("BSD", "BSD-2-Clause", "BSD-3-Clause"), ""),
    **dict.fromkeys(("Apache-2.0", "PSF-2.0", "CNRI-Python"), ""),
    "MPL-2.0": "copyleft of single files, which are shipped as they are",
}
"""What may be shipped, and what is to be known of it."""
SAME = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License": "ISC",
    "MIT License": "MIT",
}
LONGEST_NAME = 40
"""Some put the whole text of their licence where its name belongs."""
_PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==[^\s;]+(?: ; (.*?))? *\\?$", re.MULTILINE)


def locked(text: str) -> list[str]:
    """The names in a lock; those for Windows alone are not in the image."""
    return sorted({name for name, marker in _PINNED.findall(text) if "win32" not in marker})


def licence_of(name: str) -> str:
    """As the package itself says, in SPDX's names where they are known; "" where it does not say."""
    try:
        told = distribution(name).metadata
    except PackageNotFoundError:
        return ""
    if "License-Expression" in told:
        return told["License-Expression"]
    licence = ", ".join(told.get_all("License") or ())
    if 0 < len(licence) <= LONGEST_NAME:
        return SAME.get(licence, licence)
    classified = [
        one.rpartition(" :: ")[2]
        for one in told.get_all("Classifier") or ()
        if one.startswith("License :: OSI Approved :: ")
    ]
    return " AND ".join(SAME.get(one, one) for one in classified)


def forbidden(licence: str) -> Iterator[str]:
    """Parts of an expression that may not be shipped. Of alternatives one that may is enough."""
    for part in licence.split(" AND "):
        if not any(one.strip("() ") in ALLOWED for one in part.split(" OR ")):
            yield part or "no licence is named"


def licences() -> dict[str, str]:
    """By package of the image's lock."""
    return {name: licence_of(name) for name in locked(LOCK.read_text(encoding="utf-8"))}


def problems() -> list[str]:
    """Packages that may not be shipped, each with why."""
    return [
        f"{name}: {part} is not among the licences that may be shipped (tests/audit/licences.py)"
        for name, licence in licences().items()
        for part in forbidden(licence)
    ]


def table() -> str:
    """Licences with their packages, for the page."""
    found = licences()
    rows = [
        f"| {licence} | {', '.join(name for name, one in found.items() if one == licence)} |"
        for licence in sorted(set(found.values()))
    ]
    return "\n".join(["| licence | packages |", "|---|---|", *rows])
