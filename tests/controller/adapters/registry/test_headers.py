"""Headers that registries send, in all their spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.registry.challenge import Challenge, parse_challenges
from controller.adapters.registry.faults import retry_after_seconds
from controller.adapters.registry.links import next_link


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", []),
        ('Basic realm="r"', [Challenge("basic", {"realm": "r"})]),
        (
            'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer",
                    {"realm": "https://a/t", "service": "s", "scope": "repository:a/b:pull,push"},
                )
            ],
        ),
        (
            'BEARER Realm = "x" , Service=s, Basic realm="y \\"z\\""',
            [
                Challenge("bearer", {"realm": "x", "service": "s"}),
                Challenge("basic", {"realm": 'y "z"'}),
            ],
        ),
        ("Negotiate, Basic realm=r", [Challenge("negotiate"), Challenge("basic", {"realm": "r"})]),
    ],
)
def test_challenges_are_read_in_every_spelling(header: str, expected: list[Challenge]) -> None:
    """Quoted or not, with commas within quotes, several in one header."""
    assert list(parse_challenges(header)) == expected


@given(st.text(alphabet='aB="\\, \n', max_size=200))
def test_any_challenge_is_read_to_an_end(header: str) -> None:
    """No header crashes the reader or keeps it."""
    parse_challenges(header)


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("", ""),
        ('</v2/a/tags/list?last=b&n=2>; rel="next"', "/v2/a/tags/list?last=b&n=2"),
        ("<https://r/v2/x>;rel=next", "https://r/v2/x"),
        ('<a>; rel="prev", <b>; title="x"; rel="last next"', "b"),
        ("<a>; rel=nextish", ""),
        ("a; rel=next", ""),
    ],
)
def test_the_next_page_is_found(header: str, target: str) -> None:
    """Only the relation `next` counts."""
    assert next_link(header) == target


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0.0),
        ("7", 7.0),
        ("-7", 0.0),
        ("99999999999999999999", 3_600.0),
        ("soon", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2065 07:28:00 GMT", 3_600.0),
    ],
)
def test_retry_after_is_bounded(text: str, seconds: float) -> None:
    """Seconds or a date, never below zero, never above an hour."""
    assert retry_after_seconds(text) == seconds
