"""A token server that the real registry believes: it signs what is asked by who may.

Why: the flow is only proven where a registry verifies the tokens itself.
Never here: who may do what; one user may do everything, and without a login one may pull.
"""

import base64
import json
import subprocess
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.testbed.certificates import Pair
from tests.testbed.registry import ISSUER, PASSWORD, SERVICE, USER
from tests.testbed.web import AnyWeb, Asked, Reply

_COORDINATE_BYTES = 32


class TokenServer(AnyWeb):
    """Serves tokens at `url` that last `life_seconds`; `identity_token` stands for the login."""

    identity_token = "identity-of-the-robot"

    def __init__(self, pair: Pair, life_seconds: int = 300) -> None:
        super().__init__(self._answered)
        self._pair = pair
        self.life_seconds = life_seconds

    def _answered(self, asked: Asked) -> Reply:
        text = asked.body.decode() if asked.method == "POST" else urlsplit(asked.path).query
        fields = parse_qs(text)
        header = asked.headers.get("authorization", "")
        known = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        is_user = header == f"Basic {known}" or fields.get("refresh_token") == [self.identity_token]
        if (header or asked.method == "POST") and not is_user:
            return Reply(401, json.dumps({"details": f"not {header} {text}"}).encode())
        token = self._signed([_access(scope, is_user) for scope in fields.get("scope", [])])
        body = {"access_token": token, "expires_in": self.life_seconds}
        return Reply(body=json.dumps(body).encode())

    def _signed(self, access: list[dict[str, Any]]) -> str:
        pem = self._pair.certificate.read_text()
        certificate = "".join(line for line in pem.splitlines() if not line.startswith("-"))
        now = int(time.time())
        head = {"alg": "ES256", "typ": "JWT", "x5c": [certificate]}
        claims = {
            "iss": ISSUER,
            "sub": USER,
            "aud": SERVICE,
            "exp": now + self.life_seconds,
            "nbf": now - 10,
            "iat": now,
            "jti": str(time.time_ns()),
            "access": access,
        }
        text = f"{_coded(json.dumps(head).encode())}.{_coded(json.dumps(claims).encode())}"
        return f"{text}.{_coded(self._signature(text.encode()))}"

    def _signature(self, text: bytes) -> bytes:
        command = ["openssl", "dgst", "-sha256", "-sign", str(self._pair.key)]
        der = subprocess.run(command, input=text, capture_output=True, check=True).stdout
        first = 4 + der[3]
        numbers = (der[4:first], der[first + 2 :])
        return b"".join(int.from_bytes(number).to_bytes(_COORDINATE_BYTES) for number in numbers)


def _access(scope: str, is_user: bool) -> dict[str, Any]:
    kind, name, actions = scope.split(":")
    wanted = actions.split(",")
    allowed = wanted if is_user else [one for one in wanted if one == "pull"]
    return {"type": kind, "name": name, "actions": allowed}


def _coded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
