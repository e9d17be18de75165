"""Takes what registries and CIs post, and answers them.

Why: a stranger may post anything, as much and as often as he likes: what is not signed, too much or
not understood is refused here, and what is told of a push is only a reason to look.
Never here: HTTP, forms of senders (webhooks/), reading registries.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from controller.engine.builds.build import CiAnswer
from controller.reply import Reply
from controller.secret_file import read_secrets
from controller.turnstile import Turnstile
from controller.webhooks.ci_verdict import read_ci_verdict
from controller.webhooks.decode import decode
from controller.webhooks.received import Received, WebhookError
from controller.webhooks.signatures import REPLAY_SECONDS, distrust

MOST_A_MINUTE = 300
"""So many requests are looked into in a minute, whoever sends them."""
MOST_REMEMBERED = 10_000

log = structlog.get_logger()


class Watch(Protocol):
    """Who is told of it."""

    def nudge(self, concerns: Callable[[str], bool]) -> int:
        """Looks at once at the repositories that are concerned; how many there are."""

    def post(self, digest: str, answer: CiAnswer) -> None:
        """Believes a CI's word."""


class WebhookDesk:
    """May be used by several threads. The secrets are read anew for each request, so a rotated
    file needs no restart."""

    def __init__(
        self, secret_file: Path, watch: Watch, clock: Callable[[], float] = time.time
    ) -> None:
        self._secret_file = secret_file
        self._watch = watch
        self._clock = clock
        self._lock = threading.Lock()
        self._turnstile = Turnstile(MOST_A_MINUTE, clock)
        self._seen: OrderedDict[str, float] = OrderedDict()

    def crowded(self) -> Reply | None:
        """Counts one request; the refusal where there were too many this minute. Asked before
        anything of the request is read."""
        wait = self._turnstile.wait_seconds()
        return Reply(429, f"more than {MOST_A_MINUTE} requests in a minute", wait) if wait else None

    def registry(self, received: Received) -> Reply:
        """A push: never believed, only a reason to look."""
        refusal = self._refusal(received)
        if refusal is not None:
            return refusal
        try:
            pushes = decode(received)
        except WebhookError as error:
            return Reply(400, str(error))
        if self._repeated(received):
            return Reply(202, "known already")
        count = self._watch.nudge(lambda name: any(push.concerns(name) for push in pushes))
        log.info("told of pushes", pushes=len(pushes), repositories=count)
        return Reply(202, f"{len(pushes)} pushes told, {count} repositories are looked at")

    def ci(self, received: Received) -> Reply:
        """A CI's verdict: believed, as it is signed."""
        refusal = self._refusal(received)
        if refusal is not None:
            return refusal
        try:
            verdict = read_ci_verdict(received)
        except WebhookError as error:
            return Reply(400, str(error))
        if self._repeated(received):
            return Reply(202, "known already")
        self._watch.post(verdict.digest, verdict.answer)
        log.info("a CI's verdict", digest=verdict.digest, said=verdict.answer.value, by=verdict.by)
        return Reply(202, f"{verdict.digest} {verdict.answer.value}")

    def _refusal(self, received: Received) -> Reply | None:
        try:
            secrets = read_secrets(self._secret_file)
            reason = distrust(received, secrets, self._clock())
        except ValueError as error:
            log.warning("webhooks cannot be checked", why=str(error))
            return Reply(503, "the secret cannot be read; the log says why", 60)
        return Reply(401, reason) if reason else None

    def _repeated(self, received: Received) -> bool:
        """Whether this very message came before, within the time in which its signature holds:
        a sender that tries again, or a replay."""
        told, now = received.header("webhook-id"), self._clock()
        if not told or not received.header("webhook-signature"):
            return False
        with self._lock:
            while self._seen and next(iter(self._seen.values())) < now - 2 * REPLAY_SECONDS:
                self._seen.popitem(last=False)
            known = told in self._seen
            if not known and len(self._seen) < MOST_REMEMBERED:
                self._seen[told] = now
        return known
