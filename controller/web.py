"""The service's own HTTP side: is it alive, is it ready, its metrics.

Why: the platform restarts what is not alive and routes to what is ready.
Never here: decisions, and anything that changes something.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from controller.telemetry import Telemetry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
START_SECONDS = 5.0

log = structlog.get_logger()

Check = Callable[[], str]


def application(telemetry: Telemetry, unwell: Check, unready: Check) -> Starlette:
    """`unwell` and `unready` say why not, "" when all is well."""

    def metrics(_request: Request) -> Response:
        return Response(telemetry.page(), media_type=CONTENT_TYPE)

    def live(_request: Request) -> Response:
        return _answer(unwell())

    def ready(_request: Request) -> Response:
        return _answer(unwell() or unready())

    routes = [Route("/livez", live), Route("/readyz", ready), Route("/metrics", metrics)]
    return Starlette(routes=routes)


def _answer(why_not: str) -> Response:
    return PlainTextResponse(why_not or "ok", status_code=503 if why_not else 200)


class WebServer:
    """Serves an application from a thread of its own until closed."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        config = uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False)
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
