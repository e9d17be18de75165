"""Regular expressions on tags, in time linear in the tag.

Why: a pattern is a user's, a tag is anybody's who may push, and one pair of them must not be
able to stop the controller; RE2 has no pattern that can.
Never here: what a group is for (choices).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import re2

LONGEST_PATTERN = 500
MOST_MEMORY_BYTES = 1 << 20


class PatternError(ValueError):
    """No pattern; the message says why, in RE2's words."""


@dataclass(frozen=True, slots=True)
class TagPattern:
    """A pattern in RE2's syntax, which is Go's; it looks for a match anywhere in the tag unless
    it is anchored with ^ and $. Raises PatternError."""

    text: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", _compiled(self.text))

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of its groups, in their order."""
        indices: Mapping[str, int] = self._compiled.groupindex
        return tuple(sorted(indices, key=indices.__getitem__))

    @property
    def anchored(self) -> bool:
        """Whether it speaks of both ends of a tag."""
        return self.text.startswith(("^", r"\A")) and self.text.endswith(("$", r"\z"))

    def find(self, tag: str) -> Mapping[str, str] | None:
        """The named groups of the first match, those that took part; None without a match."""
        found = self._compiled.search(tag)
        if found is None:
            return None
        groups: Mapping[str, str | None] = found.groupdict()
        return {name: text for name, text in groups.items() if text is not None}


def _compiled(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_MEMORY_BYTES
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise PatternError(_words(error)) from error
    except UnicodeEncodeError as error:
        raise PatternError("it has half of a surrogate pair") from error


def _words(error: Exception) -> str:
    reason = error.args[0] if error.args else error
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
