"""A write begun while the network is broken, which mends when nobody waits for the answer any more.

Why: what a kernel sends late is only seen with a network of one's own, which this process must be given.
Never here: assertions. Prints the methods of all requests that came through.

    unshare --user --map-root-user --net python -m tests.controller.kubernetes.mended SECONDS
"""

import contextlib
import fcntl
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kubernetes import client

from controller.adapters.kubernetes.answers import Request
from controller.adapters.kubernetes.client_credentials import ClientCredentials
from controller.adapters.kubernetes.connection import Connection
from controller.ports.platform import PlatformError

SET_FLAGS, UP = 0x8914, 0x1
WRITE_SECONDS, BROKEN_SECONDS, LATE_SECONDS = 1.0, 4.0, 8.0


class Server(BaseHTTPRequestHandler):
    """Notes what is asked."""

    protocol_version = "HTTP/1.1"
    asked: list[str] = []  # noqa: RUF012 - one list for all connections

    def do_GET(self) -> None:
        """Answers with nothing."""
        self.asked.append(self.command)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_PATCH = do_GET  # noqa: N815 - the name that the server looks for

    def log_message(self, *_: object) -> None:
        """Is silent."""


def network(*, up: bool) -> None:
    """The loopback interface, which is all there is."""
    with socket.socket() as any_socket:
        wanted = struct.pack("16sH14x", b"lo", UP if up else 0)
        fcntl.ioctl(any_socket, SET_FLAGS, wanted)


def main() -> None:
    """One read, so that there is a connection, and the write."""
    network(up=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    configuration = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
    connection = Connection(ClientCredentials(configuration, float(sys.argv[1])))
    connection.send(Request("GET", "/warm"))
    network(up=False)
    with contextlib.suppress(PlatformError):
        connection.send_within(Request("PATCH", "/late", None, b"{}"), WRITE_SECONDS)
    time.sleep(BROKEN_SECONDS)
    network(up=True)
    time.sleep(LATE_SECONDS)
    sys.stdout.write(" ".join(Server.asked))


if __name__ == "__main__":
    main()
