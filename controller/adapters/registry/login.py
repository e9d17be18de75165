"""A user's login at one registry, and the keeper of everything that must not be shown.

Why: servers repeat what was sent to them, so any text of theirs may hold a secret.
Never here: where logins come from, where texts are shown.
"""

import base64
import threading
from dataclasses import dataclass, field

_SHORTEST_SECRET = 4


@dataclass(frozen=True, slots=True)
class Login:
    """User and password, or an `identity_token` that tokens are got for."""

    user: str = ""
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """User and password as HTTP sends them."""
        return base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


class Secrets:
    """Everything that was ever sent to be let in; may be used by several threads."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def keep(self, *secrets: str) -> None:
        """From now on none of these is shown."""
        with self._lock:
            self._known.update(one for one in secrets if len(one) >= _SHORTEST_SECRET)

    def keep_login(self, login: Login) -> None:
        """As `keep`, for all that a login has."""
        self.keep(login.password, login.identity_token, login.basic if login.password else "")

    def redacted(self, text: str) -> str:
        """The text without any of them; the longest goes first, so that none is left in part."""
        with self._lock:
            known = sorted(self._known, key=len, reverse=True)
        for secret in known:
            text = text.replace(secret, "***")
        return text
