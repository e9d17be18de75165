"""How far each registry is trusted, and how much of one is read.

Why: everything a user can choose about registries stands on one page.
Never here: secrets; requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from controller.ports.registry import Refused
from policies.images.repositories import HUB

_HUB_SERVER = "registry-1.docker.io"


@dataclass(frozen=True, slots=True)
class HostSettings:
    """One registry. Raises ValueError when two things exclude each other.

    `ca_file` is trusted instead of the system's authorities; `plain_http` asks without TLS;
    `skip_verification` trusts any certificate. No host is insecure by its name: other than
    with Docker, localhost and 127.0.0.0/8 are asked by TLS unless `plain_http` is said.
    """

    ca_file: Path | None = None
    plain_http: bool = False
    skip_verification: bool = False

    def __post_init__(self) -> None:
        if sum((self.ca_file is not None, self.plain_http, self.skip_verification)) > 1:
            raise ValueError(
                "of a registry say one: a CA file, plain HTTP, or that verification is skipped"
            )


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """All registries, `hosts` by host and port as references write them.

    One try may take `timeout_seconds`, one request with its retries and logins
    `budget_seconds`. An answer of more than `largest_answer_bytes` is refused: manifests and
    tag pages are small, 4 MiB is what registries take at most for a manifest.
    `remembered_answers` and `remembered_bytes` bound what is kept for conditional requests.
    """

    hosts: Mapping[str, HostSettings] = field(default_factory=dict)
    timeout_seconds: float = 10.0
    budget_seconds: float = 30.0
    largest_answer_bytes: int = 4 * 2**20
    most_tags: int = 100_000
    tags_a_page: int = 1_000
    remembered_answers: int = 5_000
    remembered_bytes: int = 32 * 2**20

    def of(self, host: str) -> HostSettings:
        """The settings of one host."""
        return self.hosts.get(host, HostSettings())

    def origin(self, host: str) -> str:
        """Scheme and address that a reference's host is asked at."""
        scheme = "http" if self.of(host).plain_http else "https"
        return f"{scheme}://{_HUB_SERVER if host == HUB else host}"

    def trust(self, url: str, host: str) -> HostSettings:
        """How far the server at `url` is trusted, which the registry `host` sent us to."""
        parts = urlsplit(url)
        at_home = f"{parts.scheme}://{parts.netloc}" == self.origin(host)
        return self.of(host if at_home else parts.netloc)

    def check_scheme(self, url: str, host: str) -> None:
        """Raises Refused where the registry `host` sends us to a server without TLS that may
        not be asked so."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not self.trust(url, host).plain_http:
            raise Refused(
                f"{host} sends us to {parts.hostname} without TLS: mend it, or say plain HTTP "
                f"for {parts.netloc.rpartition('@')[2]}"
            )
