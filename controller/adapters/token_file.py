"""Who may see what, by a file of tokens: who has one of them may see everything.

Why: outside a cluster nobody else can be asked whose a token is.
Never here: HTTP, rights in parts.
"""

import hmac
from hashlib import sha256
from pathlib import Path

import structlog

from controller.ports.viewers import Undecided, Unknown
from controller.secret_file import read_secrets

log = structlog.get_logger()


class FileViewers:
    """The port Viewers on a file with one token a line, which is read anew each time: it is small,
    and a token that is taken out must not open anything a moment later."""

    def __init__(self, file: Path) -> None:
        """Raises ValueError where the file is no good now."""
        self._file = file
        read_secrets(file)

    def admit(self, token: str, namespace: str) -> None:
        """Every token is compared, each in constant time."""
        del namespace
        try:
            known = read_secrets(self._file)
        except ValueError as error:
            log.warning("nobody can be let see the status", why=str(error))
            raise Undecided(
                "the file of tokens cannot be read; the log of rollctl says why"
            ) from error
        # No end at the first that fits, and digests, so that the time tells nothing of their lengths.
        fits = [hmac.compare_digest(_digest(token), _digest(one)) for one in known]
        if not any(fits):
            told = "the token is not in the file of tokens" if token else "there is no token"
            raise Unknown(f"{told}; send one of its lines by Authorization: Bearer")


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
