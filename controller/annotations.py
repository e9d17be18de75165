"""How a record and the findings are spelled on a workload.

Why: every platform and every command reads and writes the same text.
Never here: what a record means.
"""

from typing import Any

import msgspec

from controller.engine.record import Record

DOMAIN = "rollctl.dev"
RECORD = f"{DOMAIN}/record"
FINDINGS = f"{DOMAIN}/findings"
SUMMARY = f"{DOMAIN}/summary"

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
    except msgspec.DecodeError as error:
        raise AnnotationError(f"{RECORD} is not a record of rollctl: {error}") from error


def _without_defaults(record: Record) -> dict[str, Any]:
    built: dict[str, Any] = msgspec.to_builtins(record)
    empty = msgspec.to_builtins(Record())
    return {name: value for name, value in built.items() if value != empty[name]}
