"""Image-pull secrets, read one by one from the API server.

Why: a secret is read when a registry asks for a login, and never listed or watched, so that the
right to read can be given for single names.
Never here: which secrets are read, what a login is; no content in any message.
"""

import base64
import binascii
import re

import msgspec

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.structs import Slim
from controller.ports.platform import PlatformError, Refused, Vanished
from controller.ports.pull_secrets import PullSecretError

CONFIG_KEY, OLD_KEY = ".dockerconfigjson", ".dockercfg"
TYPES = {"kubernetes.io/dockerconfigjson": CONFIG_KEY, "kubernetes.io/dockercfg": OLD_KEY}
LONGEST_NAME = 253

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")


class _Secret(Slim):
    """A secret; of its data only what a pull secret has is kept."""

    type: str = ""
    data: dict[str, str] | None = None


class KubernetesPullSecrets:
    """The port PullSecrets on an API server; may be used by several threads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, namespace: str, name: str) -> bytes:
        """With `get` on this one name."""
        place = f"Secret {namespace}/{name}"
        # A template may name anything, and the name becomes part of a path.
        if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
            raise PullSecretError(f"{place[:LONGEST_NAME]!r} cannot be the name of a secret")
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        try:
            secret: _Secret = decoded(self._connection.send(Request("GET", path)), _Secret, path)
        except Refused:
            raise PullSecretError(
                f"{place} may not be read: rollctl's account needs get on secrets {name} in"
                f" namespace {namespace} (deploy/pull-secrets.yaml)"
            ) from None
        except Vanished:
            raise PullSecretError(f"{place}, which a workload names, is not there") from None
        except PlatformError as error:
            raise PullSecretError(f"{place} cannot be read now: {error}") from None
        return _document(secret, place)


def _document(secret: _Secret, place: str) -> bytes:
    key = TYPES.get(secret.type)
    if key is None:
        kinds = " or ".join(TYPES)
        raise PullSecretError(f"{place} is no image-pull secret: its type must be {kinds}")
    try:
        content = base64.b64decode((secret.data or {}).get(key, ""), validate=True)
    except binascii.Error:
        content = b""
    if not content:
        raise PullSecretError(
            f"{place} has no {key}; make it by kubectl create secret docker-registry"
        )
    return content if key == CONFIG_KEY else _modern(content)


def _modern(content: bytes) -> bytes:
    """The older form is the logins alone."""
    try:
        return msgspec.json.encode({"auths": msgspec.Raw(content)})
    except (msgspec.MsgspecError, ValueError):
        return content
