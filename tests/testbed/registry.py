"""Real registries on the loopback address: distribution's, with every way in, and one that has
the referrers API.

Why: what registries really answer is what the client must be proven on.
Never here: requests to them; each test asks what it wants to know.
"""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def distribution(
    tls: Pair | None = None,
    *,
    password: bool = False,
    tokens: tuple[str, Path] | None = None,
) -> Iterator[str]:
    """A registry's host and port. With `password` it wants that of `USER`; with `tokens` (the
    token server's address, the certificate that its tokens are signed by) a token."""
    folder = memory_folder("registry")
    (port,) = free_ports(1)
    host = f"127.0.0.1:{port}"
    (folder / "htpasswd").write_text(_ENTRY)
    configuration = folder / "registry.yaml"
    configuration.write_text(yaml.safe_dump(_configuration(host, folder, tls, password, tokens)))
    command = [str(ensure_programs("registry")["registry"]), "serve", str(configuration)]
    with _running("registry", command, folder, port):
        yield host


@contextmanager
def with_referrers() -> Iterator[str]:
    """Host and port of a registry in memory that has the referrers API."""
    folder = memory_folder("referrers")
    (port,) = free_ports(1)
    command = [str(ensure_programs("registry")["referrers"]), f"127.0.0.1:{port}"]
    with _running("referrers", command, folder, port):
        yield f"127.0.0.1:{port}"


@contextmanager
def _running(name: str, command: list[str], folder: Path, port: int) -> Iterator[None]:
    process = Process(name, command, folder / "log")
    try:
        wait_until(lambda: _listens(process, port), START_SECONDS, process.tail)
        yield
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
