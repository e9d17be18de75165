"""Reads the Prometheus text format 0.0.4 and OpenMetrics 1.0, line by line.

Why: `prometheus_client.parser` reads 40,000 lines a second and its OpenMetrics reader refuses
recordings that are ordered by time; a recording of 100 MB needs more and is so ordered.
Strict wherever a sample could be misread; blank lines, comments and the order of families,
which change no sample, are let pass.
Never here: HTTP, files, what the samples mean.
"""

import re
from collections.abc import Iterable, Iterator
from enum import Enum

Row = tuple[int, str, float, float | None]
"""Line number from 1, series as written, value, time in unix seconds where one is given."""

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_LABELS = rf'\{{[^"{{}}]*(?:{_QUOTED}[^"{{}}]*)*\}}'
_NUMBER = r"[-+.0-9a-zA-Z]+"
_ROW = re.compile(
    rf"[ \t]*({_NAME}(?:[ \t]*{_LABELS})?)[ \t]+({_NUMBER})(?:[ \t]+({_NUMBER}))?"
    rf"(?:[ \t]+#[ \t]*{_LABELS}[ \t]+{_NUMBER}(?:[ \t]+{_NUMBER})?)?[ \t]*\r?\n?"
)
_LABEL = re.compile(rf"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*({_QUOTED})\s*(?:,\s*|$)", re.DOTALL)
_ESCAPE = re.compile(r'\\([\\"n])')
_LONGEST_EXCERPT = 80


class Dialect(Enum):
    """Which text it is; the value is the unit of its times, in seconds."""

    PROMETHEUS = 0.001
    OPENMETRICS = 1.0


class TextError(Exception):
    """The text is not of its format; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


def rows(lines: Iterable[str], dialect: Dialect) -> Iterator[Row]:
    """Every sample in order. Raises TextError, at the end too: OpenMetrics text without its
    `# EOF` was cut off."""
    number, ended, row, unit = 0, False, _ROW.fullmatch, dialect.value
    for number, line in enumerate(lines, 1):
        if ended and line.strip():
            raise TextError(number, "text after # EOF; a file ends there")
        found = row(line)
        if found is not None:
            yield number, found[1], _number(found[2], number), _time(found[3], unit, number)
        elif not line.lstrip().startswith("#"):
            _refuse_unless_blank(line, number)
        elif dialect is Dialect.OPENMETRICS:
            ended = line.rstrip() == "# EOF"
    if dialect is Dialect.OPENMETRICS and not ended:
        raise TextError(number + 1, "no # EOF at the end: the text is cut off")


def _number(text: str, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise TextError(line, f"{_excerpt(text)} is no number") from None


def _time(text: str | None, unit: float, line: int) -> float | None:
    if text is None:
        return None
    seconds = _number(text, line) * unit
    if not abs(seconds) < 1e12:
        raise TextError(line, f"{_excerpt(text)} is no time")
    return seconds


def _refuse_unless_blank(line: str, number: int) -> None:
    if line.strip():
        raise TextError(
            number, f'{_excerpt(line)} is no sample; it reads name{{label="value"}} value time'
        )


def _excerpt(text: str) -> str:
    short = text.strip()
    return repr(short if len(short) <= _LONGEST_EXCERPT else short[:_LONGEST_EXCERPT] + "…")


def parse_series(text: str, line: int) -> tuple[str, dict[str, str]]:
    """Name and labels of a series as a row spells it. Raises TextError for `line`."""
    name, brace, inside = text.partition("{")
    body, position = inside[:-1] if brace else "", 0
    labels: dict[str, str] = {}
    while position < len(body):
        found = _LABEL.match(body, position)
        if found is None:
            raise TextError(line, f'{_excerpt(body[position:])} is no label; it reads name="value"')
        if found[1] in labels:
            raise TextError(line, f"label {found[1]} is given twice")
        labels[found[1]] = _ESCAPE.sub(_unescape, found[2][1:-1])
        position = found.end()
    return name.strip(), labels


def _unescape(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
