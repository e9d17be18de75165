"""Semantic versions and ranges of them, with the meaning the field gives them.

Why: ">=1.2 <2" must mean here what it means to a user of Flux, Helm or npm.
Never here: tags that are no versions, sorting of tags.

A range is groups between "||"; a group is comparisons between spaces or commas, all of which
must hold. A pre-release counts only for a group that names one itself (">=1.2.0-0 <2"), and
then the upper end's own pre-releases still do not (2.0.0-rc.1 is not below 2).
"""

import re
from dataclasses import dataclass, field
from itertools import chain

from semantic_version import SimpleSpec, Version

LONGEST_RANGE = 200
FORMS = "a version, *, 1.2.x, or a comparison with =, !=, >, >=, <, <=, ^ or ~"

_GAP = re.compile(r"(?<=[<>=!^~])\s+")
_LEADING_V = re.compile(r"(^|[\s,<>=!^~])v(?=[0-9])")
_WILD = re.compile(r"(?<=\.)[xX]\b|^[xX]$")
_PRE_RELEASE = re.compile(r"[0-9]-")
_NAMED = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}")
_MOST_GROUPS = 20


class RangeError(ValueError):
    """No range of versions; the message names the part that is none."""


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A range as its user wrote it. Raises RangeError."""

    text: str
    _groups: "tuple[_Group, ...]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_groups", _groups(self.text))

    def admits(self, version: Version) -> bool:
        """Whether the version lies in the range."""
        return any(group.admits(version) for group in self._groups)

    @property
    def empty(self) -> bool:
        """Whether no release can lie in it: where one can, one of those beside the versions it
        names does."""
        named = chain.from_iterable(map(_beside, _NAMED.findall(f"0.0.0 {self.text}")))
        return not any(self.admits(version) for version in named)


@dataclass(frozen=True, slots=True)
class _Group:
    spec: SimpleSpec
    takes_pre_releases: bool

    def admits(self, version: Version) -> bool:
        if version.prerelease and not self.takes_pre_releases:
            return False
        return bool(self.spec.match(version))


def version_of(text: str) -> Version | None:
    """The version that a text is, in full, with or without a leading v; None for any other
    text: 1.2 is a tag that moves, no version."""
    try:
        return Version(text.removeprefix("v"))
    except ValueError:
        return None


def _groups(text: str) -> tuple[_Group, ...]:
    parts = text.split("||")
    if len(parts) > _MOST_GROUPS:
        raise RangeError(f"{len(parts)} groups between ||, at most {_MOST_GROUPS} are read")
    return tuple(_group(part.strip()) for part in parts)


def _group(text: str) -> _Group:
    bare = _LEADING_V.sub(r"\1", _GAP.sub("", text))
    pieces = [_WILD.sub("*", piece) for piece in re.split(r"[\s,]+", bare) if piece]
    for piece in pieces:
        _spec(piece)
    if not pieces:
        raise RangeError("nothing stands there")
    return _Group(_spec(",".join(pieces)), _PRE_RELEASE.search(text) is not None)


def _spec(piece: str) -> SimpleSpec:
    try:
        return SimpleSpec(piece)
    except ValueError as error:
        raise RangeError(f"{piece[:60]} is no part of a range") from error


def _beside(named: str) -> tuple[Version, ...]:
    numbers = [int(number) for number in named.split(".")]
    major, minor, patch = (*numbers, 0, 0)[:3]
    version = Version(major=major, minor=minor, patch=patch)
    return version, version.next_patch(), version.next_minor(), version.next_major()
