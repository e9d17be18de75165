"""Puts tables into a page that people wrote.

Why: figures in a document are only true while a tool puts them there.
Never here: what the tables say.
"""

from pathlib import Path

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def write(page: Path, tables: str) -> None:
    """The page, with these tables between its marks."""
    page.write_text(replaced(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


def replaced(text: str, tables: str) -> str:
    """The text with other tables; ValueError where it has no marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no line {BEGIN} with a line {END} after it")
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"
