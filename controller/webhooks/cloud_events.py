"""CloudEvents 1.0: an event in an envelope of JSON, several of them, or in headers.

Why: Harbor, zot and Azure send them, and what carries an event may change its mode.
Never here: what a sender's data mean beyond a push.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from controller.webhooks.distribution import one_event
from controller.webhooks.fields import inner, text
from controller.webhooks.hosted import harbor_data
from controller.webhooks.pushed import Pushed, pushed
from controller.webhooks.received import Received, WebhookError, json_of

MOST_EVENTS = 1_000

Event = tuple[str, Any]


def events_of(received: Received, body: Any) -> tuple[Event, ...] | None:
    """Type and data of each event; None where there is no CloudEvent."""
    if received.header("ce-type"):
        return ((received.header("ce-type"), body),)
    told = body[:MOST_EVENTS] if isinstance(body, list) else [body]
    if not told or not all(text(event, "specversion") for event in told):
        return None
    return tuple(_events(told))


def _events(told: list[Any]) -> Iterator[Event]:
    for event in told:
        encoded = text(event, "data_base64")
        yield text(event, "type"), _decoded(encoded) if encoded else inner(event, "data")


def _decoded(encoded: str) -> Any:
    try:
        return json_of(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, WebhookError) as error:
        raise WebhookError("data_base64 is no JSON in base64") from error


def of_event(kind: str, data: Any) -> tuple[Pushed, ...]:
    """The pushes of one event; none for events of other types."""
    if kind == "harbor.artifact.pushed":
        return harbor_data(inner(data, "event_data") or data)
    if kind.endswith(".image.updated"):
        return pushed(text(data, "name"), text(data, "reference"), text(data, "digest"))
    if kind.startswith("Microsoft.ContainerRegistry."):
        return one_event(data) or ()
    return ()
