"""Gets us in: turns a registry's challenge into a header, and remembers it while it is valid.

Why: a login is sent only to who asks for it, and a token is got once, not for every request.
Never here: where logins come from, what is asked behind the door.

Flows: basic (RFC 7617); tokens as in the distribution project's token authentication, with
user and password (GET) or an identity token (POST, as OAuth 2's refresh token).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlencode, urlsplit

import msgspec

from controller.adapters.registry import faults
from controller.adapters.registry.challenge import Challenge, parse_challenges
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.login import Login, Secrets
from controller.adapters.registry.settings import RegistrySettings
from controller.adapters.registry.transport import Answer, Request, Transport
from controller.ports.registry import Repository, Unauthorized
from controller.unreadable import UNREADABLE

_LIFE_SECONDS = 60.0
_LONGEST_LIFE_SECONDS = 3_600.0
_USED_SHARE = 0.9
_MOST_GRANTS = 20_000
_CLIENT = "rollctl"


@dataclass(frozen=True, slots=True)
class Scope:
    """What one wants to do in a repository: `actions` such as pull or pull,push."""

    repository: Repository
    actions: str

    @property
    def pushes(self) -> bool:
        """Whether anything is changed there."""
        return self.actions != "pull"

    def __str__(self) -> str:
        return f"repository:{self.repository.path}:{self.actions}"


@dataclass(frozen=True, slots=True)
class _Grant:
    header: str
    until: float


class _Token(msgspec.Struct):
    token: str = ""
    access_token: str = ""
    expires_in: float | None = None

    @property
    def life_seconds(self) -> float:
        """How long it is used; some servers forget to say so, and then it is a minute."""
        told = _LIFE_SECONDS if self.expires_in is None else self.expires_in
        return _USED_SHARE * min(max(told, 0.0), _LONGEST_LIFE_SECONDS)


class Doorman:
    """Headers by host and scope; may be used by several threads."""

    def __init__(
        self,
        settings: RegistrySettings,
        keychain: Keychain,
        transport: Transport,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._settings, self._keychain = settings, keychain
        self._transport, self._clock = transport, clock
        self._grants: dict[Scope, _Grant] = {}
        self._lock = threading.Lock()
        self.secrets = Secrets()

    def header(self, scope: Scope) -> str:
        """What lets us in as far as is known, "" for nothing."""
        with self._lock:
            grant = self._grants.get(scope)
        return grant.header if grant and grant.until > self._clock() else ""

    def forget(self, scope: Scope) -> None:
        """What let us in was refused: login and token are got again next time."""
        with self._lock:
            self._grants.pop(scope, None)
        self._keychain.forget(scope.repository.host)

    def earn(self, scope: Scope, challenge: str, timeout_seconds: float) -> str:
        """A header that meets the challenge, new in any case. Raises RegistryError."""
        known = {one.scheme: one for one in reversed(parse_challenges(challenge))}
        keys = self._keychain
        login = (keys.login_to_push if scope.pushes else keys.login)(scope.repository)
        if login:
            self.secrets.keep_login(login)
        if "bearer" in known:
            grant = self._token(scope, known["bearer"], login, timeout_seconds)
        elif "basic" in known and login and login.password:
            grant = _Grant(f"Basic {login.basic}", float("inf"))
        else:
            raise _shut(scope, known)
        with self._lock:
            if len(self._grants) >= _MOST_GRANTS:
                self._grants.clear()
            self._grants[scope] = grant
        return grant.header

    def _token(
        self, scope: Scope, challenge: Challenge, login: Login | None, timeout_seconds: float
    ) -> _Grant:
        request = self._request(scope, challenge.parameters, login)
        trust = self._settings.trust(request.url, scope.repository.host)
        answer = self._transport.send(request, trust, timeout_seconds)
        if answer.status != 200:
            self.forget(scope)
            said = self.secrets.redacted(faults.reason_in(answer.body))
            raise _refused(request, answer, said)
        token = _read(answer.body, request.place)
        header = token.token or token.access_token
        self.secrets.keep(header)
        return _Grant(f"Bearer {header}", self._clock() + token.life_seconds)

    def _request(self, scope: Scope, parameters: Mapping[str, str], login: Login | None) -> Request:
        realm = parameters.get("realm", "")
        self._check(realm, scope)
        fields = {"scope": parameters.get("scope") or str(scope)}
        if parameters.get("service"):
            fields["service"] = parameters["service"]
        if login and login.identity_token:
            fields |= {"grant_type": "refresh_token", "client_id": _CLIENT}
            fields["refresh_token"] = login.identity_token
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            return Request("POST", realm, form, urlencode(fields).encode())
        headers = {"Authorization": f"Basic {login.basic}"} if login else {}
        separator = "&" if urlsplit(realm).query else "?"
        return Request("GET", f"{realm}{separator}{urlencode(fields)}", headers)

    def _check(self, realm: str, scope: Scope) -> None:
        parts = urlsplit(realm)
        whose = str(scope.repository.host)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise faults.malformed(whose, "a token server without an address")
        self._settings.check_scheme(realm, whose)


def _read(body: bytes, place: str) -> _Token:
    try:
        token = msgspec.json.decode(body, type=_Token)
    except UNREADABLE:
        raise faults.malformed(place, "no token that can be read") from None
    header = token.token or token.access_token
    if not header or not header.isascii() or not header.isprintable() or " " in header:
        raise faults.malformed(place, "no token that can be sent")
    return token


def _refused(request: Request, answer: Answer, said: str) -> Exception:
    if answer.status in (400, 404):
        # OAuth 2 says "invalid_grant" with 400; nothing else of a token server means 404 either.
        return faults.status_fault(401, request.place, said or f"{answer.status}", 0.0)
    wait_seconds = faults.retry_after_seconds(answer.headers.get("retry-after", ""))
    return faults.status_fault(answer.status, request.place, said, wait_seconds)


def _shut(scope: Scope, known: Mapping[str, Challenge]) -> Unauthorized:
    host = scope.repository.host
    ways = ", ".join(sorted(known)) or "no way in that rollctl can read"
    return Unauthorized(
        f"{host} wants a login for {scope.repository} ({ways}), and there is none: "
        f"run docker login {host}, or name a pull secret"
    )
