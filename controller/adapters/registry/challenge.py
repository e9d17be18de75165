"""Reads how a registry wants to be shown who asks: the header WWW-Authenticate (RFC 9110).

Why: a comma parts challenges and parameters alike, and stands within a quoted scope too.
Never here: secrets, requests.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_HEADER = 8_192
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE = re.compile(
    rf"\s*,?\s*(?:(?P<name>{_WORD})\s*=\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\s,\"]+))"
    rf"|(?P<scheme>{_WORD})(?=[\s,]|$))"
)
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in: `scheme` in lower case, `parameters` by their names in lower case."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """All ways in that the header names, up to the first place that cannot be read."""
    found: list[Challenge] = []
    parameters: dict[str, str] = {}
    place, text = 0, header[:LONGEST_HEADER]
    while matched := _PIECE.match(text, place):
        place = matched.end()
        if matched["scheme"]:
            parameters = {}
            found.append(Challenge(matched["scheme"].lower(), parameters))
        elif matched["quoted"] is not None:
            parameters[matched["name"].lower()] = _ESCAPE.sub(r"\1", matched["quoted"])
        else:
            parameters[matched["name"].lower()] = matched["plain"]
    return tuple(found)
