"""The one port of the service, made from its settings.

Why: what listens, with which certificate and for whom, is one question, and all that is wrong with the
answer is told at once.
Never here: what is answered, sockets.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from controller.adapters.certificate.pair import PairError, PairFiles
from controller.adapters.certificate.renewal import Renewal
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.viewers import KubernetesViewers
from controller.adapters.token_file import FileViewers
from controller.ports.viewers import Viewers
from controller.remembered import RememberedViewers

LARGEST_PORT = 65_535
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Where the service listens, and who may see the status: whom the API server lets list Deployments
    (`status_api`), by a token for `api_audience` where that is given, or who has a token of the file.
    """

    listen: str
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    status_api: bool = False
    api_audience: str = ""
    api_token_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """Ready to listen: without a certificate in the clear; `tokens` are those of the file."""

    host: str
    number: int
    certificate: Renewal | None = None
    tokens: FileViewers | None = None


def open_port(http: HttpSettings) -> Port:
    """The port asked for. Raises ValueError with all that is wrong, a line each."""
    wrong: list[str] = []
    host, number = _noting(wrong, lambda: _address(http.listen), ("127.0.0.1", 0))
    certificate = _noting(wrong, lambda: _certificate(http), None)
    tokens = _noting(wrong, lambda: _tokens(http), None)
    wrong += _contradictions(http, host)
    if wrong:
        raise ValueError("\n".join(wrong))
    return Port(host, number, certificate, tokens)


def viewers_of(http: HttpSettings, port: Port, connection: Connection) -> Viewers | None:
    """Who may see the status; nobody where it is not asked for."""
    if http.status_api:
        return RememberedViewers(KubernetesViewers(connection, http.api_audience))
    return port.tokens


def _noting(wrong: list[str], make: Callable[[], Made], otherwise: Made) -> Made:
    try:
        return make()
    except (ValueError, PairError) as error:
        wrong.append(str(error))
        return otherwise


def _address(listen: str) -> tuple[str, int]:
    host, colon, number = listen.rpartition(":")
    if not colon or not number.isdecimal() or int(number) > LARGEST_PORT:
        raise ValueError(f"--listen {listen}: write HOST:PORT, as in 0.0.0.0:9746")
    return host.strip("[]") or "0.0.0.0", int(number)  # noqa: S104 - ":9746" means every address, as in Go


def _certificate(http: HttpSettings) -> Renewal | None:
    if http.tls_cert_file is None or http.tls_key_file is None:
        return None
    try:
        return Renewal(PairFiles(http.tls_cert_file, http.tls_key_file))
    except PairError as error:
        raise ValueError(f"--tls-cert-file, --tls-key-file: {error}") from error


def _tokens(http: HttpSettings) -> FileViewers | None:
    if http.api_token_file is None:
        return None
    try:
        return FileViewers(http.api_token_file)
    except ValueError as error:
        raise ValueError(f"--api-token-file: {error}") from error


def _contradictions(http: HttpSettings, host: str) -> list[str]:
    """What is good by itself, but not beside the rest."""
    half = (http.tls_cert_file is None) is not (http.tls_key_file is None)
    given, missing = "--tls-cert-file", "--tls-key-file"
    if http.tls_cert_file is None:
        given, missing = missing, given
    told = {
        f"{given} is of no use without {missing}": half,
        "--status-api and --api-token-file: choose who says who may see the status": (
            http.status_api and http.api_token_file is not None
        ),
        "--api-audience is of no use without --status-api": (
            bool(http.api_audience) and not http.status_api
        ),
        f"--listen {http.listen}: tokens for the status API would come in the clear; add --tls-cert-file"
        " and --tls-key-file, or listen on 127.0.0.1": (
            (http.status_api or http.api_token_file is not None)
            and http.tls_cert_file is None
            and not _is_loopback(host)
        ),
    }
    return [what for what, is_so in told.items() if is_so]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
