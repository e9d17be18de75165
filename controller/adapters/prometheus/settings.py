"""Where a Prometheus is, how to be let in, and how much of it to ask at once.

Why: everything a user can choose about it stands on one page.
Never here: secrets themselves, only the files that hold them; requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from controller.openmetrics.labels import PodLabels


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """A user name and the file that holds the password."""

    user: str
    password_file: Path


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """A client certificate and its key, as PEM files."""

    certificate_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class PrometheusSettings:
    """One Prometheus. Raises ValueError, with what to write instead.

    `url` is the address before /api/v1. `headers` are sent with every query (a tenant, say)
    and are held to be secrets. `ca_file` is trusted instead of the system's authorities;
    `insecure` trusts everyone. One query may take `timeout_seconds`, one read with all its
    queries and retries `budget_seconds`. An answer of more samples than `most_samples` is not
    decoded, as each takes some seven times its bytes in memory; smaller parts are asked for.
    """

    url: str
    bearer_token_file: Path | None = None
    basic_auth: BasicAuth | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ca_file: Path | None = None
    client_certificate: ClientCertificate | None = None
    insecure: bool = False
    pod_labels: PodLabels = field(default_factory=PodLabels)
    timeout_seconds: float = 10.0
    budget_seconds: float = 30.0
    longest_query_characters: int = 15_000
    largest_answer_bytes: int = 64 * 2**20
    most_series: int = 200_000
    most_samples: int = 1_000_000

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the address of Prometheus reads http://host:port or https://host")
        if parts.username or parts.password:
            raise ValueError("no password in the address of Prometheus: put it in a file")
        if parts.query or parts.fragment:
            raise ValueError("the address of Prometheus ends before any ? or #")
        if self.bearer_token_file and self.basic_auth:
            raise ValueError("a bearer token or a user and password for Prometheus, not both")

    @property
    def address(self) -> str:
        """The address without a slash at its end."""
        return self.url.rstrip("/")
