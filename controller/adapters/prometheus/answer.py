"""Reads an answer of the query API, and refuses what is not a whole and sound one.

Why: the client library drops warnings and reads JSON slowly; 30,000 series must not cost
seconds, and a partial answer must not pass for a whole one.
Never here: HTTP, what was asked.
"""

import msgspec

from controller.adapters.prometheus.faults import malformed, partial, status_fault
from controller.unreadable import UNREADABLE


class Row(msgspec.Struct):
    """One series: its labels, and its samples as (unix seconds, value as text)."""

    metric: dict[str, str]
    values: list[tuple[float, str]] = []


class _Data(msgspec.Struct):
    result: msgspec.Raw
    result_type: str = msgspec.field(name="resultType")


class _Answer(msgspec.Struct):
    status: str
    data: _Data | None = None
    error: str = ""
    warnings: list[str] = []
    is_partial: bool = msgspec.field(name="isPartial", default=False)


_ANSWER = msgspec.json.Decoder(_Answer)
_ROWS = msgspec.json.Decoder(list[Row])


def decoded(body: bytes) -> list[Row]:
    """All series of an answer to an instant query over a range. Raises QueryError."""
    try:
        answer = _ANSWER.decode(body)
        return _ROWS.decode(_sound(answer).result)
    except UNREADABLE as error:
        raise malformed(_nature(body)) from error


def _sound(answer: _Answer) -> _Data:
    if answer.status != "success":
        raise status_fault(400, answer.error, 0)
    if answer.warnings or answer.is_partial:
        raise partial("; ".join(answer.warnings) or "isPartial")
    if answer.data is None or answer.data.result_type != "matrix":
        raise malformed("something else than samples over a range")
    return answer.data


def reason(body: bytes) -> str:
    """Why the server says it failed; "" where it does not say so in JSON."""
    try:
        return _ANSWER.decode(body).error
    except UNREADABLE:
        return ""


def _nature(body: bytes) -> str:
    return "a web page, for logging in perhaps" if body.lstrip()[:1] == b"<" else "no sound JSON"
