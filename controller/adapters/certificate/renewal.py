"""Shows the newest good pair to whoever connects, while the listener stays.

Why: cert-manager and Kubernetes turn links to new files at any moment; a restart for it would be an
outage, and a broken pair must not be one.
Never here: reading of pairs (pair.py), metrics.
"""

import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from controller.adapters.certificate.pair import Pair, PairError, PairFiles, mark_of, read_pair

LOOK_SECONDS = 10.0

log = structlog.get_logger()


class Renewal:
    """The pair in use, looked after by a thread. Connections that are open keep the pair that they
    began with."""

    def __init__(self, files: PairFiles, look_seconds: float = LOOK_SECONDS) -> None:
        """Raises PairError where the pair is no good now."""
        self._files = files
        self._look_seconds = look_seconds
        self._pair = read_pair(files)
        self._trouble = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="certificate", daemon=True)
        self.context = self._pair.context
        self.context.sni_callback = self._choose
        _tell("the certificate is in use", self._pair)

    @property
    def expires_at(self) -> float:
        """Unix seconds at which the certificate in use ends."""
        return self._pair.expires_at

    @property
    def trouble(self) -> str:
        """Why the files' pair is not the one in use, "" while it is."""
        return self._trouble

    def start(self) -> None:
        """Begins to look at the files."""
        self._thread.start()

    def stop(self) -> None:
        """Looks no more."""
        self._stopping.set()
        with suppress(RuntimeError):  # never started
            self._thread.join(timeout=self._look_seconds)

    def look(self) -> None:
        """Takes a new pair, where there is one and it is good. A trouble is told once."""
        try:
            if mark_of(self._files) != self._pair.mark:
                self._pair = read_pair(self._files)
                _tell("the certificate was renewed", self._pair)
            self._trouble = ""
        except PairError as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                log.error("the old certificate is kept", why=self._trouble)  # noqa: TRY400 - it says it all

    def _watch(self) -> None:
        while not self._stopping.wait(self._look_seconds):
            self.look()

    def _choose(
        self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str, _context: ssl.SSLContext
    ) -> None:
        """Asked in each handshake, whether or not a name was sent."""
        connection.context = self._pair.context


def _tell(what: str, pair: Pair) -> None:
    until = datetime.fromtimestamp(pair.expires_at, UTC).isoformat()
    log.info(what, until=until)
