"""What is wrong in a policy file, and exactly where.

Why: a user mends a file fastest with every mistake at once, each with its place, the
rule it breaks and what to write instead.
Never here: the rules themselves, reading, printing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

MOST_PROBLEMS_A_FILE = 1_000
LONGEST_QUOTE = 60


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a text; line and column count characters from 1."""

    line: int
    column: int


START = Place(1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `field` is the path of keys ("spec.analysis.limit"), "" for the whole
    file; `message` says what is wrong; the rule; what to write instead."""

    file: str
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class Unreadable(Exception):
    """A value was refused, and the refusal is already noted."""


@dataclass(slots=True)
class Notes:
    """Collects the problems of one file; `count` goes on past the most that are kept."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    count: int = 0

    def add(self, place: Place, path: str, what: str, rule: str, instead: str) -> None:
        """Notes one problem at `place`."""
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS_A_FILE:
            message = f"{what}; {rule}; {instead}"
            self.problems.append(Problem(self.file, place.line, place.column, path, message))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where the reader is: the path of keys, and the notes to write into."""

    path: str
    notes: Notes

    def at(self, key: str) -> "Spot":
        """The spot of a key of this mapping."""
        return Spot(f"{self.path}.{key}" if self.path else key, self.notes)

    def item(self, index: int) -> "Spot":
        """The spot of an item of this list, from 0."""
        return Spot(f"{self.path}[{index}]", self.notes)

    def note(self, place: Place, what: str, rule: str, instead: str) -> None:
        """Notes a problem and goes on."""
        self.notes.add(place, self.path, what, rule, instead)

    def refuse(self, place: Place, what: str, rule: str, instead: str) -> NoReturn:
        """Notes a problem with the value here and gives it up. Raises Unreadable."""
        self.note(place, f"{self.path}: {what}" if self.path else what, rule, instead)
        raise Unreadable


def quote(text: str) -> str:
    """The user's own text for a message: one line, and not too long."""
    clipped = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in clipped) + '"'


def listed(words: Iterable[str]) -> str:
    """The words for a sentence: a, b or c."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
