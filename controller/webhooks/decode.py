"""From a posted body to the pushes it tells of, whoever sent it.

Why: one address serves every sender; the form tells which it is.
Never here: single forms, signatures.
"""

from collections.abc import Callable
from typing import Any

from controller.webhooks import cloud_events, distribution, hosted
from controller.webhooks.pushed import Pushed
from controller.webhooks.received import Received, WebhookError, json_of

MOST_PUSHES = 100
KNOWN = (
    "CloudEvents, Docker distribution, Docker Hub, GitHub, Quay, Harbor, zot, ACR, ECR, GCR, or "
    '{"repository": "…", "tag": "…"}'
)

_FORMS: tuple[Callable[[Any], tuple[Pushed, ...] | None], ...] = (
    distribution.envelope,
    distribution.one_event,
    hosted.docker_hub,
    hosted.github,
    hosted.quay,
    hosted.harbor,
    hosted.elastic,
    hosted.google,
    hosted.plain,
)


def decode(received: Received) -> tuple[Pushed, ...]:
    """The pushes, each once, in the order told and at most MOST_PUSHES; none where the body
    tells of something else. Raises WebhookError."""
    body = json_of(received.body)
    events = cloud_events.events_of(received, body)
    if events is not None:
        told = [push for event in events for push in cloud_events.of_event(*event)]
    else:
        told = [push for one in _parts(body) for push in _of_body(one)]
    return tuple(dict.fromkeys(told))[:MOST_PUSHES]


def _parts(body: Any) -> list[Any]:
    """Event Grid sends lists; everybody else one object."""
    return body[: cloud_events.MOST_EVENTS] if isinstance(body, list) else [body]


def _of_body(body: Any) -> tuple[Pushed, ...]:
    unwrapped = hosted.azure_grid(body)
    for form in _FORMS:
        told = form(unwrapped)
        if told is not None:
            return told
    raise WebhookError(f"the form is not known; known are {KNOWN}")
