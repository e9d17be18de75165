"""Samples from files: OpenMetrics text with times, as `promtool tsdb create-blocks-from
openmetrics` takes it.

Why: what was recorded is judged by the same engine as what happens now.
Never here: a format of our own, a file that is read again later.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from controller.openmetrics.labels import PodLabels
from controller.openmetrics.table import Column, SampleTable
from controller.openmetrics.text import Dialect, TextError, parse_series, rows
from controller.ports.metrics import Answer, SampleRequest, Samples


class RecordingError(Exception):
    """The recording cannot be read; the message begins with file:line and says what to mend."""


class RecordingSource:
    """Everything that stands in some files, read once."""

    def __init__(self, paths: Iterable[Path], pod_labels: PodLabels | None = None) -> None:
        """Raises RecordingError."""
        self._table = SampleTable(pod_labels or PodLabels())
        self._columns: dict[str, Column] = {}
        self._paths = tuple(paths)
        for path in self._paths:
            self._load(path)

    def _load(self, path: Path) -> None:
        try:
            with path.open(encoding="utf-8", newline="\n") as lines:
                self._take(lines)
        except TextError as error:
            raise RecordingError(f"{path}:{error.line}: {error.message}") from error
        except UnicodeDecodeError as error:
            raise RecordingError(f"{path}:1: not UTF-8 text: {error.reason}") from error
        except OSError as error:
            raise RecordingError(f"{path}:1: cannot be read: {error.strerror}") from error

    def _take(self, lines: Iterable[str]) -> None:
        columns = self._columns
        for number, text, value, time in rows(lines, Dialect.OPENMETRICS):
            if time is None:
                raise TextError(number, "no time; write the unix seconds after the value")
            column = columns.get(text)
            if column is None:
                column = columns[text] = self._table.column(*parse_series(text, number))
            column.append(time, value)

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        """Every request is answered: what a recording does not hold was not recorded."""
        return [Samples(self._table.read(request)) for request in requests]

    def span(self) -> tuple[float, float] | None:
        """The first and the last time of any sample, unix seconds; None without samples."""
        spans = [column.span() for _, column in self._table.columns()]
        if not spans:
            return None
        return min(first for first, _ in spans), max(last for _, last in spans)

    def describe(self) -> str:
        """Names the files."""
        return "recording " + ", ".join(str(path) for path in self._paths)
