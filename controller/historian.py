"""Keeps the pasts of all governed workloads at hand, in a thread of its own.

Why: history is read at leisure, a stretch at a time, and must never delay a look, a hold or a
verdict; so the loop only says what is wanted and takes what is known.
Never here: how a past is read (history.py), what follows from it.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from analysis.past import Past
from controller.engine.past import told
from controller.engine.record import Rollout
from controller.engine.workload import Workload, WorkloadKey
from controller.history import History, Recalled, family_of
from controller.ports.metrics import Answer, MetricSource, PodFamily, SampleRequest
from controller.ports.pasts import Kept, Pasts, PastsError
from policies.model import MetricRule, Policy

FRESH_SECONDS, LEAST_FRESH_SECONDS = 86_400.0, 300.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 60.0, 6 * 3_600.0
LONGEST_WAIT_SECONDS = 1.0
LEAST_REST_SECONDS, LONGEST_REST_SECONDS = 0.1, 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One workload whose past is wanted; times in unix seconds, `tried_at` None before the first
    try, `tries` those in a row that came to nothing."""

    policy: Policy
    family: PodFamily
    flying_since: float | None
    due_at: float = 0.0
    tried_at: float | None = None
    tries: int = 0
    past: Past | None = None


class _Unhurried:
    """A source that is read half of the time only, and ten times a second at most: after each read it rests
    for as long as that read, and what was made of the one before, took. Reads that find nothing are quick,
    and ten thousand workloads without samples must not be the most that Prometheus hears of."""

    def __init__(self, source: MetricSource, rest: Callable[[float], None]) -> None:
        self._source = source
        self._rest = rest
        self._free_since = time.monotonic()

    def read(self, requests: Sequence[SampleRequest]) -> Sequence[Answer]:
        answers = self._source.read(requests)
        self._rest(max(time.monotonic() - self._free_since, LEAST_REST_SECONDS))
        self._free_since = time.monotonic()
        return answers

    def describe(self) -> str:
        return self._source.describe()


class Historian:
    """The memory on a metric source; `source` is for its thread alone."""

    def __init__(
        self, source: MetricSource, pasts: Pasts, clock: Callable[[], float] = time.time
    ) -> None:
        self._source = source
        self._pasts = pasts
        self._clock = clock
        self._lock = threading.Lock()
        self._wanted: dict[WorkloadKey, _Wanted] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="historian", daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a read under way is left to its thread."""
        self._stopping.set()

    def follow(self, workload: Workload, policy: Policy, flying: Rollout | None) -> None:
        """Wants the past of this workload: at once where a rollout is in flight without one."""
        family = family_of(workload)
        if family is None:
            return
        since = flying.started_at if flying is not None else None
        with self._lock:
            before = self._wanted.get(workload.key)
            if before is None or not _same_metrics(before.policy, policy):
                self._wanted[workload.key] = _Wanted(policy, family, since)
            else:
                now = replace(before, policy=policy, family=family, flying_since=since)
                self._wanted[workload.key] = now

    def forget(self, key: WorkloadKey) -> None:
        """Wants it no more."""
        with self._lock:
            self._wanted.pop(key, None)

    def known(self, key: WorkloadKey) -> Past | None:
        """What is known now."""
        with self._lock:
            wanted = self._wanted.get(key)
        return wanted.past if wanted is not None else None

    def expected(self, key: WorkloadKey) -> bool:
        """Whether a try is due that was not made since the rollout was seen."""
        with self._lock:
            wanted = self._wanted.get(key)
        return wanted is not None and wanted.past is None and _is_urgent(wanted)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self.step():
                self._stopping.wait(LONGEST_WAIT_SECONDS)

    def _rest(self, seconds: float) -> None:
        """Until a rollout waits for its past."""
        until = time.monotonic() + min(seconds, LONGEST_REST_SECONDS)
        while not self._somebody_waits() and not self._stopping.is_set():
            left = until - time.monotonic()
            if left <= 0:
                return
            self._stopping.wait(min(left, 0.05))

    def _somebody_waits(self) -> bool:
        with self._lock:
            return any(map(_holds_up, self._wanted.values()))

    def step(self) -> bool:
        """Learns the one past that is most wanted now; whether there was any."""
        now = self._clock()
        with self._lock:
            due = [(key, one) for key, one in self._wanted.items() if _is_due(one, now)]
        if not due:
            return False
        key, wanted = min(due, key=lambda item: (not _holds_up(item[1]), item[1].due_at, item[0]))
        try:
            past = self._stored(key, wanted, now) or self._learned(key, wanted, now)
        except Exception:  # a defect with one workload must not end the thread
            log.exception("a defect of rollctl; no past is learned", workload=str(key))
            past = None
        self._take(key, wanted, past, now)
        return True

    def _stored(self, key: WorkloadKey, wanted: _Wanted, now: float) -> Past | None:
        """What is kept, if it is of these very metrics and not a day old."""
        try:
            kept = self._pasts.kept(key)
        except PastsError as error:
            log.warning("the past is learned anew", workload=str(key), why=str(error))
            return None
        if kept is None or kept.definitions != definitions(wanted.policy):
            return None
        return kept.past if now < _stale_at(kept.past) else None

    def _learned(self, key: WorkloadKey, wanted: _Wanted, now: float) -> Past | None:
        source = self._source if _holds_up(wanted) else _Unhurried(self._source, self._rest)
        recalled = History(source, wanted.policy, wanted.family).recall(now)
        log.info(
            "learned from the past" if recalled.past else "no past to learn from",
            workload=str(key),
            past=told(recalled.past or wanted.past),
            why=recalled.why,
        )
        self._keep(key, wanted, recalled)
        return recalled.past

    def _keep(self, key: WorkloadKey, wanted: _Wanted, recalled: Recalled) -> None:
        if recalled.past is None:
            return
        try:
            self._pasts.keep(key, Kept(definitions(wanted.policy), recalled.past))
        except PastsError as error:
            log.warning("the past is not kept", workload=str(key), why=str(error))

    def _take(self, key: WorkloadKey, wanted: _Wanted, past: Past | None, now: float) -> None:
        with self._lock:
            current = self._wanted.get(key)
            if current is None or not _same_metrics(current.policy, wanted.policy):
                return
            tried = replace(current, tried_at=self._clock())
            if past is not None:
                self._wanted[key] = replace(tried, past=past, due_at=_stale_at(past), tries=0)
            else:
                wait = min(FIRST_RETRY_SECONDS * 2.0**current.tries, LONGEST_RETRY_SECONDS)
                self._wanted[key] = replace(tried, due_at=now + wait, tries=current.tries + 1)


def _stale_at(past: Past) -> float:
    """A past is fresh for as long as it is itself, a day at most: a young service's grows."""
    length = past.learned_at - past.since
    return past.learned_at + min(FRESH_SECONDS, max(LEAST_FRESH_SECONDS, length))


def _is_urgent(wanted: _Wanted) -> bool:
    """Whether there was no try yet, or none since the rollout in flight was seen."""
    if wanted.tried_at is None:
        return True
    return wanted.flying_since is not None and wanted.tried_at < wanted.flying_since


def _holds_up(wanted: _Wanted) -> bool:
    """Whether a rollout in flight waits for it."""
    return wanted.flying_since is not None and wanted.past is None and _is_urgent(wanted)


def _is_due(wanted: _Wanted, now: float) -> bool:
    """A past that is known is not refreshed while a rollout is in flight."""
    if wanted.past is not None:
        return now >= wanted.due_at and wanted.flying_since is None
    return now >= wanted.due_at or _is_urgent(wanted)


def _same_metrics(one: Policy, other: Policy) -> bool:
    return one is other or definitions(one) == definitions(other)


def definitions(policy: Policy) -> dict[str, str]:
    """A fingerprint of what each metric reads, by its name."""
    return {metric.name: _fingerprint(metric) for metric in policy.metrics}


def _fingerprint(metric: MetricRule) -> str:
    inputs = [f"{part.value}={selector}" for part, selector in metric.inputs.items()]
    text = "\n".join([metric.kind.value, str(metric.quantile), *sorted(inputs)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
