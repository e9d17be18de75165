"""Only what was signed, as it was signed, about the digest it is attached to, is believed."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.engine.builds.attestation import last_words
from controller.verdicts.record import VerdictError, VerdictRecord, read, write
from controller.verdicts.signing import MOST_AHEAD_SECONDS, MOST_RECORDS, believe, distrust, sign
from tests.controller.verdicts.made import DIGEST, KEY, RECORD, changed
from tests.controller.verdicts.test_record import records

KEYS = {"shop-2026": KEY}
LATER = 4_000_000_000.0
SIGNED = sign(RECORD, "shop-2026", KEY)


@given(records)
def test_signed(record: VerdictRecord) -> None:
    """Every record is trusted as it was signed, and by its own key alone."""
    body = write(sign(record, "shop-2026", KEY))
    assert distrust(body, KEYS) == ""
    assert distrust(body, {"shop-2026": KEY + b"x"})
    assert distrust(body, {"another": KEY})


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, change: int) -> None:
    """A record of which one byte differs is not trusted, unless it still says the same."""
    body = bytearray(write(SIGNED))
    body[place % len(body)] ^= change
    try:
        reason = distrust(bytes(body), KEYS)
    except VerdictError:
        return
    assert reason or read(bytes(body)) == read(write(SIGNED))


def test_spelling_does_not_matter() -> None:
    """A tool that indents a record, or orders its keys, does not break its signature."""
    told = json.loads(write(SIGNED))
    spaced = json.dumps(dict(reversed(told.items())), indent=2).encode()
    assert distrust(spaced, KEYS) == ""


def test_newer_keys_are_signed_too() -> None:
    """What a newer version adds cannot be added by somebody else."""
    told = json.loads(write(SIGNED)) | {"exempt": True}
    assert "does not fit" in distrust(json.dumps(told).encode(), KEYS)


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (None, "not signed"),
        ("x", "malformed"),
        ({"algorithm": "ed25519", "key": "shop-2026", "value": "x"}, "another algorithm"),
        ({"algorithm": "hmac-sha256", "key": "who", "value": "x"}, "not known here"),
        ({"algorithm": "hmac-sha256", "key": "shop-2026", "value": "\ud83d"}, "does not fit"),
        ({"algorithm": "hmac-sha256", "key": "shop-2026", "value": "é"}, "does not fit"),
    ],
)
def test_distrusted(signature: object, words: str) -> None:
    """Each way not to be signed has its reason."""
    told = json.loads(write(RECORD)) | {"signature": signature}
    text = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    assert words in distrust(text, KEYS)


def test_short_keys() -> None:
    """A key that could be guessed is refused."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        sign(RECORD, "shop-2026", b"short")


def test_believed() -> None:
    """Of what is attached to a digest only what is signed, readable and about it counts, and
    it is said of each other why not."""
    copied = write(sign(changed(digest="sha256:" + "b" * 64), "shop-2026", KEY))
    bodies = [write(SIGNED), write(RECORD), copied, b"{}", write(SIGNED)]
    believed = believe(DIGEST, bodies, KEYS, LATER)
    assert believed.records == (SIGNED,)
    assert sorted(believed.left_out) == [
        "a record says kind: Verdict",
        "eu-1/Deployment/shop/web: it is not signed",
        "it is about another digest, sha256:bbbbbbbbbbbb",
    ]


def test_without_keys_everything_readable_counts() -> None:
    """Who configures no key believes whoever may push."""
    assert believe(DIGEST, [write(RECORD)], {}, LATER).records == (RECORD,)


@given(st.lists(records, max_size=6), st.randoms(use_true_random=False))
def test_any_order(told: list[VerdictRecord], chance: Random) -> None:
    """In whatever order a registry lists them, records add up to the same."""
    bodies = [write(record) for record in told]
    shuffled = chance.sample(bodies, len(bodies))
    once = believe(DIGEST, bodies, {}, LATER)
    assert believe(DIGEST, shuffled + bodies, {}, LATER) == once
    words = [record.attestation() for record in once.records]
    assert last_words(reversed(words)) == last_words(words)


def test_records_are_bounded() -> None:
    """A digest with any number of records costs a bounded number of looks."""
    bodies = [write(changed(cluster=f"c{number}")) for number in range(MOST_RECORDS + 50)]
    assert len(believe(DIGEST, bodies, {}, LATER).records) == MOST_RECORDS


def test_words_of_the_future() -> None:
    """A record of a clock that is ahead waits: its place could not take it back until then."""
    at = RECORD.at.timestamp()
    bodies = [write(SIGNED)]
    assert believe(DIGEST, bodies, KEYS, at - MOST_AHEAD_SECONDS).records == (SIGNED,)
    early = believe(DIGEST, bodies, KEYS, at - MOST_AHEAD_SECONDS - 1)
    assert early.records == ()
    assert "a clock is wrong" in early.left_out[0]
