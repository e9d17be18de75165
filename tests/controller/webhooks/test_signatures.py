"""Who knows the secret is trusted, and nobody else, and not twice."""

import base64
import hmac
from hashlib import sha256

import pytest

from controller.webhooks.received import Received
from controller.webhooks.signatures import REPLAY_SECONDS, distrust, key_of

BODY = b'{"test": 2432232314}'
SECRET = "whsec_" + base64.b64encode(b"a key of rollctl's own").decode()
NOW = 1_614_265_330.0


def signed(body: bytes = BODY, at: float = NOW, secret: str = SECRET, **changed: str) -> Received:
    """A request in Standard Webhooks' form."""
    content = b"msg_1." + str(int(at)).encode() + b"." + body
    mac = base64.b64encode(hmac.new(key_of(secret), content, sha256).digest()).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at)),
        "webhook-signature": f"v1,{mac}",
    }
    return Received(headers | {name.replace("_", "-"): to for name, to in changed.items()}, body)


def test_the_specifications_example() -> None:
    """The vector of the Standard Webhooks specification fits."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    told = Received(
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        BODY,
    )
    assert distrust(told, (secret,), NOW) == ""


def test_signed() -> None:
    """A signature by any of the secrets is trusted, within the window on both sides."""
    assert distrust(signed(), ("another", SECRET), NOW) == ""
    assert distrust(signed(at=NOW - REPLAY_SECONDS), (SECRET,), NOW) == ""
    assert distrust(signed(at=NOW + REPLAY_SECONDS), (SECRET,), NOW) == ""


def test_keys_that_change() -> None:
    """While keys change a sender signs with both, and either fits."""
    one = signed().header("webhook-signature")
    both = signed(webhook_signature=f"v1,AAAA {one} v1a,BBBB")
    assert distrust(both, (SECRET,), NOW) == ""


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (signed(at=NOW - REPLAY_SECONDS - 1), "replay"),
        (signed(at=NOW + REPLAY_SECONDS + 1), "replay"),
        (signed(secret="another"), "no signature fits"),
        (Received(signed().headers, BODY + b" "), "no signature fits"),
        (signed(webhook_id="msg_2"), "no signature fits"),
        (signed(webhook_id=""), "missing or malformed"),
        (signed(webhook_timestamp="soon"), "missing or malformed"),
        (signed(webhook_timestamp="٣"), "missing or malformed"),
        (signed(webhook_timestamp="9" * 5_000), "missing or malformed"),
        (signed(webhook_signature="v1,é"), "no signature fits"),
        (Received({}, BODY), "not signed"),
        (Received({"authorization": f"Bearer {SECRET}x"}, BODY), "not the secret"),
        (Received({"authorization": SECRET}, BODY), "not the secret"),
        (Received({"x-hub-signature-256": "sha256=00"}, BODY), "does not fit"),
    ],
)
def test_distrusted(request_: Received, words: str) -> None:
    """Every way not to fit has its reason, which never tells the secret."""
    reason = distrust(request_, (SECRET,), NOW)
    assert words in reason
    assert SECRET not in reason


def test_many_signatures_are_not_tried() -> None:
    """Only the first few of a long list of signatures are tried."""
    one = signed().header("webhook-signature")
    assert distrust(signed(webhook_signature="v1,AAAA " * 1_000 + one), (SECRET,), NOW)


def test_bearer_and_github() -> None:
    """A bearer token is the secret itself; GitHub signs the body with it."""
    assert distrust(Received({"authorization": "Bearer s3cret"}, b""), ("s3cret",), NOW) == ""
    mac = hmac.new(b"s3cret", BODY, sha256).hexdigest()
    github = Received({"x-hub-signature-256": f"sha256={mac}"}, BODY)
    assert distrust(github, ("s3cret",), NOW) == ""


def test_a_bad_signature_is_not_mended_by_a_token() -> None:
    """A request is judged by the strongest form it carries."""
    both = signed(secret="another", authorization=f"Bearer {SECRET}")
    assert "no signature fits" in distrust(both, (SECRET,), NOW)


def test_no_secret() -> None:
    """Without a secret nobody is trusted, and one that is none is told at once."""
    assert "no secret" in distrust(signed(), (), NOW)
    for secret in ("", "  ", "whsec_", "whsec_!"):
        with pytest.raises(ValueError, match=r"empty|base64"):
            distrust(signed(), (secret,), NOW)
