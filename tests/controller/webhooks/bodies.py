"""Bodies as registries send them, shortened to what tells them apart."""

import base64
import json
from typing import Any

from controller.webhooks.received import Received

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def received(body: Any, **headers: str) -> Received:
    """A request with this JSON; names of headers are written with underscores."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Received(names, json.dumps(body).encode())


def in_base64(body: Any) -> str:
    """JSON within JSON."""
    return base64.b64encode(json.dumps(body).encode()).decode()


def event(
    action: str = "push", media_type: str = MANIFEST, tag: str | None = "v1", host: str = ""
) -> dict[str, Any]:
    """An event of Docker's distribution."""
    target = {"mediaType": media_type, "size": 708, "digest": DIGEST, "repository": "shop/web"}
    told = {"tag": tag} if tag is not None else {}
    request = {"id": "r", "host": host, "method": "PUT", "useragent": "docker"}
    return {"id": "e", "action": action, "target": target | told, "request": request}


HARBOR_DATA = {
    "resources": [
        {"digest": DIGEST, "tag": "v1", "resource_url": "harbor.shop.io/shop/web:v1"},
        {"digest": OTHER, "tag": "v2", "resource_url": "harbor.shop.io/shop/web:v2"},
    ],
    "repository": {"name": "web", "namespace": "shop", "repo_full_name": "shop/web"},
}
HARBOR = {"type": "PUSH_ARTIFACT", "occur_at": 1, "operator": "admin", "event_data": HARBOR_DATA}
HARBOR_EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "/projects/1/webhook/policies/1",
    "type": "harbor.artifact.pushed",
    "datacontenttype": "application/json",
    "data": HARBOR_DATA,
}
ZOT_DATA = {"name": "shop/web", "reference": "v1", "digest": DIGEST, "mediaType": MANIFEST}
HUB = {
    "callback_url": "https://registry.hub.docker.com/u/shop/web/hook/x/",
    "push_data": {"pushed_at": 1, "pusher": "jo", "tag": "v1"},
    "repository": {"repo_name": "shop/web", "name": "web", "namespace": "shop"},
}
GITHUB_PACKAGE = {
    "name": "web",
    "namespace": "Shop",
    "package_type": "CONTAINER",
    "package_version": {
        "version": DIGEST,
        "container_metadata": {"tag": {"name": "v1", "digest": DIGEST}},
        "package_url": "ghcr.io/shop/web:v1",
    },
}
QUAY = {
    "name": "web",
    "repository": "shop/web",
    "namespace": "shop",
    "docker_url": "quay.io/shop/web",
    "homepage": "https://quay.io/repository/shop/web",
    "updated_tags": ["v1", "v2"],
}
ECR = {
    "version": "0",
    "detail-type": "ECR Image Action",
    "source": "aws.ecr",
    "account": "123456789012",
    "region": "eu-west-1",
    "detail": {
        "result": "SUCCESS",
        "repository-name": "shop/web",
        "image-digest": DIGEST,
        "action-type": "PUSH",
        "image-tag": "v1",
    },
}
GCR_TOLD = {"action": "INSERT", "digest": f"gcr.io/shop/web@{DIGEST}", "tag": "gcr.io/shop/web:v1"}
GCR = {
    "message": {"data": in_base64(GCR_TOLD), "messageId": "1"},
    "subscription": "projects/shop/subscriptions/rollctl",
}
GRID = {
    "id": "1",
    "eventType": "Microsoft.ContainerRegistry.ImagePushed",
    "subject": "shop/web:v1",
    "data": event(host="shop.azurecr.io"),
}
GRID_EVENT = {
    "specversion": "1.0",
    "type": "Microsoft.ContainerRegistry.ImagePushed",
    "source": "/subscriptions/x",
    "data": event(host="shop.azurecr.io"),
}
