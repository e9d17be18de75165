"""The shapes of a freeze window: moments and time zones.

Why: as the other shapes: reading and schema come from one definition.
Never here: which key has which shape (grammar).
"""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import NoReturn
from zoneinfo import ZoneInfo, available_timezones

from policies.freeze.moments import MOMENT_PATTERN, MOMENT_RULE, Moment, parse_moment
from policies.nodes import Node, Scalar
from policies.problems import Spot, quote
from policies.shapes import Schema, scalar, text_of
from policies.suggestions import nearest

LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class MomentOfWindow:
    """A moment; 18:00 without quotes is a number for YAML 1.1 and still a moment for everybody."""

    example: str

    def read(self, node: Node, spot: Spot) -> Moment:
        value = scalar(node, spot, self.example)
        try:
            return parse_moment(value.text)
        except ValueError as error:
            what, instead = (
                f"{quote(value.text)} is no moment",
                f"write for instance {self.example}",
            )
            spot.refuse(value.place, what, str(error) or MOMENT_RULE, instead)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": MOMENT_PATTERN}


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone with the name it was written by."""

    name: str
    rules: tzinfo


@dataclass(frozen=True, slots=True)
class ZoneName:
    """The name of a time zone. UTC is known without any database."""

    example: str = "Europe/Berlin"

    def read(self, node: Node, spot: Spot) -> Zone:
        value = text_of(node, spot, self.example)
        if value.text == "UTC":
            return Zone("UTC", UTC)
        if len(value.text) > LONGEST_NAME:
            self._refuse(value, spot)
        try:
            return Zone(value.text, ZoneInfo(value.text))
        except (KeyError, ValueError, OSError):
            self._refuse(value, spot)

    def _refuse(self, value: Scalar, spot: Spot) -> NoReturn:
        what, known = f"{quote(value.text)} is no time zone here", available_timezones()
        if not known:
            rule = "this machine has no database of time zones"
            instead = (
                "install the operating system's tzdata, or Python's package tzdata; or write UTC"
            )
            spot.refuse(value.place, what, rule, instead)
        near = nearest(value.text, sorted(known)) or self.example
        rule = "a time zone has its name from the IANA database"
        spot.refuse(value.place, what, rule, f"write for instance {near}")

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
