"""The file of keys that vouch for verdicts.

Why: a key is shared by clusters and changed one day, so there may be several, each with a name.
Never here: signing.
"""

from pathlib import Path

from controller.verdicts.signing import LEAST_KEY_BYTES

_LARGEST_FILE_BYTES = 65_536


def read_keys(file: Path) -> dict[str, bytes]:
    """The keys by name, the first first: it signs, and all are believed. One a line, as
    `NAME KEY`. Raises ValueError with file and line, never with a key."""
    try:
        with file.open("rb") as stream:
            lines = stream.read(_LARGEST_FILE_BYTES).decode().splitlines()
    except OSError as error:
        raise ValueError(
            f"{file} cannot be read: {error.strerror}; check path and rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no UTF-8 text") from error
    keys: dict[str, bytes] = {}
    for number, line in enumerate(lines, 1):
        name, _, key = line.strip().partition(" ")
        if not name:
            continue
        if len(key.strip().encode()) < LEAST_KEY_BYTES:
            least = f"a key has at least {LEAST_KEY_BYTES} bytes; write NAME KEY"
            raise ValueError(f"{file}:{number}: {least}")
        if name in keys:
            raise ValueError(f"{file}:{number}: the name stands there twice; give each its own")
        keys[name] = key.strip().encode()
    if not keys:
        raise ValueError(f"{file} is empty; write NAME KEY into it, one a line")
    return keys
