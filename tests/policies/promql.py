"""An independent reading of a PromQL selector, after Prometheus' own lexer and Go's strconv.Unquote.

Why: that what is written is read back by its own author proves little.
Never here: anything of policies/selector.py.
"""

import re

_NUMBERED = {"x": 2, "u": 4, "U": 8}
_NAMED = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}


class NoSelectorError(Exception):
    """Prometheus would refuse it, or read something else than one selector."""


def matchers(text: str) -> list[tuple[str, str, str]]:
    """Label, operator and value of each matcher, the metric's name as that of __name__."""
    found = []
    name = re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*", text)
    at = name.end() if name else 0
    if name:
        found.append(("__name__", "=", name.group()))
    if at < len(text):
        at = _expect(text, at, "{")
        while text[at : at + 1] != "}":
            one, at = _matcher(text, at)
            found.append(one)
            if text[at : at + 1] == ",":
                at += 1
        at += 1
    if at != len(text):
        raise NoSelectorError(f"more behind the selector: {text[at:]!r}")
    return found


def _matcher(text: str, at: int) -> tuple[tuple[str, str, str], int]:
    label = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*").match(text, at)
    operator = re.compile(r"=~|!~|!=|=").match(text, label.end()) if label else None
    if label is None or operator is None:
        raise NoSelectorError(f"no matcher at {at}")
    value, end = _string(text, operator.end())
    return (label.group(), operator.group(), value), end


def _string(text: str, at: int) -> tuple[str, int]:
    at = _expect(text, at, '"')
    value = ""
    while text[at : at + 1] != '"':
        if at >= len(text) or text[at] == "\n":
            raise NoSelectorError("the string is not closed on its line")
        one, at = _escape(text, at + 1) if text[at] == "\\" else (text[at], at + 1)
        value += one
    return value, at + 1


def _escape(text: str, at: int) -> tuple[str, int]:
    sign = text[at : at + 1]
    if sign in _NAMED and sign:
        return _NAMED[sign], at + 1
    if sign in _NUMBERED and sign:
        end = at + 1 + _NUMBERED[sign]
        return chr(int(text[at + 1 : end], 16)), end
    raise NoSelectorError(f"no escape: \\{sign}")


def _expect(text: str, at: int, sign: str) -> int:
    if text[at : at + 1] != sign:
        raise NoSelectorError(f"no {sign} at {at}")
    return at + 1
