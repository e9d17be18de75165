"""The two looks of `rollctl status`: over many workloads, and at one.

Why: printed once or again and again, they are the same.
Never here: options, layout.
"""

import sys
from collections.abc import Callable
from typing import Protocol

from controller.cli.ending import say
from controller.cli.options import Output
from controller.cli.platforms import Where
from controller.show.seen import Seen, seen

WATCH_SECONDS = 2.0
CLEAR = "\x1b[H\x1b[2J"


class Look(Protocol):
    """Something to look at."""

    def lines(self, now: float) -> tuple[list[str], int]:
        """What is seen now, and the exit code it means. Raises PlatformError."""


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

    def lines(self, now: float) -> tuple[list[str], int]:
        """A table, names or a document."""
        sightings = self._where.lister.list(self._where.namespaces, self._labels)
        found = [one for one in map(seen, sightings) if self._everything or one.known]
        return self._shown(found, now), 0

    def _shown(self, found: list[Seen], now: float) -> list[str]:
        from controller.show.document import as_json, as_yaml, documents
        from controller.show.table import table

        if self._output is Output.JSON:
            return [as_json(documents(found))]
        if self._output is Output.YAML:
            return [as_yaml(documents(found))]
        if self._output is Output.NAME:
            return [one.target for one in found]
        if not found:
            sys.stderr.write("Nothing yet: rollctl has had to do with no workload here.\n")
            return []
        return table(found, now, wide=self._output is Output.WIDE, head=self._head)


class One:
    """One workload."""

    def __init__(self, where: Where, name: str, output: Output) -> None:
        self._where = where
        self._name = name
        self._output = output

    def lines(self, now: float) -> tuple[list[str], int]:
        """A tree or a document."""
        one = seen(self._where.lister.one(self._where.namespace, self._name))
        return self._shown(one, now), one.exit_code()

    def _shown(self, one: Seen, now: float) -> list[str]:
        from controller.show.document import as_json, as_yaml, document
        from controller.show.tree import tree

        if self._output is Output.JSON:
            return [as_json(document(one))]
        if self._output is Output.YAML:
            return [as_yaml(document(one))]
        return [one.target] if self._output is Output.NAME else tree(one, now)


def show_once(look: Look, now: float) -> int:
    """Prints the look and says how the command ends."""
    lines, code = look.lines(now)
    for line in lines:
        say(line)
    return code


def watch_on(look: Look, clock: Callable[[], float], sleep: Callable[[float], None]) -> int:
    """Prints the look again whenever it changes, until interrupted."""
    before: list[str] = []
    while True:
        lines, _ = look.lines(clock())
        if lines != before:
            if sys.stdout.isatty():
                sys.stdout.write(CLEAR)
            for line in lines:
                say(line)
            sys.stdout.flush()
        before = lines
        sleep(WATCH_SECONDS)
