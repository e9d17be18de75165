"""The port to who may see what of the workloads, asked before anything of them is told.

Why: whom a bearer token belongs to, and what he may see, is known elsewhere: to an API server, or to
whoever wrote a file.
Never here: HTTP, what is shown.
"""

from typing import Protocol


class Denied(Exception):
    """Base of all below; the message is one line for whoever asked, free of secrets."""


class Unknown(Denied):
    """The token is nobody's."""


class NotAllowed(Denied):
    """It is known whose it is, and he may not; the message names what he lacks."""


class Undecided(Denied):
    """Nobody can say now: ask again in `wait_seconds`."""

    def __init__(self, message: str, wait_seconds: int = 5) -> None:
        super().__init__(message)
        self.wait_seconds = wait_seconds


class Viewers(Protocol):
    """Who may see workloads. Safe to ask from any thread."""

    def admit(self, token: str, namespace: str) -> None:
        """Returns where the bearer of this token ("": none) may see the workloads of a namespace ("": of
        all). Raises Denied where not."""
