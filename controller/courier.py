"""Carries verdicts and channels to registries, in a thread of its own, until they agree.

Why: a registry that is away when a verdict falls must not lose it, nor may it delay anything.
Never here: what is wanted (errands.py), deciding.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
import structlog

from controller.engine.workload import Workload, WorkloadKey
from controller.errands import Attach, Errand, MoveTag, errands
from controller.ports.lease import Alone, Leadership
from controller.ports.registry import (
    Artifact,
    ImageReference,
    NotFound,
    Registry,
    RegistryError,
    RegistryUnavailable,
)
from controller.verdicts.record import ARTIFACT_TYPE, VerdictError, VerdictRecord, read, write
from policies.model import Policy

SETTLE_SECONDS = 5.0
"""So long a channel waits, so that all workloads of one channel are heard first."""
MOST_LEFT = 20
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 5.0, 300.0
LONGEST_WAIT_SECONDS = 1.0
LONGEST_FAREWELL_SECONDS = 10.0

log = structlog.get_logger()

Signer = Callable[[VerdictRecord], VerdictRecord]


@dataclass(frozen=True, slots=True)
class _Tried:
    """One errand: when it is due (unix seconds), how often it failed in a row, and why."""

    due_at: float
    tries: int = 0
    trouble: str = ""
    done: bool = False


class Courier:
    """Does every errand of every workload once; `cluster` is what this one is called, `sign`
    vouches for a record."""

    def __init__(
        self,
        registry: Registry,
        cluster: str,
        sign: Signer = lambda record: record,
        clock: Callable[[], float] = time.time,
        leadership: Leadership | None = None,
    ) -> None:
        self._leadership = leadership or Alone()
        self._registry = registry
        self._cluster = cluster
        self._sign = sign
        self._clock = clock
        self._wanted: dict[WorkloadKey, tuple[Errand, ...]] = {}
        self._tried: dict[Errand, _Tried] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; an errand under way is waited for, but not for long."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LONGEST_FAREWELL_SECONDS)

    def follow(self, workload: Workload, policy: Policy) -> None:
        """Wants what the workload's record says."""
        now = self._clock()
        wanted = self._of(workload, policy, now)
        with self._lock:
            before = self._wanted.get(workload.key, ())
            wanted = (*self._left(before, wanted), *wanted)
            if wanted == before:
                return
            self._wanted[workload.key] = wanted
            for errand in wanted:
                settles = SETTLE_SECONDS if isinstance(errand, MoveTag) else 0.0
                self._tried.setdefault(errand, _Tried(now + settles))
            self._drop_unwanted(before)

    def _left(self, before: tuple[Errand, ...], wanted: tuple[Errand, ...]) -> tuple[Errand, ...]:
        """Verdicts of earlier rollouts that no registry took yet: the record speaks of the last
        rollout alone."""
        left = (one for one in before if isinstance(one, Attach) and one not in wanted)
        return tuple(one for one in left if not self._tried[one].done)[-MOST_LEFT:]

    def _of(self, workload: Workload, policy: Policy, now: float) -> tuple[Errand, ...]:
        """A record that makes no sense is no reason to stop looking at its workload."""
        try:
            return errands(workload, policy, self._cluster, now)
        except ValueError as error:
            log.warning("nothing is carried", workload=str(workload.key), why=str(error))
            return ()

    def forget(self, key: WorkloadKey) -> None:
        """Wants it no more."""
        with self._lock:
            self._drop_unwanted(self._wanted.pop(key, ()))

    def _drop_unwanted(self, before: tuple[Errand, ...]) -> None:
        wanted = {errand for several in self._wanted.values() for errand in several}
        for errand in before:
            if errand not in wanted:
                self._tried.pop(errand, None)

    def trouble(self, key: WorkloadKey) -> tuple[str, ...]:
        """Why something was not carried yet, for as long as that is so."""
        with self._lock:
            tried = (self._tried.get(errand) for errand in self._wanted.get(key, ()))
            return tuple(one.trouble for one in tried if one is not None and one.trouble)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self.step():
                self._stopping.wait(LONGEST_WAIT_SECONDS)

    def step(self) -> bool:
        """Tries the one errand that is due for longest; whether there was any. Who does not lead carries
        nothing."""
        now = self._clock()
        with self._lock:
            due = [errand for errand in self._ours() if self._is_due(errand, now)]
            if not due:
                return False
            errand = min(due, key=lambda one: self._tried[one].due_at)
            superseded = self._superseded(errand)
        error = None if superseded else self._carried(errand)
        with self._lock:
            before = self._tried.get(errand)
            if before is not None:
                self._tried[errand] = _after(before, error, self._clock())
        return True

    def _ours(self) -> dict[Errand, None]:
        """What workloads want that are ours to decide on, each once."""
        ours = (key for key in self._wanted if self._leadership.leads(key.namespace))
        return dict.fromkeys(errand for key in ours for errand in self._wanted[key])

    def _is_due(self, errand: Errand, now: float) -> bool:
        tried = self._tried[errand]
        return not tried.done and tried.due_at <= now

    def _superseded(self, errand: Errand) -> bool:
        """Whether another workload of the same channel has found something good since."""
        if isinstance(errand, Attach):
            return False
        place = (errand.repository, errand.tag)
        rivals = (
            one
            for several in self._wanted.values()
            for one in several
            if isinstance(one, MoveTag) and (one.repository, one.tag) == place
        )
        return any((one.at, one.digest) > (errand.at, errand.digest) for one in rivals)

    def _carried(self, errand: Errand) -> RegistryError | None:
        """Why it was not done, None where it was."""
        try:
            if isinstance(errand, MoveTag):
                self._move(errand)
            else:
                self._attach(errand)
        except RegistryError as error:
            log.warning("not carried to the registry, trying again", why=str(error))
            return error
        except Exception as error:  # a defect with one errand must not end the thread
            log.exception("a defect of rollctl; not carried")
            return RegistryError(f"a defect of rollctl at {errand.repository}: {error!r}")
        return None

    def _move(self, errand: MoveTag) -> None:
        try:
            there = self._registry.resolve(ImageReference(errand.repository, errand.tag))
        except NotFound:
            there = ""
        if there != errand.digest:
            self._registry.move_tag(errand.repository, errand.digest, errand.tag)
            told = {"tag": errand.tag, "digest": errand.digest, "before": there}
            log.info("channel moved", repository=str(errand.repository), **told)

    def _attach(self, errand: Attach) -> None:
        digest = errand.record.digest
        if any(_says_the_same(body, errand.record) for body in self._bodies(errand)):
            return
        content = write(self._sign(errand.record))
        self._registry.attach(errand.repository, digest, Artifact(ARTIFACT_TYPE, content))
        log.info("verdict attached", digest=digest, verdict=errand.record.verdict)

    def _bodies(self, errand: Attach) -> list[bytes]:
        where, digest = errand.repository, errand.record.digest
        found = self._registry.referrers(where, digest, ARTIFACT_TYPE)
        return [self._registry.artifact(where, one.digest).content for one in found]


def _says_the_same(body: bytes, wanted: VerdictRecord) -> bool:
    """Whether it is the same word of the same place; how it is signed does not matter, nor a
    quarantine that has been dropped from the workload since."""
    try:
        there = read(body)
    except VerdictError:
        return False
    bare = {"signature": None, "quarantined_until": None}
    return msgspec.structs.replace(there, **bare) == msgspec.structs.replace(wanted, **bare)


def _after(before: _Tried, error: RegistryError | None, now: float) -> _Tried:
    if error is None:
        return _Tried(now, done=True)
    wished = error.retry_after_seconds if isinstance(error, RegistryUnavailable) else 0.0
    wait = min(FIRST_RETRY_SECONDS * 2.0 ** min(before.tries, 10), LONGEST_RETRY_SECONDS)
    return _Tried(
        now + max(wait, wished), before.tries + 1, f"not carried to the registry: {error}"
    )
