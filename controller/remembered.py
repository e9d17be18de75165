"""Who may see what, as it was said a moment ago.

Why: each look at a page must not cost the API server two reviews, nor may a stranger with a thousand
tokens cost it two thousand.
Never here: who decides it.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256

from controller.ports.viewers import Denied, NotAllowed, Undecided, Unknown, Viewers
from controller.turnstile import Turnstile

ADMITTED_SECONDS = 30.0
"""So long one whose token or right was taken away may still see."""
DENIED_SECONDS = 10.0
MOST_REMEMBERED = 1_000
MOST_A_MINUTE = 300
"""So many questions are put in a minute, whoever asks."""

Question = tuple[bytes, str]


class RememberedViewers:
    """The port Viewers before another, whose answers it keeps for a while, and no token of them."""

    def __init__(self, viewers: Viewers, clock: Callable[[], float] = time.time) -> None:
        self._viewers = viewers
        self._turnstile = Turnstile(MOST_A_MINUTE, clock)
        # Apart, so that a flood of wrong tokens never drives out those that are right.
        self._admitted = _Answers(ADMITTED_SECONDS, clock)
        self._denied = _Answers(DENIED_SECONDS, clock)

    def admit(self, token: str, namespace: str) -> None:
        """That nobody could say is not kept."""
        question = (sha256(token.encode()).digest(), namespace)
        if question in self._admitted:
            return
        denied = self._denied.get(question)
        if denied is not None:
            raise type(denied)(str(denied))
        wait_seconds = self._turnstile.wait_seconds()
        if wait_seconds:
            raise Undecided(f"more than {MOST_A_MINUTE} questions in a minute", wait_seconds)
        self._ask(token, question)

    def _ask(self, token: str, question: Question) -> None:
        try:
            self._viewers.admit(token, question[1])
        except (Unknown, NotAllowed) as denied:
            self._denied.keep(question, denied)
            raise
        self._admitted.keep(question, None)


class _Answers:
    """The newest answers of one kind, each for so many seconds. Safe to share between threads."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Question, tuple[float, Denied | None]] = OrderedDict()

    def keep(self, question: Question, answer: Denied | None) -> None:
        """The oldest makes room."""
        with self._lock:
            self._kept[question] = (self._clock() + self._seconds, answer)
            self._kept.move_to_end(question)
            while len(self._kept) > MOST_REMEMBERED:
                self._kept.popitem(last=False)

    def __contains__(self, question: Question) -> bool:
        with self._lock:
            until, _answer = self._kept.get(question, (0.0, None))
            return self._clock() < until

    def get(self, question: Question) -> Denied | None:
        """The answer while it holds."""
        with self._lock:
            until, answer = self._kept.get(question, (0.0, None))
            return answer if self._clock() < until else None
