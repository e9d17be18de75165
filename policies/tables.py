"""Mappings with known keys: how they are read into rows.

Why: what every table needs alike (unknown, missing and defaulted keys, and where each
value stood) is said once.
Never here: which tables there are (grammar).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar, cast

from policies.nodes import Entry, Items, Mapping, Node, Scalar, relocated
from policies.problems import Notes, Place, Spot, Unreadable, quote
from policies.shapes import Schema, Shape
from policies.suggestions import nearest
from policies.yaml_text import read_documents

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Field(Generic[T_co]):
    """One key. `default` is written as in YAML and read like a user's own; without one the
    key is either `required` or may be absent."""

    key: str
    shape: Shape[T_co]
    meaning: str
    default: str | None = None
    required: bool = False


@dataclass(slots=True)
class Row:
    """What was read of one mapping; a key that was refused or absent has no value.
    `complete` says that nothing in it was refused."""

    place: Place
    spot: Spot
    values: dict[str, object] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    complete: bool = True

    def __getitem__(self, wanted: Field[T]) -> T:
        """The value; only for complete rows, and keys with a default or required."""
        return cast("T", self.values[wanted.key])

    def get(self, wanted: Field[T]) -> T | None:
        """The value, None where it was refused or absent."""
        return cast("T | None", self.values.get(wanted.key))

    def states(self, wanted: Field[Any]) -> bool:
        """Whether the user wrote this key himself."""
        return wanted.key in self.places

    def place_of(self, wanted: Field[Any]) -> Place:
        """Where the value stands, or its mapping, for a default."""
        return self.places.get(wanted.key, self.place)

    def note(self, wanted: Field[Any], what: str, rule: str, instead: str) -> None:
        """Notes a problem with one key."""
        self.complete = False
        self.spot.at(wanted.key).note(self.place_of(wanted), what, rule, instead)

    def all_places(self) -> dict[str, Place]:
        """The place of every value that the user wrote, by its path."""
        own = {self.spot.at(key).path: place for key, place in self.places.items()}
        for value in self.values.values():
            for row in value if isinstance(value, tuple) else (value,):
                own |= row.all_places() if isinstance(row, Row) else {}
        return own


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with these keys and no others."""

    fields: tuple[Field[Any], ...]

    def read(self, node: Node, spot: Spot) -> Row:
        """All that can be read; raises Unreadable when it is no mapping."""
        if not isinstance(node, Mapping):
            keys = ", ".join(known.key for known in self.fields)
            what, rule = f"{node.name} stands here", "a mapping is expected"
            spot.refuse(node.place, what, rule, f"write keys under it: {keys}")
        before = spot.notes.count
        row = Row(node.place, spot)
        for entry in node.entries:
            self._check_known(entry, spot)
        for known in self.fields:
            self._read_field(known, node.get(known.key), row)
        row.complete = spot.notes.count == before
        return row

    def _check_known(self, entry: Entry, spot: Spot) -> None:
        keys = [known.key for known in self.fields]
        if entry.key.text in keys:
            return
        near = nearest(entry.key.text, keys)
        here = spot.path or "the top of a policy"
        spot.at(quote(entry.key.text)).note(
            entry.key.place,
            f"unknown key {quote(entry.key.text)}",
            f"{here} knows {', '.join(keys)}",
            f"did you mean {near}?" if near else "remove it",
        )

    def _read_field(self, known: Field[Any], node: Node | None, row: Row) -> None:
        spot = row.spot.at(known.key)
        if node is not None:
            row.places[known.key] = node.place
        elif known.default is not None:
            node = relocated(default_node(known.default), row.place)
        elif known.required:
            rule = f"{known.key} has no default"
            spot.note(row.place, f"{known.key} is missing", rule, _example(known))
        if node is not None:
            try:
                row.values[known.key] = known.shape.read(node, spot)
            except Unreadable:
                return

    def schema(self) -> Schema:
        """Its JSON Schema, with the meaning and default of every key."""
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [known.key for known in self.fields if known.required],
            "properties": {known.key: _field_schema(known) for known in self.fields},
        }


def _example(known: Field[Any]) -> str:
    shape = known.shape
    if isinstance(shape, Table):
        keys = ", ".join(f"{inner.key}: …" for inner in shape.fields)
        return f"write {known.key}: {{{keys}}}"
    example = getattr(shape, "example", None) or " | ".join(getattr(shape, "words", ())) or "…"
    return f"write {known.key}: {example}"


def _field_schema(known: Field[Any]) -> Schema:
    default = {} if known.default is None else {"default": _plain(default_node(known.default))}
    return {**known.shape.schema(), "description": known.meaning, **default}


@cache
def default_node(text: str) -> Node:
    """The tree of a default as the grammar writes it."""
    return read_documents(text, Notes("default"))[0]


_PLAIN: dict[str, Callable[[str], object]] = {"float": float, "bool": lambda text: text == "true"}


def _plain(node: Node) -> object:
    match node:
        case Scalar():
            return _PLAIN.get(node.sort, str)(node.text)
        case Items():
            return [_plain(item) for item in node.nodes]
        case Mapping():
            return {entry.key.text: _plain(entry.value) for entry in node.entries}
