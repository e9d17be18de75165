"""A certificate and its key, read from two files.

Why: what is wrong with a pair must be told before it serves anybody, and in words that say what to do.
Never here: when it is read again (renewal.py).
"""

import ssl
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from controller.adapters.certificate.validity import expires_at

LARGEST_BYTES = 1024 * 1024
# The last is what OpenSSL says of a key of another kind: to it each kind has its own place.
OF_ANOTHER = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")


class PairError(Exception):
    """A pair cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class PairFiles:
    """Where they are, in PEM; the certificate's file has its chain after it."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair ready to serve; `mark` differs for files that differ, `expires_at` is unix seconds."""

    context: ssl.SSLContext
    mark: bytes
    expires_at: float


def read_pair(files: PairFiles) -> Pair:
    """The pair as it is now. Raises PairError with all that is wrong."""
    mark = mark_of(files)
    ends_at = _expires_at(files.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    _load(context, files)
    return Pair(context, mark, ends_at)


def mark_of(files: PairFiles) -> bytes:
    """Differs when a file does: links may be turned to files of the same time and length. Raises
    PairError with every file that cannot be read."""
    contents, wrong = [], []
    for file in (files.certificate, files.key):
        try:
            with file.open("rb") as opened:
                contents.append(opened.read(LARGEST_BYTES))
        except OSError as error:
            wrong.append(f"{file} cannot be read: {error.strerror}")
    if wrong:
        raise PairError(f"{'; '.join(wrong)}; check path and rights")
    return sha256(b"".join(sha256(content).digest() for content in contents)).digest()


def _expires_at(certificate: Path) -> float:
    try:
        return expires_at(certificate.read_text(encoding="utf-8"))
    except OSError as error:
        raise PairError(f"{certificate} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise PairError(
            f"{certificate} has no certificate in PEM: write the server's own first, then its chain"
        ) from error


def _load(context: ssl.SSLContext, files: PairFiles) -> None:
    def locked() -> str:
        raise PairError(f"{files.key} is locked by a password: write the key without one")

    try:
        context.load_cert_chain(files.certificate, files.key, password=locked)
    except ssl.SSLError as error:
        raise PairError(_told(error, files)) from error
    except OSError as error:
        raise PairError(f"{files.key} or {files.certificate} went: {error.strerror}") from error


def _told(error: ssl.SSLError, files: PairFiles) -> str:
    if error.reason in OF_ANOTHER:
        return f"{files.key} is not the key of {files.certificate}: write both of one pair"
    detail = error.reason or "no PEM"
    return f"{files.key} is no key in PEM, or {files.certificate} has a bad chain ({detail})"
