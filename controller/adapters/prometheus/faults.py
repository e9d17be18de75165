"""What can go wrong with a query, said once in our own words.

Why: a person must read what to do, and the loop must know what kind of trouble it is, without
either knowing the HTTP library.
Never here: secrets; retrying.
"""

from collections.abc import Callable
from pathlib import Path

import requests

from controller.ports.metrics import Trouble
from controller.printable import printable

_LONGEST_QUOTE = 400
_LONGEST_BEGINNING = 100

# As Prometheus says it, and as VictoriaMetrics does.
_SAID_OF_TIME = ("timed out", "timeout exceeded")
_SAID_OF_SIZE = ("too many samples", "matching timeseries exceeds", "cannot select more than")


class QueryError(Exception):
    """One query failed.

    `said` is the server's own reason, which may hold anything. `retry_after_seconds` is None
    where trying again is no use, else the least time to wait.
    """

    def __init__(
        self,
        trouble: Trouble,
        what: str,
        advice: str,
        said: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(what, advice)
        self.trouble = trouble
        self.retry_after_seconds = retry_after_seconds
        self._what, self._advice, self._said = what, advice, said

    def told(self, redacted: Callable[[str], str]) -> str:
        """One line for a person. What the server said is redacted before it is cut short, so
        that no secret is cut into something that is not known for one."""
        said = _one_line(redacted(self._said))
        return f"{self._what}{f' ({said})' if said else ''}: {redacted(self._advice)}"


def _one_line(text: str) -> str:
    line = " ".join(printable(text).split())
    if len(line) <= _LONGEST_QUOTE:
        return line
    # VictoriaMetrics repeats the whole query before it gives its reason.
    end = _LONGEST_QUOTE - _LONGEST_BEGINNING
    return f"{line[:_LONGEST_BEGINNING]}…{line[-end:]}"


def status_fault(status: int, said: str, retry_after_seconds: float) -> QueryError:
    """The fault behind an HTTP status other than 200."""
    if any(words in said for words in _SAID_OF_TIME):
        return slow()
    if status == 429 or status >= 500:
        advice = "try later, or ask who runs it"
        what = f"answers {status}"
        return QueryError(Trouble.UNREACHABLE, what, advice, said, retry_after_seconds)
    if status in (400, 422):
        return _rejected(said)
    return _closed_door(status)


def _rejected(said: str) -> QueryError:
    if any(words in said for words in _SAID_OF_SIZE):
        return QueryError(Trouble.TOO_LARGE, "refuses", "narrow the selector", said)
    return QueryError(Trouble.REJECTED, "rejects the query", "check the selector", said)


def _closed_door(status: int) -> QueryError:
    if status in (401, 403, 407):
        what = f"does not let rollctl in ({status})"
        return QueryError(Trouble.REFUSED, what, "check token, user or tenant")
    if 300 <= status < 400:
        what = "is behind a redirect, a login page perhaps"
        return QueryError(Trouble.REFUSED, what, "give the address past it")
    what = f"has no POST /api/v1/query there ({status})"
    return QueryError(Trouble.REJECTED, what, "check the address")


def transport_fault(error: Exception) -> QueryError:
    """The fault behind an exception of the HTTP library, whose own text may hold secrets."""
    if isinstance(error, requests.exceptions.SSLError):
        what = "has a certificate that is not trusted"
        return QueryError(Trouble.REFUSED, what, "name its authority's CA file")
    if isinstance(error, requests.exceptions.ReadTimeout):
        return slow()
    if isinstance(error, requests.exceptions.ConnectionError):
        advice = "check the address, that it runs, and any proxy"
        return QueryError(Trouble.UNREACHABLE, "cannot be reached", advice, retry_after_seconds=0)
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        advice = "check the files of CA, certificate and key"
        return QueryError(Trouble.REFUSED, "cannot be asked", advice)
    what = f"cannot be asked ({type(error).__name__})"
    return QueryError(Trouble.REFUSED, what, "check address and headers")


def slow() -> QueryError:
    """No whole answer in time; not asked again, since a slow server gets no faster by that."""
    return QueryError(Trouble.TIMEOUT, "is too slow", "raise the timeout, or narrow the selector")


def cut_off() -> QueryError:
    """The connection broke within the answer."""
    what = "broke off its answer"
    return QueryError(Trouble.UNREACHABLE, what, "try again", retry_after_seconds=0)


def too_large(limit: str) -> QueryError:
    """The answer passes one of our limits."""
    return QueryError(Trouble.TOO_LARGE, f"answers with more than {limit}", "narrow the selector")


def malformed(what: str) -> QueryError:
    """The answer is not Prometheus'."""
    return QueryError(Trouble.MALFORMED, f"answers with {what}", "check that it is a Prometheus")


def behind(seconds: float) -> QueryError:
    """By its own clock the server has not yet seen the end of the range."""
    what = f"has a clock {seconds:.0f} s behind the range asked for"
    return QueryError(Trouble.PARTIAL, what, "set the clocks by NTP")


def partial(said: str) -> QueryError:
    """The server itself says that data is missing."""
    return QueryError(Trouble.PARTIAL, "answers in part only", "ask who runs it", said)


def no_secret(file: Path) -> QueryError:
    """The file that lets us in cannot be used."""
    what = f"asks for a secret, but {file} cannot be read as plain text"
    return QueryError(Trouble.REFUSED, what, "check the file")
