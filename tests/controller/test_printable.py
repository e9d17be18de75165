"""Whatever others write, it is one line that a person can be shown."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from controller.printable import UNPRINTABLE_SIGN, cut_bytes, printable
from tests import hostile

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(hostile.typed)
def test_nothing_unseen_is_left(text: str) -> None:
    """No control, no mark of direction, nothing without width, no half surrogate."""
    shown = printable(text)
    assert not {unicodedata.category(sign) for sign in shown} & UNSEEN
    assert shown.encode().decode() == shown


@given(hostile.typed)
def test_columns_stay(text: str) -> None:
    """Sign for sign, so that what was laid out before still is."""
    assert len(printable(text)) == len(text)


@given(hostile.typed)
def test_what_is_seen_stays_as_it_is(text: str) -> None:
    """Whatever can be seen is seen, and cleaning twice is cleaning once."""
    shown = printable(text)
    assert printable(shown) == shown
    kept = [(one, other) for one, other in zip(text, shown, strict=True) if one.isprintable()]
    assert all(one == other for one, other in kept)


def test_hidden_signs_leave_a_trace() -> None:
    """Two names that differ only in what is not seen do not look the same."""
    assert printable("web\u200b:1") == f"web{UNPRINTABLE_SIGN}:1"
    assert printable("two\r\nlines") == "two  lines"


@given(hostile.typed, st.integers(3, 2_000))
def test_a_cut_fits_in_bytes(text: str, longest_bytes: int) -> None:
    """The beginning of the printable line, whole signs only, and a sign that there was more."""
    shown = cut_bytes(text, longest_bytes)
    assert len(shown.encode()) <= longest_bytes
    assert shown == printable(text) or (
        shown.endswith("…") and printable(text).startswith(shown[:-1])
    )
