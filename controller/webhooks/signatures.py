"""Whether a request was sent by somebody who knows the secret.

Why: a stranger's nudges cost queries, and a stranger's CI verdict would be a lie believed.
Never here: which requests need a signature, where secrets are kept.

Forms: Standard Webhooks 1.0 (webhook-id, webhook-timestamp, webhook-signature over
"id.timestamp.body", HMAC-SHA256 in base64, v1, several after each other while keys change),
GitHub's x-hub-signature-256, and a bearer token. Of these only the first tells a replay.
"""

import base64
import binascii
import hmac
from hashlib import sha256

from controller.webhooks.received import Received

REPLAY_SECONDS = 300.0
MOST_SIGNATURES = 10

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: in base64 after whsec_, else its own bytes. Raises
    ValueError for one that is empty or no base64."""
    text = secret.strip()
    try:
        encoded = text.removeprefix(_PREFIX)
        key = base64.b64decode(encoded, validate=True) if text != encoded else text.encode()
    except binascii.Error as error:
        raise ValueError("what follows whsec_ is no base64") from error
    if not key:
        raise ValueError("the secret is empty")
    return key


def distrust(received: Received, secrets: tuple[str, ...], now: float) -> str:
    """Why the request is not trusted, "" where it is: it fits one of the secrets, in the form
    its headers say. Raises ValueError for a secret that is none."""
    keys = [key_of(secret) for secret in secrets]
    if not keys:
        return "no secret is configured to trust anybody by"
    if received.header("webhook-signature"):
        return _standard(received, keys, now)
    if received.header("x-hub-signature-256"):
        return _github(received, keys)
    if received.header("authorization"):
        return _bearer(received, secrets)
    return "it is not signed: send webhook-signature, x-hub-signature-256 or a bearer token"


def _standard(received: Received, keys: list[bytes], now: float) -> str:
    stamp, told = received.header("webhook-timestamp"), received.header("webhook-id")
    if not told or not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return "webhook-id and webhook-timestamp (unix seconds) are missing or malformed"
    content = b".".join((_bytes(told), _bytes(stamp), received.body))
    given = received.header("webhook-signature").split(" ")[:MOST_SIGNATURES]
    wanted = [b"v1," + base64.b64encode(_mac(key, content)) for key in keys]
    if not _any_equal(given, wanted):
        return "no signature fits: the secret or the body differs"
    if abs(now - int(stamp)) > REPLAY_SECONDS:
        return (
            f"signed more than {REPLAY_SECONDS:.0f} s ago or ahead: a replay, or a clock is wrong"
        )
    return ""


def _github(received: Received, keys: list[bytes]) -> str:
    wanted = [b"sha256=" + _mac(key, received.body).hex().encode() for key in keys]
    fits = _any_equal([received.header("x-hub-signature-256")], wanted)
    return "" if fits else "x-hub-signature-256 does not fit: the secret or the body differs"


def _bearer(received: Received, secrets: tuple[str, ...]) -> str:
    scheme, _space, token = received.header("authorization").partition(" ")
    wanted = [secret.strip().encode() for secret in secrets]
    if scheme.lower() == "bearer" and _any_equal([token.strip()], wanted):
        return ""
    return "the bearer token is not the secret"


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, sha256).digest()


def _any_equal(given: list[str], wanted: list[bytes]) -> bool:
    """Compared all, each in constant time, so that time tells nothing of the secret."""
    pairs = [(_bytes(one), other) for one in given for other in wanted]
    return sum(hmac.compare_digest(one, other) for one, other in pairs) > 0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
