"""The service's own HTTP side: is it alive, is it ready, its metrics, its status.

Why: the platform restarts what is not alive and routes to what is ready.
Never here: decisions, and anything that changes something: what is posted is a reason to look, and
whoever takes it says what is believed (webhook_desk.py); sockets (web_server.py).
"""

import asyncio
from collections.abc import Callable, Iterable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controller.printable import printable
from controller.reply import PLAIN, Reply
from controller.status_desk import NOT_SERVED, StatusDesk
from controller.telemetry import Telemetry
from controller.webhook_desk import WebhookDesk
from controller.webhooks.received import MOST_BODY_BYTES, Received

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BODY_SECONDS = 10.0
GUARDS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TOO_LARGE = Reply(413, f"at most {MOST_BODY_BYTES} bytes are read")

Check = Callable[[], str]


def application(
    telemetry: Telemetry,
    unwell: Check,
    unready: Check,
    desk: WebhookDesk | None = None,
    status_desk: StatusDesk | None = None,
) -> Starlette:
    """`unwell` and `unready` say why not, "" when all is well. Without a desk nothing is taken, without
    a status desk nothing is told of workloads."""

    def metrics(_request: Request) -> Response:
        return Response(telemetry.page(), media_type=CONTENT_TYPE)

    def live(_request: Request) -> Response:
        return _answer(unwell())

    def ready(_request: Request) -> Response:
        return _answer(unwell() or unready())

    def status(request: Request) -> Response:
        if status_desk is None:
            return _replied(NOT_SERVED)
        asked = {name: request.query_params.getlist(name) for name in request.query_params}
        return _replied(status_desk.answer(request.headers.get("authorization", ""), asked))

    routes = [Route("/livez", live), Route("/readyz", ready), Route("/metrics", metrics)]
    routes.append(Route("/api/v1/status", status))
    return Starlette(
        routes=[*routes, *(_posts(desk) if desk is not None else ())],
        middleware=[Middleware(_Guarded)],
    )


class _Guarded:
    """Says with every answer that it is text for this reader alone: not to be kept, guessed at, framed or
    run, whatever name of a workload found its way into it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(GUARDS)
            await send(message)

        await self._app(scope, receive, guarded)


def _posts(desk: WebhookDesk) -> Iterable[Route]:
    """What others may post, and who takes it."""

    def route(path: str, take: Callable[[Received], Reply]) -> Route:
        async def post(request: Request) -> Response:
            crowded = desk.crowded()
            if crowded is not None:
                return _replied(crowded)
            body = await _body(request)
            if isinstance(body, Reply):
                return _replied(body)
            headers = {name.lower(): text for name, text in request.headers.items()}
            return _replied(await run_in_threadpool(take, Received(headers, body)))

        return Route(path, post, methods=["POST"])

    yield route("/webhooks/registry", desk.registry)
    yield route("/webhooks/ci", desk.ci)


async def _body(request: Request) -> bytes | Reply:
    """The body, or why not; no more than the limit is ever kept."""
    told = request.headers.get("content-length", "0")
    if not told.isdigit() or len(told) > 10 or int(told) > MOST_BODY_BYTES:
        return TOO_LARGE
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BODY_BYTES:
                    return TOO_LARGE
    except (TimeoutError, ClientDisconnect):
        return Reply(408, f"the body did not come within {BODY_SECONDS:.0f} s")
    return bytes(body)


def _replied(reply: Reply) -> Response:
    headers = {"Retry-After": str(reply.wait_seconds)} if reply.wait_seconds else {}
    headers |= {"WWW-Authenticate": reply.challenge} if reply.challenge else {}
    # A document has its own escapes.
    text = printable(reply.text) if reply.media_type == PLAIN else reply.text
    return Response(f"{text}\n", reply.status, headers, media_type=reply.media_type)


def _answer(why_not: str) -> Response:
    return PlainTextResponse(printable(why_not) or "ok", status_code=503 if why_not else 200)
