"""What is sent to an API server keeps its rules, whatever others have written."""

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.verdict import Judgement
from controller.adapters.kubernetes.answers import BadAnswer, Request, decoded, refusal
from controller.adapters.kubernetes.structs import WatchEvent
from controller.adapters.kubernetes.writer import _event, _texts, as_go_writes
from controller.annotations import FINDINGS, AnnotationError, read_freeze, read_record
from controller.engine.brevity import MOST_QUARANTINED, brief
from controller.engine.change import Change
from controller.engine.outlook import Outlook
from controller.engine.record import (
    HISTORY_LENGTH,
    Act,
    Decision,
    Pin,
    Quarantined,
    Record,
    Rollout,
)
from controller.ports.platform import PlatformError, Unavailable
from controller.report import LONGEST_REPORT_BYTES, Report, read_report, report_text
from tests import hostile
from tests.controller.show.hostile_seen import reports
from tests.controller.show.made import ERRORS, finding
from tests.controller.show.test_show import held
from tests.fakes import KEY, NOW, digest, workload

FEW = settings(max_examples=50, deadline=None)
DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LONGEST_ANNOTATIONS_BYTES = 256 * 1024
"""The API server's limit for all annotations of an object, their names too."""
DEEP = b'{"x":' + b"[" * 100_000
names = st.from_regex(DNS_NAME, fullmatch=True).filter(lambda name: len(name) <= 253)


def change(reason: str, name: str = "web", verdict: str = "") -> Change:
    """A decision with this reason, on a workload of this name."""
    seen = workload("web:v1", {"web:v1": 1}, key=replace(KEY, name=name))
    return Change(seen, Record(sequence=3), Decision(NOW, Act.ROLL_BACK, "r", verdict, reason))


@FEW
@given(hostile.sent, names, hostile.sent)
def test_an_event_is_one_that_is_taken(reason: str, name: str, verdict: str) -> None:
    """A DNS name of at most 253 characters, a printable note of at most 1,024 bytes, and nothing of
    anybody's text in the fields that machines sort by."""
    event: Any = _event(change(reason, name, verdict), "host_0123abcd")
    made = event["metadata"]["name"]
    assert DNS_NAME.fullmatch(made)
    assert len(made) <= 253
    assert len(event["note"].encode()) <= 1024
    assert event["note"].isprintable()
    assert (event["reason"], event["action"], event["type"]) == (
        "RolledBack",
        "RollBack",
        "Warning",
    )


def test_the_largest_record_and_report_leave_room_for_others() -> None:
    """Every list full and every text as long as it gets, in the signs that take the most bytes:
    record, summary and report together stay below what a workload may carry."""
    text = '\\"🙂<' * 5_000
    image = "r" * 250 + ":" + "t" * 128
    images = {f"container-{number}": image for number in range(3)}
    digests = dict.fromkeys(images, digest("web:v1"))
    one = held().record.rollout
    assert one is not None
    version = replace(one.baseline, images=images, digests=digests)
    rollout: Rollout = replace(
        one, reason=text, baseline=version, target=version, candidate=version, restored=images
    )
    decision = Decision(
        NOW, Act.ROLL_BACK, "r", "Regressed", text, images, images, text, (text,) * 90
    )
    record = Record(
        sequence=10**9,
        settled=images,
        rollout=rollout,
        good=version,
        pin=Pin(images, text, NOW, text, digests),
        quarantine=tuple(
            Quarantined(digest(f"web:v{number}"), image, NOW + number, text)
            for number in range(2 * MOST_QUARANTINED)
        ),
        history=(decision,) * HISTORY_LENGTH,
    )
    seen = workload("web:v1", {"web:v1": 1})
    texts = _texts(Change(seen, brief(record), decision))
    findings = tuple(replace(finding(ERRORS, v), reason=text) for v in [one_verdict()] * 50)
    report = Report(
        NOW,
        "r",
        Judgement(one_verdict(), findings, None, text),
        Outlook(text, None, (text,) * 90),
        text,
        (text,) * 90,
        {"errors": (text,) * 5},
    )
    written = {**texts, FINDINGS: report_text(report)}
    size = sum(len(name) + len(value.encode()) for name, value in written.items())
    assert size < 0.9 * LONGEST_ANNOTATIONS_BYTES
    assert read_record(texts["rollctl.dev/record"]) == brief(record)


def one_verdict() -> Any:
    """The verdict with the longest finding."""
    from analysis.verdict import Verdict

    return Verdict.REGRESSED


@FEW
@given(reports, st.integers(0, 60))
def test_a_report_has_an_end_and_is_read_back(report: Report, times: int) -> None:
    """What is too long is left out and said to be; what is left is a report."""
    text = report_text(replace(report, trouble=report.trouble * times))
    assert len(text.encode()) <= LONGEST_REPORT_BYTES
    read = read_report(text)
    assert read is not None
    assert (read.at, read.rollout) == (report.at, report.rollout)
    assert read.judgement == report.judgement or "too long to be shown" in read.trouble[-1]


@FEW
@given(st.dictionaries(hostile.sent, hostile.sent, max_size=3))
def test_a_patch_in_gos_spelling_says_the_same(values: dict[str, str]) -> None:
    """Escapes change how JSON is written, never what it says."""
    body = json.dumps(values, ensure_ascii=False).encode()
    assert json.loads(as_go_writes(body)) == values


@given(hostile.sent, st.dictionaries(hostile.sent, hostile.sent, max_size=2))
def test_no_name_leaves_its_place_in_an_address(name: str, params: dict[str, str]) -> None:
    """A path stays a path and a parameter stays one parameter."""
    target = Request("GET", f"/apis/apps/v1/namespaces/shop/deployments/{name}", params).target()
    assert target.isascii()
    assert target.isprintable()
    assert " " not in target
    parts = urlsplit(target)
    assert parts.fragment == ""
    assert parts.path.startswith("/apis/apps/v1/namespaces/shop/deployments/")
    told = parse_qs(parts.query, keep_blank_values=True, max_num_fields=10)
    assert told == {key: [value] for key, value in params.items()}


@given(hostile.sent, hostile.sent, st.integers(400, 599))
def test_a_refusal_is_one_short_line(message: str, reason: str, status: int) -> None:
    """Whatever the API server, or somebody in its place, says of itself."""
    body = json.dumps({"kind": "Status", "message": message}).encode()
    for said in (body, message.encode(), DEEP):
        error = refusal(Request("GET", f"/x/{reason}"), BadAnswer(status, reason, None, said))
        assert isinstance(error, PlatformError)
        assert str(error).isprintable()
        assert len(str(error)) < 1_000


@pytest.mark.parametrize("body", [DEEP, b'{"type":"ADDED","object":' + b"[" * 100_000, b"\xff"])
def test_an_answer_nested_without_end_is_no_answer(body: bytes) -> None:
    """It is told as one, and tried again later, instead of ending what reads it."""
    with pytest.raises(Unavailable, match="not what was asked for"):
        decoded(body, WatchEvent, "a watch")


@pytest.mark.parametrize("read", [read_record, read_report])
@pytest.mark.parametrize("text", [DEEP.decode(), '{"at": 1, "rollout": 2}', "[", '"\x1b[2J"'])
def test_an_annotation_that_is_none_is_said_in_one_line(read: Any, text: str) -> None:
    """Nested without end, of another form, cut off: the same short error."""
    with pytest.raises(AnnotationError) as told:
        read(text)
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 400


def test_a_value_that_an_error_repeats_is_cut() -> None:
    """A phase of somebody's own is not repeated with its escapes, nor in full."""
    rollout = json.loads(held().workload.record_text)["rollout"]
    rollout["phase"] = "\x1b[2J" * 5_000
    with pytest.raises(AnnotationError) as told:
        read_record(json.dumps({"rollout": rollout}))
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 400


@given(hostile.sent)
def test_a_freeze_by_hand_is_told_in_one_line(text: str) -> None:
    """Any text freezes, and its reason moves no cursor."""
    freeze = read_freeze(text)
    assert (freeze is None) == (not text.strip())
    if freeze is not None:
        assert len(freeze.told(NOW)) < 1_000
    assert read_freeze(DEEP.decode()) is not None
