"""From checked rows to the rules of images.

Why: past this point nobody needs to know what the file looked like or where it stood.
Never here: checks (a row that comes here is complete), defaults.
"""

from policies.images import grammar
from policies.images.choices import ByPattern, BySemver, MovingTag, Newest, TagChoice
from policies.images.model import Gates, ImageRule
from policies.tables import Row


def build_image(row: Row) -> ImageRule:
    """The rule of a complete row."""
    require = row[grammar.REQUIRE]
    return ImageRule(
        repository=row[grammar.REPOSITORY],
        container=row.get(grammar.CONTAINER),
        choice=choice_of(row),
        auto_update=row[grammar.AUTO_UPDATE],
        gates=Gates(
            ci_verdict=require.get(grammar.CI_VERDICT),
            verified_in=require.get(grammar.VERIFIED_IN),
            minimum_age_seconds=require[grammar.MINIMUM_AGE],
        ),
        channel=row.get(grammar.CHANNEL),
    )


def choice_of(row: Row) -> TagChoice:
    """The tags that count, of a complete row."""
    if row.states(grammar.SEMVER):
        return BySemver(row[grammar.SEMVER])
    if row.states(grammar.NEWEST):
        return Newest(row[grammar.NEWEST])
    if row.states(grammar.TAG):
        return MovingTag(row[grammar.TAG])
    return ByPattern(row[grammar.REGEX], sort_key(row) or "", row[grammar.SORT_AS])


def sort_key(row: Row) -> str | None:
    """The group that a regex is sorted by: the one written, or its only one; None where there
    is no such group."""
    pattern, key = row.get(grammar.REGEX), row.get(grammar.SORT_BY)
    groups = pattern.groups if pattern else ()
    if key is None and not row.states(grammar.SORT_BY):
        return groups[0] if len(groups) == 1 else None
    return key if key in groups else None
