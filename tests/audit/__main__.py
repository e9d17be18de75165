"""Licences and known vulnerabilities of what is locked: `make audit`.

Why: it is asked for before each release, not at each commit, since what is known changes by the day.
Never here: how either is found out.

    python -m tests.audit --tool build/audit/bin/pip-audit
"""

import argparse
import sys
from pathlib import Path

from benchmarks.rollbench import page
from tests.audit import licences, vulnerabilities

PAGE = licences.ROOT / "docs" / "dependencies.md"


def main() -> int:
    """Writes the licences into docs/dependencies.md; 1 where anything is wrong or not known."""
    given = argparse.ArgumentParser(prog="python -m tests.audit", description=__doc__)
    given.add_argument("--tool", type=Path, required=True, help="The program pip-audit.")
    tool = given.parse_args().tool
    page.write(PAGE, licences.table())
    found = licences.problems()
    for lock in vulnerabilities.LOCKS:
        found += vulnerabilities.problems(lock, vulnerabilities.asked(tool, lock))
    for problem in found:
        sys.stdout.write(f"{problem}\n")
    count = len(licences.licences())
    sys.stdout.write(
        f"{count} licences read, {len(vulnerabilities.LOCKS)} locks asked about: "
        f"{'FAILED' if found else 'sound'}\n"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
