"""What a CI posts of a digest is read whole or refused."""

from typing import Any

import pytest

from controller.engine.builds.build import CiAnswer
from controller.webhooks.ci_verdict import CiVerdict, read_ci_verdict
from controller.webhooks.received import WebhookError
from tests.controller.webhooks.bodies import DIGEST, received


def test_verdict() -> None:
    """Digest, answer and who says so; what cannot be shown is left out of the name."""
    body = {"digest": DIGEST, "verdict": "passed", "by": "ci\n#7", "more": 1}
    assert read_ci_verdict(received(body)) == CiVerdict(DIGEST, CiAnswer.PASSED, "ci #7")
    failed = read_ci_verdict(received({"digest": DIGEST, "verdict": "failed"}))
    assert failed == CiVerdict(DIGEST, CiAnswer.FAILED, "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"verdict": "passed"}, "digest is missing"),
        ({"digest": "v1", "verdict": "passed"}, "digest is missing"),
        ({"digest": DIGEST}, "passed or failed"),
        ({"digest": DIGEST, "verdict": "Passed"}, "passed or failed"),
        ({"digest": DIGEST, "verdict": True}, "passed or failed"),
        ([DIGEST], "digest is missing"),
    ],
)
def test_no_verdict(body: Any, words: str) -> None:
    """Half a verdict is none; the message says what to write."""
    with pytest.raises(WebhookError, match=words):
        read_ci_verdict(received(body))
