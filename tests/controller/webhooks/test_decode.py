"""Every sender's form of a push is understood, and nothing else is taken for one."""

from typing import Any

import pytest

from controller.webhooks.decode import MOST_PUSHES, decode
from controller.webhooks.pushed import Pushed
from controller.webhooks.received import Received, WebhookError
from tests.controller.webhooks.bodies import (
    DIGEST,
    ECR,
    GCR,
    GCR_TOLD,
    GITHUB_PACKAGE,
    GRID,
    GRID_EVENT,
    HARBOR,
    HARBOR_EVENT,
    HUB,
    INDEX,
    OTHER,
    QUAY,
    ZOT_DATA,
    event,
    in_base64,
    received,
)

ECR_HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
HARBOR_PUSHES = (
    Pushed("harbor.shop.io/shop/web", "v1", DIGEST),
    Pushed("harbor.shop.io/shop/web", "v2", OTHER),
)

FORMS: dict[str, tuple[Any, tuple[Pushed, ...]]] = {
    "distribution": ({"events": [event()]}, (Pushed("shop/web", "v1", DIGEST),)),
    "distribution's index": (
        {"events": [event(media_type=INDEX, host="registry:5000")]},
        (Pushed("registry:5000/shop/web", "v1", DIGEST),),
    ),
    "azure": (event(host="shop.azurecr.io"), (Pushed("shop.azurecr.io/shop/web", "v1", DIGEST),)),
    "event grid": ([GRID], (Pushed("shop.azurecr.io/shop/web", "v1", DIGEST),)),
    "event grid as cloud event": (
        [GRID_EVENT],
        (Pushed("shop.azurecr.io/shop/web", "v1", DIGEST),),
    ),
    "harbor": (HARBOR, HARBOR_PUSHES),
    "harbor as cloud event": (HARBOR_EVENT, HARBOR_PUSHES),
    "batch of cloud events": ([HARBOR_EVENT, HARBOR_EVENT], HARBOR_PUSHES),
    "zot": (
        {"specversion": "1.0", "type": "zotregistry.image.updated", "data": ZOT_DATA},
        (Pushed("shop/web", "v1", DIGEST),),
    ),
    "data in base64": (
        {
            "specversion": "1.0",
            "type": "com.shop.image.updated",
            "data_base64": in_base64(ZOT_DATA),
        },
        (Pushed("shop/web", "v1", DIGEST),),
    ),
    "docker hub": (HUB, (Pushed("docker.io/shop/web", "v1"),)),
    "github": (
        {"action": "published", "package": GITHUB_PACKAGE},
        (Pushed("ghcr.io/shop/web", "v1", DIGEST),),
    ),
    "github's other name": (
        {"action": "updated", "registry_package": GITHUB_PACKAGE},
        (Pushed("ghcr.io/shop/web", "v1", DIGEST),),
    ),
    "quay": (QUAY, (Pushed("quay.io/shop/web", "v1"), Pushed("quay.io/shop/web", "v2"))),
    "ecr": (ECR, (Pushed(f"{ECR_HOST}/shop/web", "v1", DIGEST),)),
    "gcr": (GCR, (Pushed("gcr.io/shop/web", "v1", DIGEST),)),
    "curl": (
        {"repository": "ghcr.io/shop/web", "tag": "v1"},
        (Pushed("ghcr.io/shop/web", "v1"),),
    ),
    "keel's": ({"name": "shop/web", "tag": "v1"}, (Pushed("shop/web", "v1"),)),
}


@pytest.mark.parametrize(("body", "pushes"), FORMS.values(), ids=FORMS)
def test_form(body: Any, pushes: tuple[Pushed, ...]) -> None:
    """Each form gives its pushes, with the digest where it tells one."""
    assert decode(received(body)) == pushes


def test_cloud_event_in_headers() -> None:
    """In binary mode the type stands in a header and the data are the body."""
    zot = received(ZOT_DATA, ce_type="zotregistry.image.updated", ce_specversion="1.0")
    assert decode(zot) == (Pushed("shop/web", "v1", DIGEST),)
    assert decode(received(ZOT_DATA, ce_type="zotregistry.image.deleted")) == ()


SILENT: dict[str, Any] = {
    "pull": {"events": [event("pull")]},
    "deletion": {"events": [event("delete")]},
    "blob": {"events": [event(media_type="application/octet-stream")]},
    "push by digest": {"events": [event(tag=None)]},
    "no events": {"events": []},
    "nothing at all": [],
    "harbor's deletion": HARBOR | {"type": "DELETE_ARTIFACT"},
    "harbor's scan": HARBOR_EVENT | {"type": "harbor.scan.completed"},
    "zot by digest": {
        "specversion": "1.0",
        "type": "zotregistry.image.updated",
        "data": ZOT_DATA | {"reference": DIGEST},
    },
    "github's deletion": {"action": "deleted", "package": GITHUB_PACKAGE},
    "github's ping": {"zen": "Speak like a human.", "hook_id": 1, "hook": {"type": "Org"}},
    "ecr's deletion": ECR | {"detail": {"action-type": "DELETE", "result": "SUCCESS"}},
    "gcr's deletion": {"message": {"data": in_base64(GCR_TOLD | {"action": "DELETE"})}},
    "no repository": {"repository": "not a name", "tag": "v1"},
    "no tag": HUB | {"push_data": {"tag": "-"}},
}


@pytest.mark.parametrize("body", SILENT.values(), ids=SILENT)
def test_no_push(body: Any) -> None:
    """A known form that tells of something else gives no push and is no mistake."""
    assert decode(received(body)) == ()


@pytest.mark.parametrize(
    "body", [{}, [{}], 1, None, "x", {"events": 1}, {"tag": "v1"}, {"message": {}}, [[{}]]]
)
def test_unknown_form(body: Any) -> None:
    """What is of no known form is refused, and the known ones are named."""
    with pytest.raises(WebhookError, match="known are CloudEvents, Docker distribution") as refused:
        decode(received(body))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b'{"\xe1": 1}', "not UTF-8"),
        (b"1e999", "no JSON"),
        (b"[" * 100_000, "too deep"),
        (b" " * 300_000, "at most"),
    ],
)
def test_no_json(body: bytes, words: str) -> None:
    """What is no JSON, nested too deep or too large is refused, in words."""
    with pytest.raises(WebhookError, match=words):
        decode(Received({}, body))


@pytest.mark.parametrize("data", ["!", "AAAA", in_base64(1)[:-1]])
def test_broken_base64(data: str) -> None:
    """Data that are no JSON in base64 are refused."""
    for body in (
        {"message": {"data": data}},
        {"specversion": "1.0", "type": "x", "data_base64": data},
    ):
        with pytest.raises(WebhookError, match="base64"):
            decode(received(body))


def test_pushes_are_bounded_and_told_once() -> None:
    """A registry that repeats itself, or a body full of pushes, costs a bounded number of looks."""
    assert len(decode(received({"events": [event()] * 50}))) == 1
    many = {"docker_url": "quay.io/shop/web", "updated_tags": [f"v{n}" for n in range(5_000)]}
    assert len(decode(received(many))) == MOST_PUSHES


def test_concerns() -> None:
    """A push is about every repository of its path: a registry may not know its own address."""
    push = Pushed("registry.internal:5000/shop/web", "v1")
    assert push.concerns("ghcr.io/shop/web")
    assert push.concerns("shop/web")
    assert not push.concerns("ghcr.io/shop/api")
    assert Pushed("web", "v1").concerns("docker.io/library/web")
    assert Pushed("web", "v1").concerns("zot:5000/web")


def test_a_false_digest_is_left_out() -> None:
    """A digest that is none is not handed on as one."""
    body = {"repository": "shop/web", "tag": "v1", "digest": "sha256:short"}
    assert decode(received(body)) == (Pushed("shop/web", "v1", None),)
