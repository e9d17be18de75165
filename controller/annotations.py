"""How a record and the findings are spelled on a workload.

Why: every platform and every command reads and writes the same text.
Never here: what a record means.
"""

from typing import Any

import msgspec

from controller.engine.brevity import LONGEST_EVIDENCE_BYTES, LONGEST_REASON_BYTES
from controller.engine.freeze import Freeze
from controller.engine.record import Record
from controller.printable import cut_bytes
from controller.unreadable import UNREADABLE

DOMAIN = "rollctl.dev"
RECORD = f"{DOMAIN}/record"
FINDINGS = f"{DOMAIN}/findings"
SUMMARY = f"{DOMAIN}/summary"
FREEZE = f"{DOMAIN}/freeze"

LONGEST_TEXT_BYTES = 128 * 1024


class AnnotationError(Exception):
    """The text of an annotation is not one of ours; the message says where it breaks."""


def record_text(record: Record) -> str:
    """The record as compact JSON; defaults are left out."""
    return msgspec.json.encode(_without_defaults(record)).decode()


def read_record(text: str) -> Record:
    """The record of an annotation's text, an empty one for "". Raises AnnotationError."""
    if not text:
        return Record()
    if len(text) > LONGEST_TEXT_BYTES:
        raise AnnotationError(f"{RECORD} is {len(text)} bytes, at most {LONGEST_TEXT_BYTES}")
    try:
        return msgspec.json.decode(text, type=Record)
    except UNREADABLE as error:
        raise AnnotationError(f"{RECORD} is not a record of rollctl: {briefly(error)}") from error


def freeze_text(freeze: Freeze) -> str:
    """The freeze as compact JSON."""
    return msgspec.json.encode(freeze).decode()


def read_freeze(text: str) -> Freeze | None:
    """The freeze of an annotation's text, None for "". Any other text freezes too, and is its reason: who
    writes it by hand in an incident must not be told of a mistake in spelling."""
    if not text.strip():
        return None
    try:
        return msgspec.json.decode(text, type=Freeze)
    except UNREADABLE:
        return Freeze("a person by hand", None, None, cut_bytes(text, LONGEST_REASON_BYTES))


def briefly(error: Exception) -> str:
    """What is wrong with somebody's text; a value of theirs that it repeats is cut."""
    return cut_bytes(str(error), LONGEST_EVIDENCE_BYTES)


def _without_defaults(record: Record) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(record)
    empty = msgspec.to_builtins(Record())
    return {name: value for name, value in built.items() if value != empty[name]}
