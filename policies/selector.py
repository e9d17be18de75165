"""A PromQL instant vector selector, understood.

Why: one matcher decides which series a metric means, whether they come from Prometheus,
from a scraper or from a recording; and what a policy may write is checked before it runs.
Never here: functions, ranges, arithmetic: rollctl takes differences of raw samples itself.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from policies.patterns import PatternError, on_labels

LONGEST_PATTERN = 1_000
LONGEST_SELECTOR = 10_000

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATOR = re.compile(r"=~|!~|!=|=")
_SPACE = re.compile(r"\s*")
_ESCAPE = re.compile(
    r"\\(?:x([0-7][0-9a-fA-F])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([abfnrtv\\'\"]))|\\"
)
_QUOTED = {"\\": "\\\\", '"': '\\"', "\n": "\\n"}
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


_ESCAPE_ADVICE = r"no such escape; write \\ for a backslash, or quote with ` and escape nothing"
_SURROGATES = range(0xD800, 0xE000)


class SelectorError(Exception):
    """The text is no selector; `offset` is the character where it breaks."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Operator(Enum):
    """The four ways to match a label."""

    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


@dataclass(frozen=True)
class Matcher:
    """One condition on one label; a label that is missing has the value ""."""

    label: str
    operator: Operator
    value: str

    @cached_property
    def _pattern(self) -> Any:
        return on_labels(self.value)

    def matches(self, value: str) -> bool:
        """Whether a label of this value meets the condition; patterns are fully anchored."""
        if self.operator is Operator.EQUAL:
            return value == self.value
        if self.operator is Operator.NOT_EQUAL:
            return value != self.value
        matched = self._pattern.fullmatch(value) is not None
        return matched is (self.operator is Operator.MATCHES)

    def __str__(self) -> str:
        """The condition in PromQL."""
        return f"{self.label}{self.operator.value}{quoted(self.value)}"


@dataclass(frozen=True)
class Selector:
    """All series of one metric that meet every matcher."""

    metric: str
    matchers: tuple[Matcher, ...] = field(default=())

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels (without its name) is meant."""
        return all(matcher.matches(labels.get(matcher.label, "")) for matcher in self.matchers)

    def narrowed(self, *matchers: Matcher) -> "Selector":
        """The selector with further conditions."""
        return Selector(self.metric, self.matchers + matchers)

    def __str__(self) -> str:
        """The selector in PromQL."""
        inside = ",".join(str(matcher) for matcher in self.matchers)
        if _NAME.fullmatch(self.metric) is None:
            inside = f"__name__={quoted(self.metric)}{',' if inside else ''}{inside}"
            return f"{{{inside}}}"
        return f"{self.metric}{{{inside}}}" if inside else self.metric


def quoted(value: str) -> str:
    """The value as a PromQL string: whatever it holds, it cannot end the string. What is not seen is
    escaped, so that a query can be shown and pasted, and so is �, which Prometheus takes for a
    byte that is no UTF-8."""
    return f'"{"".join(map(_quoted_sign, value))}"'


def _quoted_sign(sign: str) -> str:
    if sign in _QUOTED:
        return _QUOTED[sign]
    if sign.isprintable() and sign != "\N{REPLACEMENT CHARACTER}":
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def parse_selector(text: str) -> Selector:
    """The selector that the text spells. Raises SelectorError."""
    _check_text(text)
    reader = _Reader(text)
    metric = reader.optional(_NAME)
    if metric and reader.peek() == "(":
        raise SelectorError(
            f"{metric}(…) is a function: write the raw counter; rollctl takes differences itself",
            reader.offset,
        )
    matchers = reader.matchers_in_braces() if reader.peek() == "{" else ()
    if metric or matchers:
        reader.expect_end()
    return _named(metric, matchers)


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Conditions as inside the braces: `version="v1",app=~"web.*"`. Raises SelectorError."""
    _check_text(text)
    reader = _Reader(text)
    matchers = reader.matchers_until("")
    reader.expect_end()
    return matchers


def _check_text(text: str) -> None:
    if len(text) > LONGEST_SELECTOR:
        raise SelectorError(f"longer than {LONGEST_SELECTOR} characters", LONGEST_SELECTOR)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SelectorError("half of a surrogate pair is no character", error.start) from error


def _named(metric: str, matchers: tuple[Matcher, ...]) -> Selector:
    names = [m for m in matchers if m.label == "__name__" and m.operator is Operator.EQUAL]
    others = tuple(m for m in matchers if m.label != "__name__")
    if metric and len(others) == len(matchers):
        return Selector(metric, matchers)
    if not metric and len(names) == 1 and len(others) == len(matchers) - 1:
        return Selector(names[0].value, others)
    raise SelectorError('no single metric name; write it first, as in up{job="x"}', 0)


class _Reader:
    """Reads a selector from left to right and knows where it is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.offset = 0
        self._skip_space()

    def _skip_space(self) -> None:
        found = _SPACE.match(self._text, self.offset)
        self.offset = found.end() if found else self.offset

    def peek(self) -> str:
        return self._text[self.offset : self.offset + 1]

    def optional(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self.offset)
        if found is None:
            return ""
        self.offset = found.end()
        self._skip_space()
        return found.group()

    def expect(self, pattern: re.Pattern[str], what: str) -> str:
        found = self.optional(pattern)
        if not found:
            raise SelectorError(f"expected {what}, found {self._found()}", self.offset)
        return found

    def _found(self) -> str:
        return repr(self.peek()) if self.peek() else "the end"

    def expect_end(self) -> None:
        if self.peek() == "[":
            raise SelectorError("no range here: leave out the brackets", self.offset)
        if self.peek():
            raise SelectorError(
                f"expected the end, found {self._found()}; write one selector and no arithmetic",
                self.offset,
            )

    def matchers_in_braces(self) -> tuple[Matcher, ...]:
        self.offset += 1
        self._skip_space()
        matchers = self.matchers_until("}")
        if self.peek() != "}":
            raise SelectorError(f"expected , or }}, found {self._found()}", self.offset)
        self.offset += 1
        self._skip_space()
        return matchers

    def matchers_until(self, end: str) -> tuple[Matcher, ...]:
        matchers: list[Matcher] = []
        while self.peek() and self.peek() != end:
            matchers.append(self._matcher())
            if self.peek() != ",":
                break
            self.offset += 1
            self._skip_space()
        return tuple(matchers)

    def _matcher(self) -> Matcher:
        label = self.expect(_LABEL, "a label name")
        operator = Operator(self.expect(_OPERATOR, "=, !=, =~ or !~"))
        start = self.offset
        value = self._string()
        if operator in (Operator.MATCHES, Operator.NOT_MATCHES):
            _check_pattern(value, start)
        return Matcher(label, operator, value)

    def _string(self) -> str:
        quote, start = self.peek(), self.offset
        if not quote or quote not in "\"'`":
            raise SelectorError(
                f'expected a quoted value, found {self._found()}; write it as "…"', start
            )
        position = start + 1
        while position < len(self._text) and self._text[position] != quote:
            position += 2 if self._text[position] == "\\" and quote != "`" else 1
        if position >= len(self._text):
            raise SelectorError("the quoted value has no end", start)
        raw = self._text[start + 1 : position]
        self.offset = position + 1
        self._skip_space()
        return raw if quote == "`" else _unescaped(raw, start)


def _unescaped(raw: str, offset: int) -> str:
    def one(found: re.Match[str]) -> str:
        code = found.group(1) or found.group(2) or found.group(3)
        if code is None and found.group(4) is None:
            raise SelectorError(_ESCAPE_ADVICE, offset + 1 + found.start())
        if code is None:
            return _ESCAPED.get(found.group(4), found.group(4))
        return _character(int(code, 16), offset + 1 + found.start())

    return _ESCAPE.sub(one, raw)


def _character(code: int, offset: int) -> str:
    if code > sys.maxunicode or _SURROGATES.start <= code < _SURROGATES.stop:
        raise SelectorError(f"{code:#x} is the code of no character", offset)
    return chr(code)


def _check_pattern(pattern: str, offset: int) -> None:
    """Refuses what Prometheus' RE2 refuses, in its own words."""
    if len(pattern) > LONGEST_PATTERN:
        raise SelectorError(f"pattern longer than {LONGEST_PATTERN} characters", offset)
    try:
        on_labels(pattern)
    except PatternError as error:
        raise SelectorError(f"bad pattern {pattern!r}: {error}", offset) from error
