"""Rules between the keys of one policy's images.

Why: each value can be right alone, and the images still ask for nonsense, or for a loop.
Never here: rules of one value (shapes), doubts (lint).
"""

from collections.abc import Iterator

from policies.images import grammar
from policies.images.build import choice_of, sort_key
from policies.images.repositories import canonical
from policies.problems import listed, quote
from policies.suggestions import nearest
from policies.tables import Field, Row

CHOICES = (grammar.SEMVER, grammar.REGEX, grammar.NEWEST, grammar.TAG)
_CHOICES = [known.key for known in CHOICES]


def check_images(images: tuple[Row, ...], environment: str | None, quarantines: bool) -> None:
    """Notes every broken rule; `quarantines` tells whether a bad digest is remembered."""
    for image in images:
        _check_choice(image)
        _check_sorting(image)
        _check_channel(image)
        _check_environment(image, environment)
        _check_loop(image, quarantines)
    _check_claims(images)


def _check_choice(image: Row) -> None:
    stated = [known for known in CHOICES if image.states(known)]
    if len(stated) == 1:
        return
    rule = f"an image has exactly one of {', '.join(_CHOICES)}"
    if stated:
        what = f"it has {' and '.join(known.key for known in stated)}"
        image.note(stated[1], what, rule, "remove all but one")
    else:
        instead = f"write for instance semver: {quote('>=1.2 <2')}"
        image.note(grammar.REPOSITORY, "no tag counts", rule, instead)


def _check_sorting(image: Row) -> None:
    if not image.states(grammar.REGEX):
        for stray in (grammar.SORT_BY, grammar.SORT_AS):
            if image.states(stray):
                what = f"{stray.key} without regex"
                image.note(stray, what, "only a regex has groups to sort by", "remove it")
        return
    pattern = image.get(grammar.REGEX)
    if pattern is not None and sort_key(image) is None:
        _note_no_key(image, pattern.groups)


def _note_no_key(image: Row, groups: tuple[str, ...]) -> None:
    key = image.get(grammar.SORT_BY)
    if key is None and image.states(grammar.SORT_BY):
        return
    known = f"its named groups are {', '.join(groups)}" if groups else "it has no named group"
    near = nearest(key, groups) if key else None
    instead = f"write {near or listed(groups)}" if groups else "write a group such as (?P<ts>…)"
    if key is None:
        image.note(grammar.REGEX, "a regex without sortBy", known, f"{instead}, as sortBy")
    else:
        image.note(grammar.SORT_BY, f"regex has no group {quote(key)}", known, instead)


def _check_channel(image: Row) -> None:
    channel = image.get(grammar.CHANNEL)
    if channel is None or not image.complete:
        return
    if choice_of(image).counts(channel):
        what = f"the channel {channel} is among the tags that count"
        rule = "rollctl would follow the tag that it moves itself"
        image.note(
            grammar.CHANNEL, what, rule, "write another channel, or a narrower choice of tags"
        )


def _check_environment(image: Row, own: str | None) -> None:
    require = image.get(grammar.REQUIRE)
    wanted = require.get(grammar.VERIFIED_IN) if require else None
    if require and wanted and wanted == own:
        what = f"verifiedIn is {wanted}, the environment of this policy itself"
        rule = "a digest would wait for the verdict of the rollout that waits for it"
        require.note(grammar.VERIFIED_IN, what, rule, "write the environment before this one")


def _check_loop(image: Row, quarantines: bool) -> None:
    if image.get(grammar.AUTO_UPDATE) and not quarantines:
        what = "autoUpdate without a quarantine"
        rule = "what was rolled back would be rolled out again at once, for ever"
        instead = "write onRegressed.quarantine: 7d, or autoUpdate: false"
        image.note(grammar.AUTO_UPDATE, what, rule, instead)


def _check_claims(images: tuple[Row, ...]) -> None:
    for index, later in enumerate(images):
        rival = next((one for one in images[:index] if _same_container(one, later)), None)
        if rival is not None:
            line = rival.place.line
            what = f"a second rule for the same container, after line {line}"
            rule = "a container has one image, which follows one rule"
            blamed: Field[str] = grammar.REPOSITORY
            if later.states(grammar.CONTAINER):
                blamed = grammar.CONTAINER
            later.note(blamed, what, rule, "write container with different names, or one rule")


def _same_container(one: Row, other: Row) -> bool:
    """Whether both surely mean one container: the same name, or the same repository with no
    name to tell them apart."""
    names = [image.get(grammar.CONTAINER) for image in (one, other)]
    if None not in names:
        return names[0] == names[1]
    if any(
        image.states(grammar.CONTAINER) and not image.get(grammar.CONTAINER)
        for image in (one, other)
    ):
        return False
    repositories = set(_repositories(one, other))
    return len(repositories) == 1


def _repositories(*images: Row) -> Iterator[str]:
    for number, image in enumerate(images):
        repository = image.get(grammar.REPOSITORY)
        yield canonical(repository) if repository else f"unread {number}"
