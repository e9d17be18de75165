"""Reads Docker's config.json and Kubernetes' image-pull secrets, which are the same document.

Why: whoever can pull with `docker pull` on this machine shall not have to log in once more.
Never here: files, processes, requests.

Keys may be a host, host:port, an old address such as https://index.docker.io/v1/, and, in
pull secrets, a host with a path or with * in its parts (Kubernetes' rules: the longest
matching path wins).
"""

import base64
import binascii
import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from controller.adapters.registry.login import Login
from controller.ports.registry import Repository
from controller.unreadable import UNREADABLE
from policies.images.repositories import HUB

HUB_KEY = "https://index.docker.io/v1/"
_HUB_HOSTS = frozenset({HUB, "index.docker.io", "registry-1.docker.io"})


class NotADockerConfig(ValueError):
    """The document cannot be used; the message names the place and nothing secret."""


class _Entry(msgspec.Struct):
    auth: str = ""
    username: str = ""
    password: str = ""
    identity_token: str = msgspec.field(name="identitytoken", default="")


class _Document(msgspec.Struct, rename="camel"):
    auths: dict[str, _Entry] | None = None
    cred_helpers: dict[str, str] | None = None
    creds_store: str = ""


@dataclass(frozen=True, slots=True)
class DockerConfig:
    """Logins by key, and which helper programs know more; keys as they were written."""

    logins: Mapping[str, Login] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str = ""

    def login(self, repository: Repository) -> Login | None:
        """The login for this repository that is written down, None if there is none."""
        fitting = [key for key in self.logins if _fits(key, repository)]
        return self.logins[max(fitting, key=_weight)] if fitting else None

    def helper(self, host: str) -> tuple[str, str] | None:
        """The helper to ask for this host, and the name that it knows the host by."""
        names = (HUB_KEY, "index.docker.io", HUB) if host == HUB else (host, f"https://{host}")
        for name in names:
            if name in self.helpers:
                return self.helpers[name], name
        return (self.store, names[0]) if self.store else None


def read_docker_config(document: bytes, whose: str) -> DockerConfig:
    """What the document says; `whose` names it in messages. Raises NotADockerConfig."""
    try:
        found = msgspec.json.decode(document, type=_Document)
    except UNREADABLE as error:
        # The error's own text names the place alone, never a value.
        why = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
        raise NotADockerConfig(
            f"{whose} is no Docker configuration: {why}; log in again, or write "
            '{"auths": {"HOST": {"auth": "..."}}}'
        ) from None
    logins = {key: _login(entry, key, whose) for key, entry in (found.auths or {}).items()}
    known = {key: login for key, login in logins.items() if login is not None}
    return DockerConfig(known, found.cred_helpers or {}, found.creds_store)


def _login(entry: _Entry, key: str, whose: str) -> Login | None:
    user, password = entry.username, entry.password
    if entry.auth:
        user, password = _decoded(entry.auth, key, whose)
    if entry.identity_token:
        return Login(user, "", entry.identity_token)
    # Docker leaves an empty entry where the login itself is in a helper.
    return Login(user, password) if user and password else None


def _decoded(auth: str, key: str, whose: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(auth, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    user, colon, password = text.partition(":")
    if not colon:
        raise NotADockerConfig(
            f"{whose}: auths[{key!r}].auth is not base64 of user:password; log in again"
        ) from None
    return user, password.rstrip("\0")


def _fits(key: str, repository: Repository) -> bool:
    host, path = _bare(key)
    if host in _HUB_HOSTS:
        return repository.host == HUB and _within(path, repository.path)
    parts, wanted = host.split("."), repository.host.split(".")
    alike = len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, wanted, parts))
    return alike and _within(path, repository.path)


def _within(path: str, wanted: str) -> bool:
    return not path or wanted == path or wanted.startswith(f"{path}/")


def _bare(key: str) -> tuple[str, str]:
    """Host and path of a key; the version that old keys end with is no path."""
    host, _, path = key.removeprefix("https://").removeprefix("http://").partition("/")
    path = path.strip("/")
    return host.lower(), "" if path in {"v1", "v2"} else path


def _weight(key: str) -> tuple[int, bool]:
    host, path = _bare(key)
    return len(path), "*" not in host
