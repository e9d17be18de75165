"""Every input that a fuzzer began with, or broke something by, is read again."""

import time
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(file for file in CORPUS.glob("*/*") if file.is_file())
LONGEST_SECONDS = 5.0


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_whatever_is_read_is_read_or_refused_in_time(file: Path) -> None:
    """No exception but the reader's own, and no input that takes long."""
    begun = time.process_time()
    TARGETS[file.parent.name](file.read_bytes())
    assert time.process_time() - begun < LONGEST_SECONDS


def test_every_reader_has_a_corpus() -> None:
    """A fuzzer without an example of what is good finds nothing behind the first check."""
    assert {file.parent.name for file in FILES} == TARGETS.keys()
