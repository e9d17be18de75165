"""The file of keys that vouch for verdicts.

Why: a key is shared by clusters and changed one day, so there may be several, each with a name.
Never here: signing.
"""

from pathlib import Path

from controller.secret_file import secret_lines
from controller.verdicts.signing import LEAST_KEY_BYTES


def read_keys(file: Path) -> dict[str, bytes]:
    """The keys by name, the first first: it signs, and all are believed. One a line, as
    `NAME KEY`. Raises ValueError with file and line, never with a key."""
    keys: dict[str, bytes] = {}
    for number, line in secret_lines(file, "write NAME KEY into it, one a line"):
        name, _, key = line.partition(" ")
        if len(key.strip().encode()) < LEAST_KEY_BYTES:
            least = f"a key has at least {LEAST_KEY_BYTES} bytes; write NAME KEY"
            raise ValueError(f"{file}:{number}: {least}")
        if name in keys:
            raise ValueError(f"{file}:{number}: the name stands there twice; give each its own")
        keys[name] = key.strip().encode()
    return keys
