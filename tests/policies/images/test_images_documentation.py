"""docs/images.md says what the code does."""

import re
from pathlib import Path

import pytest

from policies.lint import lint
from policies.load import load_text
from tests.policies.images.texts import only_image

DOCUMENT = (Path(__file__).parents[3] / "docs" / "images.md").read_text(encoding="utf-8")
ROWS = [
    line
    for line in DOCUMENT.splitlines()
    if re.match(r"\| `.*`[^|]* \| `(semver|regex|newest|tag)", line)
]


def test_the_policy_shown() -> None:
    """The policy is read without a problem, and nothing in it is doubtful."""
    text, *_ = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    loaded = load_text(text, "f")
    assert loaded.problems == ()
    assert len(loaded.policies) == 1
    assert lint(loaded) == ()


@pytest.mark.parametrize("row", ROWS)
def test_each_choice_shown_counts_its_tags(row: str) -> None:
    """What is said to be written for some tags counts those tags, newest included."""
    tags, choice = (re.findall(r"`([^`]*)`", cell) for cell in row.split(" | ")[:2])
    rule = only_image("{" + ", ".join(["repository: shop/web", *choice]) + "}")
    assert tags
    assert all(map(rule.choice.counts, tags))
    assert not rule.choice.counts("-")


def test_all_ways_are_shown() -> None:
    """There is a row for each of the four ways, and for what sorts a pattern."""
    assert len(ROWS) == 6
    for range_ in re.findall(r"`(\^1\.2\.3|~1\.2|1\.x|>=1\.2\.0-0 <2|\^1\.2\.0)`", DOCUMENT):
        only_image(f"{{repository: shop/web, semver: '{range_}'}}")
