"""The two looks of `rollctl status`: over many workloads, and at one.

Why: printed once or again and again, they are the same.
Never here: options, layout.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Protocol

from controller.cli.ending import flush, hand_over, note, say
from controller.cli.options import Output
from controller.cli.platforms import Where
from controller.show.seen import Seen, known, seen

WATCH_SECONDS = 2.0
CLEAR = "\x1b[H\x1b[2J"


class Look(Protocol):
    """Something to look at."""

    def see(self) -> tuple[Seen, ...]:
        """What is there now. Raises PlatformError."""

    def show(self, found: Sequence[Seen], now: float) -> list[str]:
        """The lines that tell of it."""

    def code(self, found: Sequence[Seen], /) -> int:
        """How a command that found this ends."""


class Listing:
    """Many workloads."""

    def __init__(
        self, where: Where, labels: str, output: Output, *, everything: bool, head: bool
    ) -> None:
        self._where = where
        self._labels = labels
        self._output = output
        self._everything = everything
        self._head = head

    def see(self) -> tuple[Seen, ...]:
        """Those that rollctl knows, or all."""
        sightings = self._where.lister.list(self._where.namespaces, self._labels)
        return tuple(map(seen, sightings)) if self._everything else known(sightings)

    def show(self, found: Sequence[Seen], now: float) -> list[str]:
        """A table, names or a document."""
        from controller.show.document import as_json, as_yaml, documents
        from controller.show.table import table

        if self._output is Output.JSON:
            return as_json(documents(found)).split("\n")
        if self._output is Output.YAML:
            return as_yaml(documents(found)).split("\n")
        if self._output is Output.NAME:
            return [one.target for one in found]
        wide = self._output is Output.WIDE
        return table(found, now, wide=wide, head=self._head) if found else []

    def code(self, _found: Sequence[Seen], /) -> int:
        """A table is no verdict."""
        return 0


class One:
    """One workload."""

    def __init__(self, where: Where, name: str, output: Output) -> None:
        self._where = where
        self._name = name
        self._output = output

    def see(self) -> tuple[Seen, ...]:
        """The workload with its pods."""
        return (seen(self._where.lister.one(self._where.namespace, self._name)),)

    def show(self, found: Sequence[Seen], now: float) -> list[str]:
        """A tree or a document."""
        from controller.show.document import as_json, as_yaml, document
        from controller.show.tree import tree

        (one,) = found
        if self._output is Output.JSON:
            return as_json(document(one)).split("\n")
        if self._output is Output.YAML:
            return as_yaml(document(one)).split("\n")
        return [one.target] if self._output is Output.NAME else tree(one, now)

    def code(self, found: Sequence[Seen], /) -> int:
        """The verdict's."""
        return found[0].exit_code()


def show_once(look: Look, now: float) -> int:
    """Prints the look and says how the command ends."""
    found = look.see()
    _draw(look.show(found, now))
    return look.code(found)


def watch_on(look: Look, clock: Callable[[], float], sleep: Callable[[float], None]) -> int:
    """Prints the look again whenever it changes, until interrupted. That it has grown older is
    news to a screen, not to a file."""
    screen, drawn, before = sys.stdout.isatty(), None, None
    while True:
        found = look.see()
        lines = look.show(found, clock()) if screen or found != before else drawn
        if lines is not None and lines != drawn:
            hand_over(CLEAR if screen else "")
            _draw(lines)
            flush()
        drawn, before = lines, found
        sleep(WATCH_SECONDS)


def _draw(lines: Sequence[str]) -> None:
    for line in lines:
        say(line)
    if not lines:
        note("Nothing yet: rollctl has had to do with no workload here.")
