"""What a server can do wrong, whatever it serves.

Why: each port is to be tried with all of it, not with what its author thought of.
Never here: which server, what is expected.
"""

import gzip
import socket
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

from tests.testbed.web import Reply

HANGS_SECONDS = 1.0
JSON = {"Content-Type": "application/json"}
STATUS = (
    '{{"kind":"Status","status":"error","errorType":"other","error":"no","message":"no","code":{}}}'
)


def answers(status: int, **headers: str) -> Reply:
    """A refusal as API servers and Prometheus word it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, STATUS.format(status).encode(), JSON | named)


def _hang(_: BaseHTTPRequestHandler) -> None:
    time.sleep(HANGS_SECONDS)


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


def _dribble(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(HANGS_SECONDS / 20)


def _break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    handler.wfile.write(b'{"status":')


def _doing(act: Callable[[BaseHTTPRequestHandler], None]) -> Reply:
    return Reply(act=act)


HANGS = _doing(_hang)
RESETS = _doing(_reset)
DRIBBLES = _doing(_dribble)
BREAKS_OFF = _doing(_break_off)
WEB_PAGE = Reply(200, b"<!doctype html><form>sign in", {"Content-Type": "text/html"})
CUT_SHORT = Reply(200, b'{"status":"succ', JSON)
FLOOD = Reply(200, gzip.compress(b" " * 100_000_000), JSON | {"Content-Encoding": "gzip"})
"""A hundred megabytes in a hundred kilobytes."""

EVERYWHERE: dict[str, Reply] = {
    "no answer": HANGS,
    "the connection is reset": RESETS,
    "the answer breaks off": BREAKS_OFF,
    "a byte now and then": DRIBBLES,
    "401": answers(401),
    "403": answers(403),
    "404": answers(404),
    "429, Retry-After 20": answers(429, Retry_After="20"),
    "500": answers(500),
    "503": answers(503),
    "JSON that is cut short": CUT_SHORT,
    "a web page": WEB_PAGE,
    "a compressed flood": FLOOD,
}
