"""What can go wrong with a query, said once in our own words.

Why: a person must read what to do, and the loop must know what kind of trouble it is, without
either knowing the HTTP library.
Never here: secrets; retrying.
"""

import requests

from controller.ports.metrics import Trouble

_LONGEST_QUOTE = 200


class QueryError(Exception):
    """One query failed; `message` is one line for a person.

    `retry_after_seconds` is None where trying again is no use, else the least time to wait.
    """

    def __init__(
        self, trouble: Trouble, message: str, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        self.message = message
        self.retry_after_seconds = retry_after_seconds


def one_line(text: str) -> str:
    """What a server said, short and without line breaks."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…"


def status_fault(status: int, said: str, retry_after_seconds: float) -> QueryError:
    """The fault behind an HTTP status other than 200; `said` is the server's own reason."""
    reason = f" ({one_line(said)})" if said else ""
    if 300 <= status < 400:
        return QueryError(
            Trouble.REFUSED, "is behind a redirect, a login page perhaps: give the address past it"
        )
    if status in (401, 403, 407):
        return QueryError(
            Trouble.REFUSED, f"does not let rollctl in ({status}): check token, user or tenant"
        )
    if status in (404, 405):
        return QueryError(
            Trouble.REJECTED, f"has no POST /api/v1/query there ({status}): check the address"
        )
    if "timed out" in said:
        return slow()
    if status == 429 or status >= 500:
        advice = "try later, or ask who runs it"
        return QueryError(
            Trouble.UNREACHABLE, f"answers {status}{reason}: {advice}", retry_after_seconds
        )
    if "too many samples" in said:
        return QueryError(Trouble.TOO_LARGE, f"finds too many samples{reason}: narrow the selector")
    return QueryError(Trouble.REJECTED, f"rejects the query{reason}: check the selector")


def transport_fault(error: Exception) -> QueryError:
    """The fault behind an exception of the HTTP library, whose own text may hold secrets."""
    if isinstance(error, requests.exceptions.SSLError):
        return QueryError(
            Trouble.REFUSED, "has a certificate that is not trusted: name its authority's CA file"
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return QueryError(Trouble.UNREACHABLE, "is behind a proxy that fails: check HTTPS_PROXY", 0)
    if isinstance(error, requests.exceptions.ReadTimeout):
        return slow()
    if isinstance(error, requests.exceptions.ConnectionError):
        return QueryError(
            Trouble.UNREACHABLE, "cannot be reached: check that it runs, and the address", 0
        )
    if isinstance(error, OSError) and not isinstance(error, requests.RequestException):
        return QueryError(
            Trouble.REFUSED, "cannot be asked: a CA, certificate or key file cannot be used"
        )
    return QueryError(
        Trouble.REFUSED, f"cannot be asked ({type(error).__name__}): check address and headers"
    )


def slow() -> QueryError:
    """No whole answer in time; not asked again, since a slow server gets no faster by that."""
    return QueryError(Trouble.TIMEOUT, "is too slow: raise the timeout, or narrow the selector")


def cut_off() -> QueryError:
    """The connection broke within the answer."""
    return QueryError(Trouble.UNREACHABLE, "broke off its answer: try again", 0)


def too_large(limit: str) -> QueryError:
    """The answer passes one of our limits."""
    return QueryError(Trouble.TOO_LARGE, f"answers with more than {limit}: narrow the selector")


def malformed(what: str) -> QueryError:
    """The answer is not Prometheus'."""
    return QueryError(Trouble.MALFORMED, f"answers with {what}: check that it is a Prometheus")


def behind(seconds: float) -> QueryError:
    """By its own clock the server has not yet seen the end of the range."""
    return QueryError(
        Trouble.PARTIAL,
        f"has a clock {seconds:.0f} s behind the range asked for: set the clocks by NTP",
    )


def partial(said: str) -> QueryError:
    """The server itself says that data is missing."""
    return QueryError(Trouble.PARTIAL, f"answers in part only ({one_line(said)}): ask who runs it")
