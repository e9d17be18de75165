"""YAML as a tree in which every value knows its place.

Why: the plain values that a YAML library returns have lost line, column, quotes and
duplicate keys, and with them every good error message.
Never here: parsing text (yaml_text), the meaning of keys.
"""

import re
from dataclasses import dataclass, replace

from policies.problems import Place

_ESCAPE = re.compile(r"\\(?:x.{2}|u.{4}|U.{8}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `sort` is what YAML takes it for (str, int, float, bool, null, timestamp)
    and `raw` its text in the file, with quotes."""

    place: Place
    text: str
    sort: str
    raw: str
    size: int = 1

    @property
    def name(self) -> str:
        """What it is, in words."""
        return "nothing" if self.sort == "null" else "a single value"

    def place_at(self, offset: int) -> Place:
        """Where the character of `text` at `offset` stands in the file; the value's own
        place where folded lines make that unclear."""
        if "\n" in self.raw:
            return self.place
        return Place(self.place.line, self.place.column + self._raw_offset(offset))

    def _raw_offset(self, offset: int) -> int:
        if self.raw[:1] == "'":
            return 1 + offset + self.text[:offset].count("'")
        if self.raw[:1] != '"':
            return offset
        position = 1
        for _ in range(offset):
            escape = _ESCAPE.match(self.raw, position)
            position = escape.end() if escape else position + 1
        return position


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    nodes: "tuple[Node, ...]"
    size: int = 1

    @property
    def name(self) -> str:
        """What it is, in words."""
        return "a list"


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping and its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; its keys are unique."""

    place: Place
    entries: tuple[Entry, ...]
    size: int = 1

    @property
    def name(self) -> str:
        """What it is, in words."""
        return "a mapping"

    def get(self, key: str) -> "Node | None":
        """The value of `key`, None when it is absent."""
        return next((entry.value for entry in self.entries if entry.key.text == key), None)

    def with_entry(self, key: str, value: "Node") -> "Mapping":
        """The mapping with `key` set to `value`."""
        scalar = Scalar(value.place, key, "str", key)
        others = tuple(entry for entry in self.entries if entry.key.text != key)
        return replace(self, entries=(*others, Entry(scalar, value)))


Node = Scalar | Items | Mapping


def relocated(node: Node, place: Place) -> Node:
    """The same values, all at one place: for what a user did not write himself."""
    match node:
        case Scalar():
            return replace(node, place=place)
        case Items():
            return replace(node, place=place, nodes=tuple(relocated(n, place) for n in node.nodes))
        case Mapping():
            entries = tuple(
                Entry(replace(entry.key, place=place), relocated(entry.value, place))
                for entry in node.entries
            )
            return replace(node, place=place, entries=entries)
