"""Keeps what was scraped in a file, so that a restart comes to the same evidence.

Why: a verdict is a fold over samples, and a scraper of our own has nobody to ask for old ones.
The file is OpenMetrics text and complete after every round, so promtool and `rollctl analyze`
read it too.
Never here: scraping, deciding what is kept.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from controller.openmetrics.labels import spelled
from controller.openmetrics.text import Dialect, TextError, parse_series, rows

_END = b"# EOF\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of one series; `time` in unix seconds."""

    metric: str
    labels: Mapping[str, str]
    time: float
    value: float


class RecorderError(Exception):
    """The file that is there cannot be taken up; the message says what to do."""


class Recorder:
    """One file, and the one before it.

    `trouble` says why the last round was not written, "" when it was.
    """

    def __init__(self, path: Path, largest_bytes: int = 64 * 2**20) -> None:
        """At `largest_bytes` a new file is begun; the old one is kept beside it as `.old`."""
        self._path = path
        self._old = path.with_name(path.name + ".old")
        self._largest_bytes = largest_bytes
        self.trouble = ""

    def replay(self) -> Iterator[Sample]:
        """Everything that is recorded. Raises RecorderError."""
        for path in (self._old, self._path):
            try:
                if path.exists():
                    _mend(path)
                    yield from _samples(path)
            except (TextError, UnicodeDecodeError, OSError) as error:
                raise RecorderError(f"{path}: {error}; move the file away") from error

    def append(self, samples: Iterable[Sample]) -> None:
        """Adds one round. A disk that is full costs the record, not the round."""
        lines = "".join(_line(sample) for sample in samples)
        try:
            self._write(lines.encode())
            self.trouble = ""
        except OSError as error:
            self.trouble = f"{self._path} cannot be written: {error.strerror}"

    def _write(self, text: bytes) -> None:
        if self._path.exists() and self._path.stat().st_size > self._largest_bytes:
            self._path.replace(self._old)
        if not self._path.exists():
            self._path.write_bytes(_END)
        with self._path.open("r+b") as file:
            file.seek(-len(_END), os.SEEK_END)
            file.write(text + _END)


def _line(sample: Sample) -> str:
    value = repr(sample.value).replace("inf", "Inf").replace("nan", "NaN")
    labels = f"{{{spelled(sample.labels)}}}"
    return f"{sample.metric}{labels} {value} {sample.time:.3f}\n"


def _mend(path: Path) -> None:
    """Cuts off a line that a crash has left unfinished."""
    content = path.read_bytes()
    if not content.endswith(_END):
        whole = content[: content.rfind(b"\n") + 1]
        path.write_bytes(whole + _END)


def _samples(path: Path) -> Iterator[Sample]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, series, value, time in rows(lines, Dialect.OPENMETRICS):
            if time is None:
                raise TextError(number, "no time")
            yield Sample(*parse_series(series, number), time, value)
