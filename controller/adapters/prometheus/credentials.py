"""Lets us in, and keeps what lets us in out of every message.

Why: mounted tokens rotate, so files are read again for each query; and a server may repeat in
an error what was sent to it.
Never here: where secrets are shown.
"""

import base64
from pathlib import Path

import requests
from requests.auth import AuthBase

from controller.adapters.prometheus.faults import no_secret
from controller.adapters.prometheus.settings import PrometheusSettings

_SHORTEST_SECRET = 4


class Credentials(AuthBase):
    """Adds the header that lets us in; without any settings none, so that no ~/.netrc is used."""

    def __init__(self, settings: PrometheusSettings) -> None:
        self._settings = settings
        self._secrets = set(settings.headers.values())

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Signs the request. Raises QueryError when a secret cannot be read."""
        header = self._header()
        if header:
            request.headers["Authorization"] = header
        return request

    def _header(self) -> str:
        basic = self._settings.basic_auth
        if self._settings.bearer_token_file:
            return f"Bearer {self._secret(self._settings.bearer_token_file)}"
        if basic:
            pair = f"{basic.user}:{self._secret(basic.password_file)}".encode()
            coded = base64.b64encode(pair).decode()
            self._secrets.add(coded)
            return f"Basic {coded}"
        return ""

    def _secret(self, file: Path) -> str:
        try:
            secret = file.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise no_secret(file) from error
        self._secrets.add(secret)
        return secret

    def redacted(self, text: str) -> str:
        """The text without any secret that was ever sent."""
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text
