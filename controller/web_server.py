"""Serves the service's HTTP side on its one port, with bounds on what strangers may cost.

Why: whoever can reach the port can open connections and dawdle; that must cost him more than us.
Never here: what is answered (web.py).
"""

import asyncio
import ssl
import threading
import time
from contextlib import suppress

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

START_SECONDS = 5.0
HEAD_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 15
UNREAD_SECONDS = 60.0
LARGEST_HEAD_BYTES = 16 * 1024
MOST_CONNECTIONS = 256


class BoundedProtocol(H11Protocol):
    """Closes a connection on which no whole request has come in time, byte by byte or not at all, and
    one whose answer nobody reads."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is waited for."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a head do not move its deadline."""
        super().data_received(data)
        if self._is_answering():
            self._stop_waiting()
        elif self._deadline is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """Closing waits for a peer that reads; one that does not is cut off."""
        super().timeout_keep_alive_handler()
        if self.transport.get_write_buffer_size():
            self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        if not self._is_answering():
            self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class WebServer:
    """Serves an application from a thread of its own until closed, over TLS with a context."""

    def __init__(
        self, app: Starlette, host: str, port: int, context: ssl.SSLContext | None = None
    ) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            h11_max_incomplete_event_size=LARGEST_HEAD_BYTES,
            limit_concurrency=MOST_CONNECTIONS,
            ssl_context_factory=(lambda _config, _default: context) if context else None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    def _serve(self) -> None:
        """The server's own exit would end this thread only, and `start` tells of it."""
        with suppress(SystemExit):
            self._server.run()

    def start(self) -> None:
        """Returns once it listens. Raises OSError when the address is taken."""
        self._thread.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                config = self._server.config
                raise OSError(f"cannot listen on {config.host}:{config.port}; is it in use?")
            time.sleep(0.01)

    def stop(self) -> None:
        """Stops listening."""
        self._server.should_exit = True
        self._thread.join(timeout=START_SECONDS)
