"""The four ways to say which tags count, and which of two tags is the newer one.

Why: each way orders tags by something else, and the engine must be able to ask any of them
the same two questions.
Never here: registries, digests, whether a build may be rolled out.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol

from policies.images.patterns import TagPattern
from policies.images.versions import VersionRange, version_of

_NUMBER = re.compile(r"[0-9]{1,100}(?:\.[0-9]{1,100})?")


class Rank(Protocol):
    """A place in the order of one choice; ranks of two choices never meet."""

    def __lt__(self, other: Any, /) -> bool: ...


class SortAs(Enum):
    """How the group of a pattern is read for sorting."""

    NUMERIC = "numeric"
    ALPHABETICAL = "alphabetical"
    SEMVER = "semver"


class TagChoice(Protocol):
    """Which tags count, and their order."""

    def counts(self, tag: str) -> bool:
        """Whether the tag may be chosen."""

    def rank(self, tag: str, created_at: float | None) -> Rank | None:
        """The place of a tag, which need not count, None where it has none; `created_at` is
        when its image was made, in unix seconds."""


@dataclass(frozen=True, slots=True)
class BySemver:
    """The highest version of a range."""

    range: VersionRange

    def counts(self, tag: str) -> bool:
        """Whether the tag is a version of the range."""
        version = version_of(tag)
        return version is not None and self.range.admits(version)

    def rank(self, tag: str, created_at: float | None) -> Rank | None:  # noqa: ARG002 - of the protocol
        """The version; also out of the range, so that what runs can be newer than all of it."""
        version: Rank | None = version_of(tag)
        return version


@dataclass(frozen=True, slots=True)
class ByPattern:
    """The highest value of one named group of a pattern."""

    pattern: TagPattern
    sort_by: str
    sort_as: SortAs

    def counts(self, tag: str) -> bool:
        """Whether the tag matches and its group can be sorted."""
        return self.rank(tag, None) is not None

    def rank(self, tag: str, created_at: float | None) -> Rank | None:  # noqa: ARG002 - of the protocol
        """The group's value."""
        found = self.pattern.find(tag)
        text = found.get(self.sort_by) if found else None
        return _value(text, self.sort_as) if text is not None else None


def _value(text: str, sort_as: SortAs) -> Rank | None:
    match sort_as:
        case SortAs.NUMERIC:
            return Decimal(text) if _NUMBER.fullmatch(text) else None
        case SortAs.ALPHABETICAL:
            return text
        case SortAs.SEMVER:
            version: Rank | None = version_of(text)
            return version


@dataclass(frozen=True, slots=True)
class Newest:
    """Of the tags that match a pattern, the one whose image was made last."""

    pattern: TagPattern

    def counts(self, tag: str) -> bool:
        """Whether the tag matches."""
        return self.pattern.find(tag) is not None

    def rank(self, tag: str, created_at: float | None) -> Rank | None:  # noqa: ARG002 - of the protocol
        """When its image was made."""
        return created_at


@dataclass(frozen=True, slots=True)
class MovingTag:
    """One tag that is moved to each new build."""

    tag: str

    def counts(self, tag: str) -> bool:
        """Whether it is this tag."""
        return tag == self.tag

    def rank(self, tag: str, created_at: float | None) -> Rank | None:  # noqa: ARG002 - of the protocol
        """None: whoever moves the tag says what is next, a return to an older build too."""
        return None
