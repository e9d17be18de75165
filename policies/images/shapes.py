"""The shapes that only images have: repositories, ranges, patterns, true and false.

Why: a wrong range or pattern is told where it stands, in the words of what reads it.
Never here: which key has which shape (grammar), rules between two keys (checks).
"""

from dataclasses import dataclass
from typing import NoReturn

from policies.images.patterns import LONGEST_PATTERN, TagPattern
from policies.images.repositories import (
    LONGEST_REPOSITORY,
    REPOSITORY_PATTERN,
    is_repository,
)
from policies.images.versions import FORMS, LONGEST_RANGE, RangeError, VersionRange
from policies.nodes import Node, Scalar
from policies.patterns import PatternError
from policies.problems import Spot, quote
from policies.shapes import Schema, scalar, text_of

EXAMPLE_REPOSITORY = "ghcr.io/shop/web"
EXAMPLE_RANGE = '">=1.2 <2"'
EXAMPLE_PATTERN = r"'^main-(?P<ts>\d+)-[0-9a-f]{7}$'"


@dataclass(frozen=True, slots=True)
class Truth:
    """true or false, and no other word for them."""

    example: str = "true"

    def read(self, node: Node, spot: Spot) -> bool:
        value = scalar(node, spot, "true or false")
        if value.text not in {"true", "false"} or value.sort != "bool":
            what = f"{quote(value.text)} is neither true nor false"
            spot.refuse(value.place, what, "a bare true or false", "write true or false")
        return value.text == "true"

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, with or without its host, never with a tag."""

    example: str = EXAMPLE_REPOSITORY

    def read(self, node: Node, spot: Spot) -> str:
        value = text_of(node, spot, self.example)
        if not is_repository(value.text):
            self._refuse(value, spot)
        return value.text

    def _refuse(self, value: Scalar, spot: Spot) -> NoReturn:
        rule = "a repository is host/path in lower case, as in an image without its tag"
        bare = value.text.partition("://")[2] or value.text
        bare = bare.partition("@")[0]
        head, colon, tail = bare.rpartition(":")
        bare = (head if colon and "/" not in tail else bare).strip("/").lower()
        near = bare if is_repository(bare) else self.example
        spot.refuse(value.place, f"{quote(value.text)} is no repository", rule, f"write {near}")

    def schema(self) -> Schema:
        pattern = f"^(?:{REPOSITORY_PATTERN})$"
        return {"type": "string", "pattern": pattern, "maxLength": LONGEST_REPOSITORY}


@dataclass(frozen=True, slots=True)
class SemverRange:
    """A range of semantic versions."""

    example: str = EXAMPLE_RANGE

    def read(self, node: Node, spot: Spot) -> VersionRange:
        value = text_of(node, spot, self.example)
        if len(value.text) > LONGEST_RANGE:
            what = f"{len(value.text)} characters"
            spot.refuse(value.place, what, f"at most {LONGEST_RANGE}", "write a shorter range")
        try:
            return VersionRange(value.text)
        except RangeError as error:
            what = f"{quote(value.text)} is no range of versions: {error}"
            rule = f"a range is made of {FORMS}, with spaces for and, || for or"
            spot.refuse(value.place, what, rule, f"write for instance {self.example}")

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_RANGE}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression on tags."""

    example: str = EXAMPLE_PATTERN

    def read(self, node: Node, spot: Spot) -> TagPattern:
        value = text_of(node, spot, self.example)
        if len(value.text) > LONGEST_PATTERN:
            what = f"{len(value.text)} characters"
            spot.refuse(value.place, what, f"at most {LONGEST_PATTERN}", "write a shorter one")
        try:
            return TagPattern(value.text)
        except PatternError as error:
            what = f"{quote(value.text)} does not compile: {error}"
            rule = "a pattern is RE2's, as in Go: no look-around, no \\1, so that it cannot hang"
            spot.refuse(value.place, what, rule, f"write for instance {self.example}")

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_PATTERN}
