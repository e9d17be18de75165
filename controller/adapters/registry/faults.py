"""What can go wrong with a registry, said once in our own words.

Why: a person must read what to do, and the caller must know what kind of trouble it is, without
either knowing the HTTP library.
Never here: secrets (what a server said comes here redacted); retrying.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec
import urllib3.exceptions

from controller.ports.registry import (
    BadAnswer,
    NotFound,
    Refused,
    RegistryError,
    RegistryUnavailable,
    Unauthorized,
)
from controller.printable import printable
from controller.unreadable import UNREADABLE

_LONGEST_QUOTE = 200
_LONGEST_RETRY_AFTER_SECONDS = 3_600.0


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Errors(msgspec.Struct):
    errors: list[_Error] = msgspec.field(default_factory=list)


def codes_in(body: bytes) -> tuple[str, ...]:
    """The codes of the specification's error document; none where the body is something else."""
    return tuple(error.code for error in _read(body))


def reason_in(body: bytes) -> str:
    """The first error that the body tells of, raw."""
    return next((f"{one.code}: {one.message}" for one in _read(body)), "")


def _read(body: bytes) -> list[_Error]:
    try:
        return msgspec.json.decode(body, type=_Errors).errors
    except UNREADABLE:
        return []


def status_fault(status: int, what: str, said: str, retry_after_seconds: float) -> RegistryError:
    """The fault behind a status that is no success. `what` names the place that was asked,
    `said` is redacted."""
    told = f"{what} answers {status}{_quoted(said)}"
    if status in (401, 403, 407):
        return Unauthorized(f"{told}: log in with docker login, or ask for the right to do this")
    if status == 404:
        return NotFound(f"{told}: check repository, tag and digest, and the right to see it")
    if status in (408, 425, 429) or status >= 500:
        return RegistryUnavailable(f"{told}: it is asked again later", retry_after_seconds)
    return Refused(f"{told}: check that it is a registry, and what it allows")


def _quoted(said: str) -> str:
    line = " ".join(printable(said).split())
    cut = line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"
    return f" ({cut})" if cut else ""


def transport_fault(error: Exception, what: str) -> RegistryError:
    """The fault behind an exception of the HTTP library."""
    cause: Any = getattr(error, "reason", None) or error
    if isinstance(cause, urllib3.exceptions.SSLError):
        advice = "name its authority's CA file in the registry's settings"
        return Refused(f"{what} has a certificate that is not trusted: {advice}")
    if _is_timeout(cause):
        return slow(what)
    if isinstance(cause, OSError) and not isinstance(cause, urllib3.exceptions.HTTPError):
        return Refused(f"{what} cannot be asked: check that the CA file is there and is PEM")
    return RegistryUnavailable(
        f"{what} cannot be reached or broke off: check the address, that it runs, and any proxy"
    )


def _is_timeout(cause: Exception) -> bool:
    """A connection that is refused is a timeout by its class alone, in some releases of the library."""
    refused = isinstance(cause, urllib3.exceptions.NewConnectionError)
    return isinstance(cause, urllib3.exceptions.TimeoutError) and not refused


def slow(what: str) -> RegistryUnavailable:
    """No whole answer in time."""
    return RegistryUnavailable(f"{what} is too slow: it is asked again later")


def too_large(what: str, limit: str) -> BadAnswer:
    """The answer passes one of our limits."""
    return BadAnswer(f"{what} answers with more than {limit}: that is nothing rollctl reads")


def malformed(what: str, why: str) -> BadAnswer:
    """The answer is not a registry's."""
    return BadAnswer(f"{what} answers with {why}: check that it is a registry")


def retry_after_seconds(text: str) -> float:
    """The wait that the header Retry-After asks for, as seconds or as a date; 0 for none."""
    if text.isdecimal():
        return min(float(text[:9]), _LONGEST_RETRY_AFTER_SECONDS)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    left_seconds = (when - datetime.now(UTC)).total_seconds() if when.tzinfo else 0.0
    return min(max(left_seconds, 0.0), _LONGEST_RETRY_AFTER_SECONDS)
