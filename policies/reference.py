"""The reference of every key, as docs/policy.md shows it.

Why: made from the grammar, so that no key can be missing there or say something old.
Never here: explanations longer than a key's meaning.
"""

from collections.abc import Iterator
from typing import Any

from policies.grammar import POLICY
from policies.shapes import ListOf
from policies.tables import Field, Table


def reference() -> str:
    """A Markdown table: key, default, meaning."""
    rows = (
        f"| `{path}` | {_default(known)} | {known.meaning.replace('|', '/')} |"
        for path, known in fields_by_path(POLICY)
    )
    return "\n".join(("| Key | Default | Meaning |", "| --- | --- | --- |", *rows))


def fields_by_path(table: Table, prefix: str = "") -> Iterator[tuple[str, Field[Any]]]:
    """Every key below `table` with its path; [] stands for the items of a list."""
    for known in table.fields:
        path, shape = prefix + known.key, known.shape
        yield path, known
        if isinstance(shape, ListOf):
            path, shape = f"{path}[]", shape.inner
        if isinstance(shape, Table):
            yield from fields_by_path(shape, f"{path}.")


def _default(known: Field[Any]) -> str:
    if known.default is not None:
        return f"`{known.default}`"
    return "required" if known.required else "none"
