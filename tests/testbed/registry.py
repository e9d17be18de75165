"""Real registries on the loopback address: distribution's, with every way in, and one that has
the referrers API.

Why: what registries really answer is what the client must be proven on.
Never here: requests to them; each test asks what it wants to know.
"""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.testbed.binaries import ensure_programs
from tests.testbed.certificates import Pair
from tests.testbed.processes import Process, TestbedError, free_ports, memory_folder, wait_until

START_SECONDS = 30.0
USER, PASSWORD = "robot", "throw-away-password"
# The password above, by bcrypt at its lowest cost.
_ENTRY = f"{USER}:$2b$04$abcdefghijklmnopqrstuu.HljnqSzweaM5ltsJSl/H1QmdxqJ9N.\n"
SERVICE, ISSUER = "testbed-registry", "testbed-issuer"


@dataclass(frozen=True)
class Told:
    """Who is told of pushes, and the bearer token that is shown there."""

    url: str
    token: str


class Distribution:
    """Distribution's registry at one address, killed and started at will; what was pushed stays.
    With `password` it wants that of `USER`; with `tokens` (the token server's address, the
    certificate that its tokens are signed by) a token."""

    def __init__(
        self,
        tls: Pair | None = None,
        *,
        password: bool = False,
        tokens: tuple[str, Path] | None = None,
    ) -> None:
        self._folder = memory_folder("registry")
        (self._port,) = free_ports(1)
        self.host = f"127.0.0.1:{self._port}"
        (self._folder / "htpasswd").write_text(_ENTRY)
        self._settings = _configuration(self.host, self._folder, tls, password, tokens)
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Returns when it listens."""
        configuration = self._folder / "registry.yaml"
        configuration.write_text(yaml.safe_dump(self._settings))
        command = [str(ensure_programs("registry")["registry"]), "serve", str(configuration)]
        self._process = process = Process("registry", command, self._folder / "log")
        wait_until(lambda: _listens(process, self._port), START_SECONDS, process.tail)

    def kill(self) -> None:
        """SIGKILL: no farewell."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    def tell(self, told: Told) -> None:
        """From now on its notifications are posted there; for that it is started anew."""
        endpoint = {
            "name": "told",
            "url": told.url,
            "headers": {"Authorization": [f"Bearer {told.token}"]},
            "timeout": "2s",
            "threshold": 3,
            "backoff": "1s",
        }
        self.kill()
        self._settings = {**self._settings, "notifications": {"endpoints": [endpoint]}}
        self.start()

    def remove(self) -> None:
        """Ends it, with all that was pushed."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def running(registry: Distribution) -> Iterator[Distribution]:
    """Started, and at the end removed."""
    try:
        registry.start()
        yield registry
    finally:
        registry.remove()


@contextmanager
def distribution(
    tls: Pair | None = None,
    *,
    password: bool = False,
    tokens: tuple[str, Path] | None = None,
) -> Iterator[str]:
    """The host and port of one that runs."""
    with running(Distribution(tls, password=password, tokens=tokens)) as registry:
        yield registry.host


@contextmanager
def with_referrers() -> Iterator[str]:
    """Host and port of a registry in memory that has the referrers API."""
    folder = memory_folder("referrers")
    (port,) = free_ports(1)
    command = [str(ensure_programs("registry")["referrers"]), f"127.0.0.1:{port}"]
    process = Process("referrers", command, folder / "log")
    try:
        wait_until(lambda: _listens(process, port), START_SECONDS, process.tail)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _listens(process: Process, port: int) -> bool:
    if process.exit_code is not None:
        raise TestbedError(f"{process.name} ended; its log says:\n{process.tail()}")
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _configuration(
    host: str, folder: Path, tls: Pair | None, password: bool, tokens: tuple[str, Path] | None
) -> dict[str, Any]:
    http: dict[str, Any] = {"addr": host, "secret": "of-the-testbed"}
    if tls:
        http["tls"] = {"certificate": str(tls.certificate), "key": str(tls.key)}
    made: dict[str, Any] = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "data")},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": http,
    }
    if password:
        made["auth"] = {"htpasswd": {"realm": "testbed", "path": str(folder / "htpasswd")}}
    if tokens:
        realm, bundle = tokens
        made["auth"] = {
            "token": {
                "realm": realm,
                "service": SERVICE,
                "issuer": ISSUER,
                "rootcertbundle": str(bundle),
            }
        }
    return made
