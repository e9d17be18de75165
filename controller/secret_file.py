"""Files with secrets, one a line, so that one can be changed without a gap.

Why: what strangers must know is read, and complained of, alike wherever it is asked for.
Never here: what a secret opens.
"""

from pathlib import Path

LARGEST_FILE_BYTES = 65_536
LEAST_SECRET_CHARACTERS = 16


def read_secrets(file: Path) -> tuple[str, ...]:
    """The secrets of a file, in their order. Raises ValueError with the file and the line that is
    wrong, never with a secret."""
    found = secret_lines(file, "write a secret into it, such as `openssl rand -hex 32`")
    for number, secret in found:
        if len(secret) < LEAST_SECRET_CHARACTERS:
            raise ValueError(
                f"{file}:{number}: a secret has at least {LEAST_SECRET_CHARACTERS} characters"
            )
    return tuple(secret for _number, secret in found)


def secret_lines(file: Path, remedy: str) -> list[tuple[int, str]]:
    """The lines of a file that are not blank, each with its number. Raises ValueError if it cannot
    be read, is too large to be meant, or has none, which `remedy` is for."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
        lines = content.decode().splitlines()
    except OSError as error:
        raise ValueError(
            f"{file} cannot be read: {error.strerror}; check path and rights"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no UTF-8 text") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise ValueError(f"{file} has more than {LARGEST_FILE_BYTES} bytes")
    found = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise ValueError(f"{file} is empty; {remedy}")
    return found
