"""Plain HTTP to the API server, as small as it can be.

Why: were rollctl's Kubernetes client shared, a bug in it would hide from the tests.
Never here: models of Kubernetes' objects; a JSON document stays a dictionary.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.testbed.certificates import Pair

Document = dict[str, Any]

MERGE = "application/merge-patch+json"
STRATEGIC_MERGE = "application/strategic-merge-patch+json"
ANSWER_SECONDS = 30.0


class ApiError(Exception):
    """The API server said no."""

    def __init__(self, answer: requests.Response) -> None:
        asked = f"{answer.request.method} {answer.request.url}"
        super().__init__(f"{asked}: {answer.status_code} {answer.text[:1000]}")
        self.status_code = answer.status_code


class ApiSession(requests.Session):
    """A session that takes the server's address, trust and identity for granted."""

    def __init__(
        self, url: str, ca_file: Path, certificate: Pair | None = None, token: str = ""
    ) -> None:
        super().__init__()
        self._url = url
        # A bundle named in the environment would otherwise replace this server's own authority.
        self.trust_env = False
        self.verify = str(ca_file)
        if certificate is not None:
            self.cert = (str(certificate.certificate), str(certificate.key))
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def request(
        self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Sends one request; a path is one of the API server's."""
        kwargs.setdefault("timeout", ANSWER_SECONDS)
        where = url.decode() if isinstance(url, bytes) else url
        return super().request(
            method, self._url + where if where.startswith("/") else where, *args, **kwargs
        )

    def read(self, path: str, **parameters: str) -> Document:
        """One object or list. Raises ApiError."""
        return _checked(self.get(path, params=parameters))

    def create(self, path: str, document: Document, *, exists_is_fine: bool = False) -> Document:
        """Makes an object. Raises ApiError."""
        answer = self.post(path, json=document)
        if exists_is_fine and answer.status_code == requests.codes.conflict:
            return document
        return _checked(answer)

    def merge(self, path: str, change: Document, *, kind: str = MERGE) -> Document:
        """Patches an object. Raises ApiError."""
        return _checked(self.patch(path, data=json.dumps(change), headers={"Content-Type": kind}))

    def remove(self, path: str, options: Document | None = None) -> None:
        """Deletes an object; one that is gone already is fine. Raises ApiError."""
        answer = self.delete(path, json=options or {})
        if answer.status_code not in (requests.codes.not_found, requests.codes.conflict):
            _checked(answer)

    def watch(
        self, path: str, resource_version: str, timeout_seconds: int, **parameters: str
    ) -> Iterator[Document]:
        """Events since a version, until the server ends the watch. Raises ApiError."""
        query = {
            **parameters,
            "watch": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(timeout_seconds),
            "allowWatchBookmarks": "true",
        }
        with self.get(
            path, params=query, stream=True, timeout=timeout_seconds + ANSWER_SECONDS
        ) as answer:
            if not answer.ok:
                raise ApiError(answer)
            for line in answer.iter_lines(chunk_size=None):
                yield json.loads(line)


def _checked(answer: requests.Response) -> Document:
    if not answer.ok:
        raise ApiError(answer)
    document: Document = answer.json()
    return document
