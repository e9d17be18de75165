from pathlib import Path

import pytest

from benchmarks.rollbench.page import replaced

ROOT = Path(__file__).parents[3]


def test_only_the_tables_change() -> None:
    """What people wrote around the marks stays, whatever stood between them."""
    page = (ROOT / "docs" / "rollbench.md").read_text(encoding="utf-8")
    once = replaced(page, "| new |")
    assert once.split("<!--")[0] == page.split("<!--")[0]
    assert once.count("| new |") == 1
    assert replaced(once, "| newer |") == once.replace("| new |", "| newer |")


def test_a_page_without_marks_is_refused() -> None:
    """Tables are never put where nobody asked for them."""
    with pytest.raises(ValueError, match="has no line"):
        replaced("# A page", "| new |")
