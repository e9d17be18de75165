"""Writes the table of docs/faults.md: `make faults`.

Why: a table of what a person sees is only true while a program puts there what was seen.
Never here: faults, laws.
"""

import sys
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from benchmarks.rollbench import page
from tests.faults import webhooks
from tests.faults.cases import cases
from tests.faults.play import Case, Told, played, sound

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD = "| fault | a person sees | done meanwhile | in the end |\n|---|---|---|---|"


@lru_cache
def untroubled(journey: str) -> Told:
    """The same journey without a fault."""
    case = next(case for case in cases() if case.journey.name == journey)
    return played(Case(case.port, "none", sound, case.journey, case.seconds))


def row(case: Case, told: Told) -> str:
    """One line of the table."""
    where, what = told.sees
    sees = f"`{what}` ({where})" if what else "nothing: there is nothing to do"
    return f"| {case.fault} | {sees.replace('|', '/')} | {_meanwhile(told)} | {_end(case, told)} |"


def _meanwhile(told: Told) -> str:
    if told.meanwhile:
        return ", ".join(told.meanwhile)
    return "nothing; it stays held" if told.paused else "nothing"


def _end(case: Case, told: Told) -> str:
    if told.outcome() == untroubled(case.journey.name).outcome():
        return "as without the fault, each change once"
    return f"{told.acts[-1]}: a person decides" if told.paused else told.acts[-1]


def tables() -> Iterator[str]:
    """A table a port."""
    for port, group in groupby(cases(), key=lambda case: case.port):
        rows = "\n".join(row(case, played(case)) for case in group)
        yield f"### {port}\n\n{HEAD}\n{rows}"
    yield webhooks.table()


if __name__ == "__main__":
    page.write(PAGE, "\n\n".join(tables()))
    sys.stdout.write(f"{PAGE.name}\n")
