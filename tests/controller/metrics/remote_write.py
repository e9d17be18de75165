"""Writes samples of any time into a Prometheus, as another Prometheus would.

Why: two weeks of past cannot be waited for.
Never here: what is written.
"""

import struct
import time
from collections.abc import Iterable, Mapping, Sequence

import requests

Samples = Sequence[tuple[float, float]]

PATIENCE_SECONDS = 30.0
LONGEST_LITERAL = 1 << 16


def write(url: str, series: Iterable[tuple[Mapping[str, str], Samples]]) -> None:
    """Sends (labels, [(unix seconds, value)]); each series in the order of its times."""
    body = b"".join(_message(1, _time_series(labels, samples)) for labels, samples in series)
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    answer = requests.post(f"{url}/api/v1/write", _snappy(body), headers=headers, timeout=30)
    assert answer.status_code < 300, answer.text


def await_ready(url: str) -> None:
    """Waits until it takes samples."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{url}/-/ready", timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise TimeoutError("Prometheus is not ready")


def _time_series(labels: Mapping[str, str], samples: Samples) -> bytes:
    named = (
        _message(1, _message(1, name.encode()) + _message(2, labels[name].encode()))
        for name in sorted(labels)
    )
    told = (_message(2, _sample(at, value)) for at, value in samples)
    return b"".join(named) + b"".join(told)


def _sample(at: float, value: float) -> bytes:
    return b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(round(at * 1000))


def _message(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _snappy(content: bytes) -> bytes:
    """The block format without compression: literals alone."""
    parts = [_varint(len(content))]
    for start in range(0, len(content), LONGEST_LITERAL):
        piece = content[start : start + LONGEST_LITERAL]
        parts.append(b"\xf4" + struct.pack("<H", len(piece) - 1) + piece)
    return b"".join(parts)
