"""Asks one of Docker's credential helpers for a login.

Why: the clouds' registries give logins that last hours, by a program that knows how.
Never here: which helper to ask, how long an answer may be kept.

Protocol: `docker-credential-NAME get`, the server on its input, JSON with Username and Secret
on its output; the user <token> says that the secret is an identity token.
"""

import re
import shutil
import subprocess
import tempfile
from typing import IO

import msgspec

from controller.adapters.registry.login import Login
from controller.ports.registry import Unauthorized

TIMEOUT_SECONDS = 15.0
LARGEST_OUTPUT_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KNOWS_NONE = b"credentials not found in native keychain"


class _Answer(msgspec.Struct, rename="pascal"):
    username: str
    secret: str


def ask_helper(name: str, server: str, timeout_seconds: float = TIMEOUT_SECONDS) -> Login | None:
    """The login that the helper has for the server, None if it has none. Raises Unauthorized;
    what a helper printed is never shown, since it may be the secret."""
    program = shutil.which(f"docker-credential-{name}") if _NAME.fullmatch(name) else None
    if program is None:
        raise _useless(name, "is not on the PATH")
    with tempfile.TemporaryFile() as output:
        status = _run(program, name, server, output, timeout_seconds)
        output.seek(0)
        said = output.read(LARGEST_OUTPUT_BYTES + 1)
    if len(said) > LARGEST_OUTPUT_BYTES:
        raise _useless(name, f"printed more than {LARGEST_OUTPUT_BYTES} bytes")
    if status != 0:
        if _KNOWS_NONE in said:
            return None
        raise _useless(name, f"ended with status {status}")
    return _read(said, name)


def _run(program: str, name: str, server: str, output: IO[bytes], timeout_seconds: float) -> int:
    # The file is a bound too: a helper that prints without end is stopped by the shell's limit.
    limited = f'ulimit -f {LARGEST_OUTPUT_BYTES // 512 + 2}; exec "$0" get'
    try:
        done = subprocess.run(  # noqa: S603 - the program is what the user's own file names
            ["/bin/sh", "-c", limited, program],
            input=f"{server}\n".encode(),
            stdout=output,
            stderr=subprocess.DEVNULL,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _useless(name, f"did not answer within {timeout_seconds:g} s") from None
    except OSError as error:
        raise _useless(name, f"cannot be started ({error.strerror})") from None
    return done.returncode


def _read(said: bytes, name: str) -> Login | None:
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _useless(name, "did not print Username and Secret as JSON") from None
    if answer.username == "<token>":
        return Login("", "", answer.secret)
    return Login(answer.username, answer.secret) if answer.secret else None


def _useless(name: str, why: str) -> Unauthorized:
    shown = name[:64] if _NAME.fullmatch(name[:64]) else repr(name[:64])
    return Unauthorized(
        f"the credential helper docker-credential-{shown} {why}: run it by hand, or log in again"
    )
