"""Whatever is posted gives a list or one clear error, soon."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.webhooks.ci_verdict import read_ci_verdict
from controller.webhooks.decode import MOST_PUSHES, decode
from controller.webhooks.pushed import Pushed
from controller.webhooks.received import MOST_BODY_BYTES, Received, WebhookError
from controller.webhooks.signatures import distrust
from policies.images.repositories import is_digest, is_repository, is_tag
from tests.controller.webhooks.bodies import ECR, GCR, GRID_EVENT, HARBOR, HUB, QUAY, event
from tests.controller.webhooks.test_decode import FORMS, SILENT

MOST_SECONDS = 1.0
WORDS = st.sampled_from(
    [
        *("events", "target", "action", "push", "tag", "digest", "repository", "specversion"),
        *("type", "data", "data_base64", "message", "push_data", "updated_tags", "docker_url"),
        *("package", "package_version", "event_data", "resources", "source", "aws.ecr", "detail"),
        *("harbor.artifact.pushed", "x.image.updated", "eventType", "shop/web", "v1", "1.0"),
    ]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
headers = st.dictionaries(
    st.sampled_from(
        [
            *("ce-type", "authorization", "x-hub-signature-256"),
            *("webhook-id", "webhook-timestamp", "webhook-signature"),
        ]
    ),
    WORDS | st.text(max_size=30) | st.integers().map(str),
)


def check(received: Received) -> None:
    """A list of checked pushes, or one error of one line."""
    pushes, refusal = outcome(received)
    assert refusal.isprintable()
    assert len(pushes) <= MOST_PUSHES
    for push in pushes:
        assert is_repository(push.repository)
        assert is_tag(push.tag)
        assert push.digest is None or is_digest(push.digest)


def outcome(received: Received) -> tuple[tuple[Pushed, ...], str]:
    """The pushes, or none and why."""
    try:
        return decode(received), ""
    except WebhookError as error:
        return (), str(error) or "\n"


@given(headers, st.binary(max_size=300))
def test_any_bytes(given_headers: dict[str, str], body: bytes) -> None:
    """Random bytes are refused or understood, as a push and as a CI's verdict."""
    check(Received(given_headers, body))
    with pytest.raises(WebhookError):
        read_ci_verdict(Received(given_headers, body))


@given(headers, values)
@settings(max_examples=300)
def test_any_json(given_headers: dict[str, str], value: Any) -> None:
    """Random JSON of the words that senders use is refused or understood."""
    check(Received(given_headers, json.dumps(value).encode()))


KNOWN = [body for body, _pushes in FORMS.values()] + list(SILENT.values())


@given(st.sampled_from(KNOWN), values, st.data())
@settings(max_examples=300)
def test_any_change_of_a_known_body(body: Any, value: Any, data: st.DataObject) -> None:
    """A true body with anything put anywhere in it is refused or understood."""
    changed = json.loads(json.dumps(body))
    place: Any = changed
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = value
            break
        place = place[key]
    check(Received({}, json.dumps(changed).encode()))


@given(headers, st.binary(max_size=50), st.floats(0, 2e9))
def test_any_headers(given_headers: dict[str, str], body: bytes, now: float) -> None:
    """Whatever headers say, a stranger is told in one line that he is not trusted."""
    reason = distrust(Received(given_headers, body), ("secret",), now)
    assert reason
    assert reason.isprintable()


def _filled(one: Any) -> bytes:
    text = json.dumps(one)
    return ("[" + ",".join([text] * (MOST_BODY_BYTES // (len(text) + 1) - 1)) + "]").encode()


BOMBS = {
    "events": b'{"events":' + _filled(event())[:-12] + b"]}",
    "many events": _filled({"specversion": "1.0", "type": "x.image.updated", "data": {}}),
    "tiny objects": _filled({}),
    "harbor": _filled(HARBOR),
    "grid": _filled(GRID_EVENT),
    "hub": _filled(HUB),
    "quay": _filled(QUAY),
    "ecr": _filled(ECR),
    "gcr": _filled(GCR),
    "deep": b'{"a":' * 50_000,
    "a long name": json.dumps({"repository": "a/" * 100_000, "tag": "v1"}).encode(),
    "a long host": json.dumps({"repository": "a." * 100_000 + "/x", "tag": "v1"}).encode(),
    "many dashes": json.dumps({"repository": "a" + "-" * 200_000, "tag": "v1"}).encode(),
    "a long tag": json.dumps({"repository": "a", "tag": "v" * 200_000}).encode(),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bomb(bomb: bytes) -> None:
    """A body built to exhaust the reader is answered soon."""
    assert len(bomb) <= MOST_BODY_BYTES
    began = time.process_time()
    check(Received({}, bomb))
    assert time.process_time() - began < MOST_SECONDS
