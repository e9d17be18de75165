"""A certificate that is renewed while the port is open, over real sockets."""

import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import requests

from controller.adapters.certificate.renewal import Renewal
from controller.telemetry import Telemetry
from controller.web import application
from controller.web_server import WebServer
from tests.controller.adapters.certificate.pairs import Mount, issued
from tests.journeys.service import free_port
from tests.testbed.certificates import Pair

LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Served:
    """A port over TLS whose pair lies behind links."""

    mount: Mount
    renewal: Renewal
    port: int
    first: Pair
    second: Pair
    authorities: tuple[Path, Path]

    def shown(self, name: str | None = None) -> str:
        """The certificate that a new connection is shown, in a few signs."""
        with (
            socket.create_connection(("127.0.0.1", self.port), 5) as wire,
            careless().wrap_socket(wire, server_hostname=name) as secure,
        ):
            return sha256(secure.getpeercert(binary_form=True) or b"").hexdigest()

    def wait(self, pair: Pair) -> None:
        """Returns once new connections are shown this pair."""
        deadline = time.monotonic() + 10
        while self.shown() != mark(pair):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def careless() -> ssl.SSLContext:
    """A client that trusts everybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def mark(pair: Pair) -> str:
    """A pair's certificate in a few signs."""
    return sha256(ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())).hexdigest()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """The first pair in use, the second at hand."""
    (by, first), (then_by, second) = issued(tmp_path / "a"), issued(tmp_path / "b")
    authorities = (by.pair.certificate, then_by.pair.certificate)
    mount = Mount(tmp_path / "secret")
    mount.put_pair(first)
    renewal = Renewal(mount.files, LOOK_SECONDS)
    port = free_port()
    pages = application(Telemetry("test"), str, str)
    server = WebServer(pages, "127.0.0.1", port, renewal.context)
    server.start()
    renewal.start()
    yield Served(mount, renewal, port, first, second, authorities)
    renewal.stop()
    server.stop()


def test_a_renewed_pair_is_shown_without_a_restart(served: Served) -> None:
    """With a name sent or none, in each new connection; one that is open goes on."""
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(served.authorities[0])
        url = f"https://localhost:{served.port}/livez"
        assert session.get(url, timeout=5).text == "ok"
        for name in (None, "localhost"):
            assert served.shown(name) == mark(served.first)
        served.mount.put_pair(served.second)
        served.wait(served.second)
        assert served.shown("localhost") == mark(served.second)
        assert session.get(url, timeout=5).text == "ok"
    with requests.Session() as session:
        session.trust_env, session.verify = False, str(served.authorities[1])
        assert session.get(url, timeout=5).text == "ok"


def test_no_connection_is_lost_by_a_renewal(served: Served) -> None:
    """Who connects while links are turned, again and again, is always served by one of the pairs."""
    both = {mark(served.first), mark(served.second)}
    deadline, seen = time.monotonic() + 3, set()
    while time.monotonic() < deadline:
        served.mount.put_pair(served.second)
        seen |= {served.shown() for _ in range(10)}
        served.mount.put_pair(served.first)
        seen |= {served.shown() for _ in range(10)}
    assert seen == both


def test_a_broken_pair_leaves_the_old_one(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once, and that the files hold no good pair can be seen until they do."""
    ended_at = served.renewal.expires_at
    served.mount.put(served.second.certificate.read_text(), served.first.key.read_text())
    wait_for(served.renewal, trouble=True)
    time.sleep(5 * LOOK_SECONDS)
    assert served.shown() == mark(served.first)
    assert served.renewal.expires_at == ended_at
    told = capsys.readouterr()
    assert (told.out + told.err).count("the old certificate is kept") == 1
    served.mount.put_pair(served.second)
    served.wait(served.second)
    wait_for(served.renewal, trouble=False)


def test_files_that_go_leave_the_old_one(served: Served) -> None:
    """As when a Secret is deleted and made again; the old pair put back is no trouble either."""
    (served.mount.folder / "..data").unlink()
    wait_for(served.renewal, trouble=True)
    assert served.shown() == mark(served.first)
    served.mount.put_pair(served.first)
    wait_for(served.renewal, trouble=False)


def wait_for(renewal: Renewal, *, trouble: bool) -> None:
    """Returns once there is trouble, or none."""
    deadline = time.monotonic() + 10
    while bool(renewal.trouble) is not trouble:
        assert time.monotonic() < deadline, renewal.trouble
        time.sleep(0.02)


def client_of(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that speaks this version alone, however weak."""
    context = careless()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    return context


def test_old_tls_is_refused(served: Served) -> None:
    """Nothing below 1.2 is spoken, with a client that would; after a renewal neither."""
    served.mount.put_pair(served.second)
    served.wait(served.second)
    for version, told in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
        with (
            socket.create_connection(("127.0.0.1", served.port), 5) as wire,
            client_of(version).wrap_socket(wire) as secure,
        ):
            assert secure.version() == told
    with (
        socket.create_connection(("127.0.0.1", served.port), 5) as wire,
        pytest.raises(ssl.SSLError),
    ):
        client_of(ssl.TLSVersion.TLSv1_1).wrap_socket(wire)


def test_who_speaks_in_the_clear_gets_nothing(served: Served) -> None:
    """Nor does it, or one who begins a handshake and dawdles, keep others from being served."""
    with (
        socket.create_connection(("127.0.0.1", served.port), 5) as clear,
        socket.create_connection(("127.0.0.1", served.port), 5) as dawdler,
    ):
        dawdler.sendall(b"\x16\x03\x01")
        clear.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        clear.settimeout(5)
        assert b"HTTP" not in clear.recv(1_000)
        assert served.shown() == mark(served.first)
