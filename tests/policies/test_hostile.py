"""Whatever a file holds gives problems, soon, and never an exception."""

import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.load import load, load_text
from policies.yaml_text import MOST_DOCUMENTS
from tests.policies.policy_texts import WHOLE

MOST_SECONDS = 3.0
LETTERS = "abcdefghij"


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Random bytes are read or refused, and never raise."""
    path = tmp_path_factory.getbasetemp() / "random.yaml"
    path.write_bytes(content)
    loaded = load([path])
    assert not loaded.policies


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_random_text(text: str) -> None:
    """Random text, half surrogates too, is read or refused, and never raises."""
    assert not load_text(text, "f").policies


PIECES = st.sampled_from(
    [*"{}[]&*!|>'\"%@`:,-?#\n\t ", "<<: *a", "&a ", "*a", "!!int ", "1.10", "off", "~", "---\n"]
)


@given(st.integers(0, len(WHOLE)), st.integers(0, 40), PIECES | st.text(max_size=5))
@settings(max_examples=500, deadline=None)
def test_mutated_policy(start: int, length: int, piece: str) -> None:
    """A policy with a piece cut out and another put in is a policy or has problems, whose
    places lie in the text."""
    text = WHOLE[:start] + piece + WHOLE[start + length :]
    loaded = load_text(text, "f")
    lines = text.splitlines() or [""]
    for problem in loaded.problems:
        assert 1 <= problem.line <= len(lines) + 1
        assert problem.column >= 1
        assert "\n" not in str(problem)


def _laughs() -> str:
    names = pairwise(LETTERS)
    first = "a: &a {x: 1}\n"
    return first + "".join(f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in names)


BOMBS = {
    "aliases of aliases": _laughs(),
    "one wide anchor merged often": "a: &a {"
    + ",".join(f"k{n}: 1" for n in range(3_000))
    + "}\nb: ["
    + ",".join(["{<<: *a}"] * 60_000)
    + "]",
    "deep flow": "[" * 500_000,
    "deep blocks": "- " * 400_000,
    "deep mappings": "{a: " * 200_000,
    "wide list": "- a\n" * 250_000,
    "many documents": "--- 1\n" * (MOST_DOCUMENTS + 5),
    "long text": "a: " + "x" * 1_000_000,
    "escapes": 'a: "' + "\\n" * 500_000 + '"',
    "unknown keys": "".join(f"metadatx{n}: 1\n" for n in range(4_900)),
    "too large": "a" * 2_000_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_bomb(bomb: str) -> None:
    """A file built to exhaust the reader is refused soon, with few problems."""
    began = time.process_time()
    loaded = load_text(bomb, "f")
    assert time.process_time() - began < MOST_SECONDS
    assert 1 <= len(loaded.problems) <= 1_100
    assert not loaded.policies


def test_as_many_policies_as_allowed() -> None:
    """A thousand policies load within seconds, and one more is refused."""
    texts = [
        WHOLE.replace("shop-web", f"p{n}").replace("app: web", f"app: w{n}") for n in range(1_001)
    ]
    assert len(load_text("---\n".join(texts[:1_000]), "f").policies) == 1_000
    assert "at most 1000" in load_text("---\n".join(texts), "f").problems[0].message


def test_too_many_files(tmp_path: Path) -> None:
    """One file past the limit is named, and no policy is lost by it."""
    for number in range(1_001):
        (tmp_path / f"{number:04}.yaml").write_text("# nothing\n")
    (problem,) = load([tmp_path]).problems
    assert problem.file.endswith("1000.yaml")


def test_files_that_are_too_large_together(tmp_path: Path) -> None:
    """Files of which each could be read, but not all: the first that was not is named, soon."""
    for number in range(40):
        (tmp_path / f"{number:02}.yaml").write_text("# nothing\n" * 100_000)
    began = time.process_time()
    (problem,) = load([tmp_path]).problems
    assert problem.file.endswith("16.yaml")
    assert "16777216 bytes" in str(problem)
    assert time.process_time() - began < 4 * MOST_SECONDS
