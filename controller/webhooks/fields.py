"""Values out of somebody else's JSON, whatever is there.

Why: a sender may leave out, or make a number of, anything; readers want a text or none.
Never here: what a field means.
"""

from typing import Any


def inner(value: Any, *keys: str) -> Any:
    """What stands under these keys, one in the other; None where anything on the way is no
    object or has not the key."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def text(value: Any, *keys: str) -> str:
    """The text there, "" where there is none."""
    found = inner(value, *keys)
    return found if isinstance(found, str) else ""


def items(value: Any, *keys: str) -> list[Any]:
    """The list there, empty where there is none."""
    found = inner(value, *keys)
    return found if isinstance(found, list) else []
