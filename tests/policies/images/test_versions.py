"""Ranges of versions mean what they mean to users of Flux, Helm and npm."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.images.versions import RangeError, VersionRange, version_of


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">=1.2 <2", "1.2.0 1.2.9 1.99.0 v1.3.0", "1.1.9 2.0.0 1.3.0-beta.1 2.0.0-rc.1"),
        (">=1.2, <2", "1.2.0 1.99.0", "2.0.0"),
        (">= 1.2 < 2", "1.2.0 1.99.0", "2.0.0"),
        (">=v1.2.0 <v2", "1.2.0 v1.5.0", "2.0.0"),
        (">=1.2.0-0 <2", "1.2.0 1.3.0-beta.1 1.2.0-rc.1", "1.1.0 2.0.0-rc.1"),
        ("1.2.x", "1.2.0 1.2.7", "1.3.0"),
        ("1.x", "1.0.0 1.9.9", "2.0.0"),
        ("1.2", "1.2.0 1.2.7", "1.3.0"),
        ("^1.2.3", "1.2.3 1.9.0", "1.2.2 2.0.0"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("*", "0.0.1 7.0.0", "7.0.0-rc.1"),
        ("<1 || >=2 <3", "0.9.0 2.5.0", "1.0.0 3.0.0"),
        (">=1.0.0 <2 || >=3.0.0-0", "1.5.0 3.0.0-rc.1", "1.5.0-rc.1"),
        (">1.2 !=1.3.1", "1.3.0 1.3.2", "1.2.9 1.3.1"),
    ],
)
def test_range(text: str, inside: str, outside: str) -> None:
    """A range holds what its user expects and nothing else."""
    range_ = VersionRange(text)
    for tags, expected in ((inside, True), (outside, False)):
        for tag in tags.split():
            version = version_of(tag)
            assert version is not None
            assert range_.admits(version) is expected, tag


@pytest.mark.parametrize("tag", ["1.2", "1", "latest", "vv1.2.3", "1.2.3.4", "01.2.3", "", "1.2.x"])
def test_no_version(tag: str) -> None:
    """A tag that is no whole version is none: 1.2 moves from one version to the next."""
    assert version_of(tag) is None


def test_versions_are_ordered_as_the_specification_says() -> None:
    """The example of semver.org, clause 11, is in its order."""
    told = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11"
    texts = f"{told} 1.0.0-rc.1 1.0.0 v1.0.1 1.10.0".split()
    versions = [version for version in map(version_of, texts) if version is not None]
    assert len(versions) == len(texts)
    assert all(low < high for low, high in pairwise(versions))


@pytest.mark.parametrize(
    "text", ["", " ", "<<2", "||", ">=1.2 ||", "latest", ">=01.2", ">*", "1 - 2", ">=1.2-0", "=>1"]
)
def test_no_range(text: str) -> None:
    """What is no range is refused, in words."""
    with pytest.raises(RangeError):
        VersionRange(text)


@given(st.text("0123456789.xX*<>=!^~|-+, vabc", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    """Whatever is written is a range, which can be asked, or refused as none."""
    try:
        range_ = VersionRange(text)
    except RangeError:
        return
    version = version_of("1.2.3")
    assert version is not None
    assert range_.admits(version) in {True, False}
    assert range_.empty in {True, False}


numbers = st.integers(0, 4)
releases = st.tuples(numbers, numbers, numbers)
comparisons = st.tuples(st.sampled_from([">=", ">", "<", "<=", "=", "!="]), releases)


@given(st.lists(comparisons, min_size=1, max_size=4))
def test_a_range_is_empty_just_when_nothing_lies_in_it(
    parts: list[tuple[str, tuple[int, ...]]],
) -> None:
    """Emptiness is told of a range that no release meets, and of no other."""
    text = " ".join(f"{sign}{'.'.join(map(str, release))}" for sign, release in parts)
    range_ = VersionRange(text)
    all_of_them = [
        version_of(f"{major}.{minor}.{patch}")
        for major in range(6)
        for minor in range(6)
        for patch in range(6)
    ]
    assert range_.empty is not any(one is not None and range_.admits(one) for one in all_of_them)
