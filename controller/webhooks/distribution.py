"""Notifications of registries of Docker's distribution: their own, and those that took the
form over (Azure's container registry, GitLab's).

Why: it is what a registry that one runs oneself sends.
Never here: other senders.

The form is that of https://distribution.github.io/distribution/about/notifications/ : blobs are
told as the manifests are, and only the media type and a tag tell a build from a layer.
"""

from typing import Any

from controller.webhooks.fields import inner, items, text
from controller.webhooks.pushed import Pushed, pushed

MANIFESTS = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    }
)
MOST_EVENTS = 1_000


def envelope(body: Any) -> tuple[Pushed, ...] | None:
    """The pushes of an envelope of events; None where it is none."""
    if not isinstance(inner(body, "events"), list):
        return None
    events = items(body, "events")[:MOST_EVENTS]
    return tuple(push for event in events for push in one_event(event) or ())


def one_event(body: Any) -> tuple[Pushed, ...] | None:
    """The push of one event, none for a pull, a deletion or a blob; None where it is no event."""
    if not isinstance(inner(body, "target"), dict) or not text(body, "action"):
        return None
    if text(body, "action") != "push" or text(body, "target", "mediaType") not in MANIFESTS:
        return ()
    path, host = text(body, "target", "repository"), text(body, "request", "host")
    repository = f"{host}/{path}" if host else path
    return pushed(repository, text(body, "target", "tag"), text(body, "target", "digest"))
