"""The shapes a value in a policy file can have: how each is read, and its JSON Schema.

Why: reading, schema and reference come from one definition and cannot drift apart.
Never here: which key has which shape (grammar), rules between two keys (checks).
"""

import re
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, NoReturn, Protocol, TypeVar

from analysis.question import Tolerance
from policies.amounts import (
    SHARE_PATTERN,
    SHARE_RULE,
    TOLERANCE_PATTERN,
    TOLERANCE_RULE,
    format_share,
    parse_share,
    parse_tolerance,
)
from policies.durations import DURATION_PATTERN, format_duration, parse_duration
from policies.nodes import Items, Mapping, Node, Scalar
from policies.problems import Spot, Unreadable, listed, quote
from policies.selector import Selector, SelectorError, parse_selector
from policies.suggestions import nearest

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=Enum)
Schema = dict[str, Any]

_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,15})?")


class Shape(Protocol[T_co]):
    """One sort of value."""

    def read(self, node: Node, spot: Spot) -> T_co:
        """The value of `node`. Notes what is wrong; raises Unreadable when nothing is left."""

    def schema(self) -> Schema:
        """Its JSON Schema."""


def scalar(node: Node, spot: Spot, example: str) -> Scalar:
    """`node`, which has to be a single value. Raises Unreadable."""
    if not isinstance(node, Scalar):
        spot.refuse(node.place, f"{node.name} stands here", "a single value", f"write {example}")
    if node.sort == "null":
        spot.refuse(node.place, "no value stands here", "a key needs a value", f"write {example}")
    return node


def text_of(node: Node, spot: Spot, example: str) -> Scalar:
    """`node`, which has to be a text for YAML too. Raises Unreadable."""
    value = scalar(node, spot, example)
    if value.sort != "str":
        what = f"YAML reads {value.text[:60]} as {_SORTS.get(value.sort, value.sort)}, not as text"
        spot.refuse(value.place, what, "a text that looks otherwise is quoted", _quoted(value))
    return value


_SORTS = {
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "timestamp": "a date",
    "value": "a default value",
    "merge": "a merge key",
}


def _quoted(value: Scalar) -> str:
    return f"write {quote(value.text)}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of at most `longest` characters that meets `pattern` as a whole."""

    pattern: str
    rule: str
    example: str
    longest: int = 253

    def read(self, node: Node, spot: Spot) -> str:
        value = text_of(node, spot, self.example)
        if len(value.text) > self.longest:
            what = f"{len(value.text)} characters"
            spot.refuse(value.place, what, f"at most {self.longest}", "write a shorter one")
        if not re.fullmatch(self.pattern, value.text):
            instead = f"write for instance {self.example}"
            spot.refuse(value.place, quote(value.text), self.rule, instead)
        return value.text

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": self.longest}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a fixed list; `reasons` tell why some other word is not in it."""

    words: tuple[str, ...]
    reasons: AbstractMapping[str, str]

    def read(self, node: Node, spot: Spot) -> str:
        value = text_of(node, spot, listed(self.words))
        if value.text not in self.words:
            self._refuse(value, spot)
        return value.text

    def _refuse(self, value: Scalar, spot: Spot) -> NoReturn:
        near = nearest(value.text, self.words)
        rule = self.reasons.get(value.text, f"one of {', '.join(self.words)}")
        instead = f"write {near or listed(self.words)}"
        spot.refuse(value.place, f"{quote(value.text)} is not known here", rule, instead)

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """One member of an enumeration, by its value."""

    members: type[E]
    reasons: AbstractMapping[str, str]

    def read(self, node: Node, spot: Spot) -> E:
        return self.members(self._word().read(node, spot))

    def schema(self) -> Schema:
        return self._word().schema()

    def _word(self) -> Word:
        return Word(tuple(str(member.value) for member in self.members), self.reasons)


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration between two bounds, in seconds."""

    least: float
    most: float

    def read(self, node: Node, spot: Spot) -> float:
        value = scalar(node, spot, "60s")
        try:
            seconds = parse_duration(value.text)
        except ValueError as error:
            self._refuse(value, spot, str(error))
        if not self.least <= seconds <= self.most:
            limits = f"{format_duration(self.least)} to {format_duration(self.most)}"
            spot.refuse(value.place, f"{value.text} is out of range", limits, "write one within")
        return seconds

    def _refuse(self, value: Scalar, spot: Spot, rule: str) -> NoReturn:
        if re.fullmatch("[0-9]{1,9}", value.text):
            instead = f"write {value.text}s or {value.text}m"
            spot.refuse(value.place, f"{value.text} has no unit", rule, instead)
        instead = "write for instance 60s, 5m, 1h30m or 7d"
        spot.refuse(value.place, f"{quote(value.text)} is no duration", rule, instead)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": DURATION_PATTERN, "minLength": 2}


@dataclass(frozen=True, slots=True)
class Share:
    """A share above 0 and up to `most` (a fraction), or below it where `below`."""

    most: float
    below: bool

    def read(self, node: Node, spot: Spot) -> float:
        value = scalar(node, spot, "50%")
        try:
            share = parse_share(value.text)
        except ValueError:
            self._refuse(value, spot)
        if not 0 < share <= self.most or (self.below and share == self.most):
            end = "below" if self.below else "at most"
            rule = f"above 0% and {end} {format_share(self.most)}"
            spot.refuse(value.place, f"{value.text} is out of range", rule, "write one within")
        return share

    def _refuse(self, value: Scalar, spot: Spot) -> NoReturn:
        what = f"{quote(value.text)} is no share"
        spot.refuse(value.place, what, SHARE_RULE, _with_sign(value.text, "50%"))

    def schema(self) -> Schema:
        return {"type": "string", "pattern": SHARE_PATTERN}


@dataclass(frozen=True, slots=True)
class Harm:
    """A tolerance."""

    def read(self, node: Node, spot: Spot) -> Tolerance:
        value = scalar(node, spot, "10%")
        try:
            return parse_tolerance(value.text)
        except ValueError:
            what = f"{quote(value.text)} is no tolerance"
            spot.refuse(value.place, what, TOLERANCE_RULE, _with_sign(value.text, "10% or 0.5pp"))

    def schema(self) -> Schema:
        return {"type": "string", "pattern": TOLERANCE_PATTERN}


def _with_sign(text: str, example: str) -> str:
    if not _NUMBER.fullmatch(text):
        return f"write for instance {example}"
    share = float(text)
    percent = format_share(share) if 0 < share < 1 else f"{text}%"
    return f"write {percent}"


@dataclass(frozen=True, slots=True)
class Fraction:
    """A number above 0 and below 1."""

    example: str

    def read(self, node: Node, spot: Spot) -> float:
        value = scalar(node, spot, self.example)
        if not _NUMBER.fullmatch(value.text) or not 0 < float(value.text) < 1:
            what = f"{quote(value.text)} is out of range"
            spot.refuse(value.place, what, "a number above 0 and below 1", f"write {self.example}")
        return float(value.text)

    def schema(self) -> Schema:
        return {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}


@dataclass(frozen=True, slots=True)
class Series:
    """The series of a metric, as a PromQL selector."""

    def read(self, node: Node, spot: Spot) -> Selector:
        value = text_of(node, spot, "http_requests_total")
        try:
            return parse_selector(value.text)
        except SelectorError as error:
            what = f"no selector at character {error.offset + 1}: {error.message}"
            spot.refuse(
                value.place_at(error.offset),
                what,
                "a metric's name, then labels in braces, in PromQL",
                "write for instance 'http_requests_total{code=~\"5..\"}'",
            )

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True, slots=True)
class OrOff(Generic[T]):
    """Another shape, or `off`, which reads as None. A bare `off` is false for YAML 1.1, and
    tools that rewrite a file turn it into `false`, so both spellings mean off."""

    inner: Shape[T]

    def read(self, node: Node, spot: Spot) -> T | None:
        if isinstance(node, Scalar) and node.text.lower() in {"off", "false", "no"}:
            return None
        return self.inner.read(node, spot)

    def schema(self) -> Schema:
        return {"anyOf": [self.inner.schema(), {"enum": ["off", False]}]}


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list of `least` to `most` items of one shape; what cannot be read is left out."""

    inner: Shape[T]
    most: int
    example: str
    least: int = 0

    def read(self, node: Node, spot: Spot) -> tuple[T, ...]:
        if not isinstance(node, Items):
            instead = f"write {self.example}"
            spot.refuse(node.place, f"{node.name} stands here", "a list is expected", instead)
        self._check_length(node, spot)
        return tuple(
            value
            for index, item in enumerate(node.nodes)
            for value in self._read_item(item, spot.item(index))
        )

    def _check_length(self, node: Items, spot: Spot) -> None:
        if len(node.nodes) < self.least:
            instead = f"write {self.example}"
            spot.refuse(node.place, "an empty list", f"at least {self.least} item", instead)
        if len(node.nodes) > self.most:
            what = f"{len(node.nodes)} items"
            spot.refuse(node.nodes[self.most].place, what, f"at most {self.most}", "remove some")

    def _read_item(self, item: Node, spot: Spot) -> tuple[T, ...]:
        try:
            return (self.inner.read(item, spot),)
        except Unreadable:
            return ()

    def schema(self) -> Schema:
        length = {"minItems": self.least, "maxItems": self.most}
        return {"type": "array", "items": self.inner.schema(), **length}


@dataclass(frozen=True, slots=True)
class TextMap:
    """Texts by free keys, such as labels; what cannot be read is left out."""

    keys: Text
    values: Text
    most: int

    def read(self, node: Node, spot: Spot) -> AbstractMapping[str, str]:
        if not isinstance(node, Mapping):
            instead = "write {app: web}"
            spot.refuse(node.place, f"{node.name} stands here", "a mapping is expected", instead)
        if len(node.entries) > self.most:
            what = f"{len(node.entries)} entries"
            spot.refuse(node.place, what, f"at most {self.most}", "remove some")
        read: dict[str, str] = {}
        for entry in node.entries:
            try:
                key = self.keys.read(entry.key, spot)
                read[key] = self.values.read(entry.value, spot.at(key))
            except Unreadable:
                continue
        return read

    def schema(self) -> Schema:
        return {
            "type": "object",
            "additionalProperties": self.values.schema(),
            "maxProperties": self.most,
        }
