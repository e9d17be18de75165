"""Laws of recordings that are theirs alone: files, and their faults."""

import time
from pathlib import Path

import pytest

from controller.adapters.recording import RecordingError, RecordingSource
from controller.ports.metrics import PodReference, Samples
from tests.controller.metrics.world import WEB_1, request


def _file(folder: Path, text: str, name: str = "x.om") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_series_may_go_on_in_another_file(tmp_path: Path) -> None:
    """Several files are one recording, whatever the order of files, samples and labels."""
    later = _file(tmp_path, 'm{pod="web-1",namespace="shop"} 3 30\n# EOF\n', "later.om")
    first = _file(
        tmp_path,
        'm{namespace="shop",pod="web-1"} 2 20\nm{namespace="shop",pod="web-1"} 1 10\n# EOF\n',
    )
    source = RecordingSource([later, first])
    (answer,) = source.read([request("m", 0, 100, WEB_1)])
    assert isinstance(answer, Samples)
    assert [(s.times, s.values) for s in answer.series] == [((10, 20, 30), (1, 2, 3))]
    assert source.span() == (10, 30)
    assert source.describe() == f"recording {later}, {first}"


def test_of_two_samples_at_once_the_first_stays(tmp_path: Path) -> None:
    """A window counts once, even when files overlap."""
    path = _file(tmp_path, 'm{pod="a"} 1 10\nm{pod="a"} 2 10\n# EOF\n')
    (answer,) = RecordingSource([path]).read([request("m", 0, 100, PodReference("", "a"))])
    assert isinstance(answer, Samples)
    assert answer.series[0].values == (1.0,)


def test_an_empty_recording_is_empty(tmp_path: Path) -> None:
    """Nothing recorded is no fault, and has no span."""
    source = RecordingSource([_file(tmp_path, "# EOF\n")])
    assert source.span() is None
    assert source.read([request("m", 0, 1, WEB_1)]) == [Samples(())]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("m 1 10\n", 2, "no # EOF"),
        ("m 1 10\nm 2\n# EOF\n", 2, "no time"),
        ("m 1 10\n\nm oops 20\n# EOF\n", 3, "'oops' is no number"),
        ('m{a="b",a="c"} 1 10\n# EOF\n', 1, "given twice"),
    ],
)
def test_malformed_files_are_told_by_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    """The message begins with file:line, as editors understand it."""
    path = _file(tmp_path, text)
    with pytest.raises(RecordingError) as refused:
        RecordingSource([path])
    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert message in str(refused.value)


def test_what_is_no_text_is_told(tmp_path: Path) -> None:
    """A file of bytes, a folder and a file that is not there are refused by name."""
    path = tmp_path / "x.om"
    path.write_bytes(b"m 1 10\n\xff\xfe\n")
    for unreadable in (path, tmp_path, tmp_path / "missing"):
        with pytest.raises(RecordingError, match=str(unreadable)):
            RecordingSource([unreadable])


def test_a_large_recording_is_read_in_time(tmp_path: Path) -> None:
    """At least 50,000 lines a second of CPU, so that 100 MB take seconds."""
    lines = (
        f'm{{pod="web-{n % 50}",namespace="shop",path="/a/{n % 7}"}} {n} {n // 350}\n'
        for n in range(200_000)
    )
    path = _file(tmp_path, "".join([*lines, "# EOF\n"]))
    begun = time.process_time()
    RecordingSource([path])
    assert time.process_time() - begun < 4  # seconds
