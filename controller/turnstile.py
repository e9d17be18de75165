"""Counts requests and lets through so many a minute.

Why: whoever asks too often must be turned away before his asking costs anything.
Never here: who asks, and for what.
"""

import threading
import time
from collections.abc import Callable


class Turnstile:
    """May be used by several threads."""

    def __init__(self, most_a_minute: int, clock: Callable[[], float] = time.time) -> None:
        self._most = most_a_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._minute, self._count = 0, 0

    def wait_seconds(self) -> int:
        """Counts one; after how many seconds to come again, 0 for one that is let through."""
        now = self._clock()
        with self._lock:
            minute = int(now // 60)
            if minute != self._minute:
                self._minute, self._count = minute, 0
            self._count += 1
            return 0 if self._count <= self._most else int(60 - now % 60) + 1
