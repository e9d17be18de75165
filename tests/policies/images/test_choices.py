"""Each way to choose tags counts and orders them as its user reads it."""

from itertools import pairwise

import pytest

from policies.images.choices import TagChoice
from tests.policies.images.texts import only_image

TIMES = r"{repository: web, regex: '^main-(?P<ts>\d+)-[0-9a-f]{7}$'}"
DATES = r"{repository: web, regex: '^(?P<day>[0-9-]+)$', sortBy: day, sortAs: alphabetical}"
SUFFIXED = r"{repository: web, regex: '^(?P<v>.+)-alpine$', sortAs: semver}"
NUMBERED = r"{repository: web, regex: '^b(?P<n>.+)$'}"


@pytest.mark.parametrize(
    ("image", "rising", "stray"),
    [
        ("{repository: web, semver: '*'}", "v1.2.0 1.10.0 2.0.0", "latest 1.2 main-1"),
        (TIMES, "main-9-abcdef0 main-10-abcdef0 main-0011-abcdef0", "main-1 dev-1-abcdef0"),
        (DATES, "2026-01-31 2026-02-01", "latest"),
        (SUFFIXED, "1.9.0-alpine 1.10.0-alpine", "1.9.0 x-alpine"),
        (NUMBERED, "b9 b10 b10.5", "b bx b1e3 bnan"),
    ],
)
def test_order(image: str, rising: str, stray: str) -> None:
    """Tags rise in the user's sense, and tags that mean nothing to the choice do not count."""
    choice = only_image(image).choice
    tags = rising.split()
    ranks = [rank for rank in (choice.rank(tag, None) for tag in tags) if rank is not None]
    assert len(ranks) == len(tags)
    assert all(low < high and not high < low for low, high in pairwise(ranks))
    assert all(map(choice.counts, tags))
    assert not any(map(choice.counts, stray.split()))


def test_newest_is_ordered_by_time() -> None:
    """Of newest, the time an image was made is the order, and a tag without it has no place."""
    choice: TagChoice = only_image("{repository: web, newest: '^[0-9a-f]{7}$'}").choice
    assert choice.counts("abcdef0")
    assert not choice.counts("latest")
    assert choice.rank("abcdef0", 7.0) == 7.0
    assert choice.rank("abcdef0", None) is None


def test_moving_tag() -> None:
    """A tag that is moved counts alone and has no order: its owner says what is next."""
    choice = only_image("{repository: web, tag: latest}").choice
    assert choice.counts("latest")
    assert not choice.counts("latest2")
    assert choice.rank("latest", 7.0) is None


def test_versions_out_of_the_range_have_their_place() -> None:
    """What runs may be newer than all of the range, and then nothing in it is news."""
    choice = only_image("{repository: web, semver: '<2'}").choice
    inside, outside = choice.rank("1.9.0", None), choice.rank("2.1.0", None)
    assert inside is not None
    assert inside < outside
    assert not choice.counts("2.1.0")
