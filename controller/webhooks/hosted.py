"""What hosted registries post when a tag was pushed, each in a form of its own.

Why: a user of any of them configures a webhook and is done.
Never here: registries that one runs oneself, CloudEvents' envelope.

Each reader gives the pushes of a body of its form, and None for any other.
"""

import base64
import binascii
from typing import Any

from controller.webhooks.fields import inner, items, text
from controller.webhooks.pushed import Pushed, pushed
from controller.webhooks.received import WebhookError, json_of
from policies.images.repositories import HUB, tag_of

MOST_TAGS = 1_000


def docker_hub(body: Any) -> tuple[Pushed, ...] | None:
    """Docker Hub: push_data and repository."""
    if not isinstance(inner(body, "push_data"), dict):
        return None
    name = text(body, "repository", "repo_name")
    return pushed(f"{HUB}/{name}", text(body, "push_data", "tag"))


def github(body: Any) -> tuple[Pushed, ...] | None:
    """GitHub's container registry: the events package and registry_package, and the ping that
    a new webhook begins with."""
    package = inner(body, "package") or inner(body, "registry_package")
    version = inner(package, "package_version")
    if version is None:
        return () if text(body, "zen") and inner(body, "hook") else None
    if text(body, "action") not in {"published", "updated"}:
        return ()
    tag = inner(version, "container_metadata", "tag")
    name = f"ghcr.io/{text(package, 'namespace')}/{text(package, 'name')}"
    digest = text(tag, "digest") or text(version, "version")
    return pushed(name, text(tag, "name"), digest)


def quay(body: Any) -> tuple[Pushed, ...] | None:
    """Quay: docker_url and the tags that were updated."""
    tags = inner(body, "updated_tags")
    if not isinstance(tags, list | dict) or not text(body, "docker_url"):
        return None
    names = [tag for tag in list(tags)[:MOST_TAGS] if isinstance(tag, str)]
    return tuple(push for tag in names for push in pushed(text(body, "docker_url"), tag))


def harbor(body: Any) -> tuple[Pushed, ...] | None:
    """Harbor: its own form; as CloudEvents the same stands under data."""
    if not isinstance(inner(body, "event_data"), dict):
        return None
    if text(body, "type") != "PUSH_ARTIFACT":
        return ()
    return harbor_data(inner(body, "event_data"))


def harbor_data(data: Any) -> tuple[Pushed, ...]:
    """The artifacts that Harbor names, with the host that it knows itself by."""
    path = text(data, "repository", "repo_full_name")
    return tuple(
        push
        for resource in items(data, "resources")[:MOST_TAGS]
        for push in _resource(resource, path)
    )


def _resource(resource: Any, path: str) -> tuple[Pushed, ...]:
    host = text(resource, "resource_url").partition(f"/{path}")[0] if path else ""
    named = pushed(f"{host}/{path}", text(resource, "tag"), text(resource, "digest"))
    return named or pushed(path, text(resource, "tag"), text(resource, "digest"))


def elastic(body: Any) -> tuple[Pushed, ...] | None:
    """Amazon's registry (ECR), through EventBridge."""
    if text(body, "source") != "aws.ecr":
        return None
    detail = inner(body, "detail")
    if text(detail, "action-type") != "PUSH" or text(detail, "result") != "SUCCESS":
        return ()
    host = f"{text(body, 'account')}.dkr.ecr.{text(body, 'region')}.amazonaws.com"
    name = f"{host}/{text(detail, 'repository-name')}"
    return pushed(name, text(detail, "image-tag"), text(detail, "image-digest"))


def google(body: Any) -> tuple[Pushed, ...] | None:
    """Google's registries (GCR, Artifact Registry), through a push of Pub/Sub."""
    data = text(body, "message", "data")
    if not data:
        return None
    try:
        told = json_of(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError, WebhookError) as error:
        raise WebhookError("message.data is no JSON in base64, as Pub/Sub sends it") from error
    if text(told, "action") != "INSERT" or not text(told, "tag"):
        return ()
    reference, digest = text(told, "tag"), text(told, "digest").partition("@")[2]
    return pushed(reference.rpartition(":")[0], tag_of(reference), digest)


def azure_grid(body: Any) -> Any:
    """The event within an event of Azure's Event Grid, the body itself where it is none."""
    grid = text(body, "eventType").startswith("Microsoft.ContainerRegistry.")
    return inner(body, "data") if grid else body


def plain(body: Any) -> tuple[Pushed, ...] | None:
    """What a step of a CI can post with curl: repository (name, for those who come from Keel),
    tag, and digest where it is known."""
    name = text(body, "repository") or text(body, "name")
    if not name or not text(body, "tag"):
        return None
    return pushed(name, text(body, "tag"), text(body, "digest"))
