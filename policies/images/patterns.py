"""Regular expressions on tags.

Why: whatever reads a pattern asks for its groups and its anchors in the same way.
Never here: what a group is for (choices), the engine (policies/patterns.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.patterns import on_tags

LONGEST_PATTERN = 500


@dataclass(frozen=True, slots=True)
class TagPattern:
    """A pattern in RE2's syntax, which is Go's; it looks for a match anywhere in the tag unless
    it is anchored with ^ and $. Raises PatternError."""

    text: str
    _compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_compiled", on_tags(self.text))

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
