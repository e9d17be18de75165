"""What is answered to whoever asks or posts something over HTTP.

Why: whoever answers should know its words, not HTTP's library.
Never here: what is answered.
"""

from dataclasses import dataclass

PLAIN, JSON = "text/plain", "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP status and a text, one line unless it is JSON; `wait_seconds` is when to try again, 0
    for never mind; `challenge` says how to say who one is, "" where that is no use."""

    status: int
    text: str
    wait_seconds: int = 0
    challenge: str = ""
    media_type: str = PLAIN
