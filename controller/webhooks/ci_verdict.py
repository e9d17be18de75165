"""What a CI posts of a digest: passed or failed.

Why: not every CI can attach an artifact to an image, every one can post.
Never here: trust (signatures; unlike a push this is believed, so it must be signed).
"""

from dataclasses import dataclass

from controller.engine.builds.build import CiAnswer
from controller.printable import printable
from controller.webhooks.fields import text
from controller.webhooks.received import Received, WebhookError, json_of
from policies.images.repositories import is_digest

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class CiVerdict:
    """The CI's word on a digest; `by` is what it calls itself or the run, for people."""

    digest: str
    answer: CiAnswer
    by: str = ""


def read_ci_verdict(received: Received) -> CiVerdict:
    """The verdict of a body such as {"digest": "sha256:…", "verdict": "passed", "by": "…"}.
    Raises WebhookError."""
    body = json_of(received.body)
    digest, verdict = text(body, "digest"), text(body, "verdict")
    answers = {answer.value: answer for answer in CiAnswer}
    if not is_digest(digest):
        raise WebhookError("digest is missing or none; write sha256: and 64 hexadecimal digits")
    if verdict not in answers:
        raise WebhookError(f"verdict is missing or none; write {' or '.join(answers)}")
    by = printable(text(body, "by")[:LONGEST_NAME])
    return CiVerdict(digest, answers[verdict], by)
