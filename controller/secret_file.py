"""Files with secrets, one a line, so that one can be changed without a gap.

Why: what strangers must know is read, and complained of, alike wherever it is asked for.
Never here: what a secret opens.
"""

from pathlib import Path

LARGEST_SECRET_BYTES = 4_096
LEAST_SECRET_CHARACTERS = 16


def read_secrets(file: Path) -> tuple[str, ...]:
    """The secrets of a file, in their order. Raises ValueError with the file and the line that is
    wrong, never with a secret."""
    try:
        content = file.read_bytes()[: LARGEST_SECRET_BYTES + 1]
        lines = content.decode().splitlines()
    except OSError as error:
        raise ValueError(
            f"{file} cannot be read: {error.strerror}; check path and rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no UTF-8 text") from error
    if len(content) > LARGEST_SECRET_BYTES:
        raise ValueError(f"{file} has more than {LARGEST_SECRET_BYTES} bytes")
    found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    for number, secret in found:
        if len(secret) < LEAST_SECRET_CHARACTERS:
            raise ValueError(
                f"{file}:{number}: a secret has at least {LEAST_SECRET_CHARACTERS} characters"
            )
    if not found:
        raise ValueError(f"{file} is empty; write a secret into it, such as `openssl rand -hex 32`")
    return tuple(secret for _number, secret in found)
