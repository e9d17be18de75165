"""A record is spelled in one way, and read as far as it can be understood."""

import json
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.question import Direction, Kind, Question, Tolerance
from analysis.verdict import ArmSummary, Finding, Verdict
from controller.verdicts.record import (
    MOST_BYTES,
    MOST_FIGURES,
    Figure,
    VerdictError,
    VerdictRecord,
    figure,
    moment,
    read,
    write,
)
from tests.controller.verdicts.made import DIGEST, RECORD, changed

names = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
sentences = st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=40).map(str.strip)
moments = st.integers(0, 4_000_000_000_000).map(lambda milliseconds: moment(milliseconds / 1_000))
floats = st.none() | st.floats(allow_nan=False, allow_infinity=False)
figures = st.builds(
    Figure,
    names,
    names,
    st.just("10%"),
    *(floats for _ in range(5)),
)
records = st.builds(
    VerdictRecord,
    digest=st.just(DIGEST),
    verdict=st.sampled_from(["Healthy", "Regressed", "Withdrawn", "NoData", "Newer"]),
    environment=names,
    cluster=names,
    workload=names,
    at=moments,
    image=sentences,
    policy=sentences,
    by=sentences,
    evidence=sentences,
    quarantined_until=st.none() | moments,
    quarantined_for_good=st.booleans(),
    figures=st.lists(figures, max_size=3).map(tuple),
)


def test_spelling() -> None:
    """What is written is what the documentation shows, byte for byte."""
    assert write(RECORD).decode() == (
        '{"apiVersion":"rollctl/v1","at":"2026-09-21T14:13:20.250000Z","cluster":"eu-1",'
        f'"digest":"{DIGEST}","environment":"staging",'
        '"evidence":"errors: 45 % of requests fail, 0.5 % before",'
        '"figures":[{"baseline":0.0047,"candidate":0.4507,"effect":0.446,"high":0.512,'
        '"low":0.387,"metric":"errors","tolerance":"3pp","verdict":"Regressed"}],'
        '"image":"ghcr.io/shop/web:1.3.0","kind":"Verdict","policy":"shop-web",'
        '"quarantinedUntil":"2026-09-28T12:53:20Z","verdict":"Regressed",'
        '"workload":"Deployment/shop/web"}'
    )


def _printable(record: VerdictRecord) -> bool:
    texts = (record.environment, record.cluster, record.workload, record.evidence, record.by)
    return all(text.isprintable() for text in (*texts, record.image, record.policy))


@given(records.filter(_printable))
def test_round_trip(record: VerdictRecord) -> None:
    """What is written is read, and written again the same."""
    assert read(write(record)) == record
    assert write(read(write(record))) == write(record)


@given(records, names, st.integers() | st.text(max_size=5) | st.lists(st.none(), max_size=2))
def test_newer_versions(record: VerdictRecord, key: str, value: Any) -> None:
    """Keys and figures that a newer version adds change nothing of what is understood."""
    told = json.loads(write(record))
    newer = {f"x{key}": value, "apiVersion": "rollctl/v9"}
    body = json.dumps(told | newer | {"figures": [*told.get("figures", []), {"p": value}, value]})
    assert read(body.encode()) == read(write(record))


def test_attestation() -> None:
    """What adds up: the place, the moment, and how long the quarantine holds."""
    told = RECORD.attestation()
    assert (told.place, told.at) == ("eu-1/Deployment/shop/web", 1_790_000_000.25)
    assert told.quarantined_until == 1_790_600_000
    assert changed(quarantined_for_good=True).attestation().quarantined_until == inf
    assert changed(quarantined_until=None).attestation().quarantined_until is None


def _without(*keys: str, **others: Any) -> bytes:
    told = json.loads(write(RECORD)) | others
    return json.dumps({key: value for key, value in told.items() if key not in keys}).encode()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is JSON"),
        (b"\xff", "is JSON"),
        (b'{"\xe1": 1}', "UTF-8"),
        (b"[" * 60_000, "so deep"),
        (b"[]", "kind: Verdict"),
        (b'{"kind": "Other"}', "kind: Verdict"),
        (b" " * (MOST_BYTES + 1), "at most 65536"),
        (_without("digest"), "digest"),
        (_without(digest="sha256:0"), "digest is none"),
        (_without("at"), "at"),
        (_without(at="2026-09-21T14:13:20"), "at"),
        (_without(at=1_790_000_000), "at"),
        (_without(environment=""), "environment"),
        (_without(cluster="c" * 300), "cluster"),
        (_without(verdict=1), "verdict"),
        (_without(evidence="e" * 2_000), "evidence"),
        (_without(quarantinedUntil="soon"), "quarantinedUntil"),
    ],
)
def test_no_record(body: bytes, words: str) -> None:
    """What a record cannot do without, and what is too large, is refused in one line."""
    with pytest.raises(VerdictError) as refused:
        read(body)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    """Random bytes are no record, and never another error."""
    with pytest.raises(VerdictError):
        read(body)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(json.loads(write(RECORD)))), values)
def test_any_value_anywhere(key: str, value: Any) -> None:
    """A record with anything in one of its fields is read or refused, and shown in one line."""
    try:
        record = read(_without(**{key: value}))
    except VerdictError:
        return
    assert _printable(record)
    assert write(read(write(record))) == write(record)


def test_lines_cannot_be_broken() -> None:
    """A record's texts are shown in terminals, so nothing in them can move a cursor."""
    assert read(_without(evidence="a\x1b[2Jb\nc")).evidence == "a�[2Jb c"


def test_figures_are_bounded() -> None:
    """Of a record with many figures the first are read."""
    many = [{"metric": f"m{n}", "verdict": "Healthy"} for n in range(200)]
    assert len(read(_without(figures=many)).figures) == MOST_FIGURES


def test_figure() -> None:
    """A finding is told in four digits; what is not known is left out."""
    question = Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.03, absolute=True))
    nothing = ArmSummary(None, 0, 0, 0)
    finding = Finding(
        *(question, Verdict.REGRESSED, 0.44599, None, 0.5, nothing, nothing, None, "", "")
    )
    assert figure(finding) == Figure("errors", "Regressed", "3pp", 0.446, None, 0.5)
    seen = replace(finding, candidate=ArmSummary(0.450712, 1, 2, 3))
    assert figure(seen).candidate == 0.4507


@pytest.mark.parametrize("seconds", [nan, inf, 1e30])
def test_no_time(seconds: float) -> None:
    """What is no time is refused before it is written."""
    with pytest.raises(ValueError, match=r"no time|NaN|nan"):
        moment(seconds)
