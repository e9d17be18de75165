"""Asks one of Docker's credential helpers for a login.

Why: the clouds' registries give logins that last hours, by a program that knows how.
Never here: which helper to ask, how long an answer may be kept.

Protocol: `docker-credential-NAME get`, the server on its input, JSON with Username and Secret
on its output; the user <token> says that the secret is an identity token.
"""

import contextlib
import os
import re
import select
import shutil
import signal
import subprocess
from time import monotonic
from typing import IO

import msgspec

from controller.adapters.registry.login import Login
from controller.ports.registry import Unauthorized
from controller.unreadable import UNREADABLE

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
    status, said = _run(program, name, server, monotonic() + timeout_seconds)
    if status is None:
        raise _useless(name, f"did not answer within {timeout_seconds:g} s")
    if len(said) > LARGEST_OUTPUT_BYTES:
        raise _useless(name, f"printed more than {LARGEST_OUTPUT_BYTES} bytes")
    if status != 0:
        if _KNOWS_NONE in said:
            return None
        raise _useless(name, f"ended with status {status}")
    return _read(said, name)


def _run(program: str, name: str, server: str, deadline: float) -> tuple[int | None, bytes]:
    """Its status, None where it did not end in time, and what it printed. The output goes
    through a pipe alone: a login must not lie in a file."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the program is what the user's own file names
            [program, "get"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise _useless(name, f"cannot be started ({error.strerror})") from None
    with process:
        try:
            return _talk(process, server, deadline)
        finally:
            # Whatever it started goes with it; who has ended is gone already.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)


def _talk(
    process: subprocess.Popen[bytes], server: str, deadline: float
) -> tuple[int | None, bytes]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("both were asked for")
    with contextlib.suppress(BrokenPipeError), process.stdin as question:
        question.write(f"{server}\n".encode())
    said = _heard(process.stdout, deadline)
    if len(said) > LARGEST_OUTPUT_BYTES:
        return 0, said
    try:
        return process.wait(max(deadline - monotonic(), 0.0)), said
    except subprocess.TimeoutExpired:
        return None, said


def _heard(output: IO[bytes], deadline: float) -> bytes:
    """All that is printed until the end, the bound or the deadline."""
    said = b""
    while len(said) <= LARGEST_OUTPUT_BYTES:
        ready, _, _ = select.select([output], [], [], max(deadline - monotonic(), 0.0))
        chunk = os.read(output.fileno(), LARGEST_OUTPUT_BYTES) if ready else b""
        if not chunk:
            break
        said += chunk
    return said


def _read(said: bytes, name: str) -> Login | None:
    try:
        answer = msgspec.json.decode(said, type=_Answer)
    except UNREADABLE:
        raise _useless(name, "did not print Username and Secret as JSON") from None
    if answer.username == "<token>":
        return Login("", "", answer.secret)
    return Login(answer.username, answer.secret) if answer.secret else None


def _useless(name: str, why: str) -> Unauthorized:
    shown = name[:64] if _NAME.fullmatch(name[:64]) else repr(name[:64])
    return Unauthorized(
        f"the credential helper docker-credential-{shown} {why}: run it by hand, or log in again"
    )
