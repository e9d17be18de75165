"""Answers with an ETag, kept so that the server need not send them again (RFC 9110, 304).

Why: most polls find nothing new; a registry that counts pulls may not count such answers.
Never here: requests; anything that was not asked without a body.
"""

import threading
from collections import OrderedDict

from controller.adapters.registry.transport import Answer, Request

Key = tuple[str, str, str]


class Remembered:
    """The answers asked for last, within bounds; may be used by several threads. Keys have the
    media types that were asked for, since those change the answer."""

    def __init__(self, most_answers: int, most_bytes: int) -> None:
        self._most_answers, self._most_bytes = most_answers, most_bytes
        self._answers: OrderedDict[Key, Answer] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def condition(self, request: Request) -> dict[str, str]:
        """The header that asks only for something new."""
        with self._lock:
            known = self._answers.get(_key(request))
        return {"If-None-Match": known.headers["etag"]} if known else {}

    def settled(self, request: Request, answer: Answer) -> Answer:
        """The answer, or, where the server says that nothing is new, the one that is known."""
        if answer.status == 304:
            with self._lock:
                known = self._answers.get(_key(request))
                if known is not None:
                    self._answers.move_to_end(_key(request))
            return known or answer
        if request.method in {"GET", "HEAD"} and answer.status == 200 and "etag" in answer.headers:
            self._keep(_key(request), answer)
        return answer

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            self._drop(key)
            self._answers[key] = answer
            self._bytes += len(answer.body)
            while len(self._answers) > self._most_answers or self._bytes > self._most_bytes:
                self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        known = self._answers.pop(key, None)
        self._bytes -= len(known.body) if known else 0


def _key(request: Request) -> Key:
    return request.method, request.url, request.headers.get("Accept", "")
