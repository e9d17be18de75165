"""Tells of decisions, in the journal and in the platform's events, until both have heard.

Why: the change and its record reach the workload together, but a controller may die before it
has told of them; so what is to be told follows from the record, not from what was just done.
Never here: decisions, changes of a workload, state that a decision depends on.
"""

from collections.abc import Iterable
from dataclasses import replace

import structlog

from controller.engine.change import Change
from controller.engine.record import HISTORY_LENGTH, Decision
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.journal import Entry, Journal, JournalError
from controller.ports.platform import PlatformError, Writer

RETRY_SECONDS = 5.0
RECENT_SECONDS = 1_800.0
"""Events live for an hour: one of an older decision might have been told and be gone again."""

log = structlog.get_logger()


class Teller:
    """Remembers only up to which step of which life of a workload everything was told."""

    def __init__(self, writer: Writer, journal: Journal) -> None:
        self._writer = writer
        self._journal = journal
        self._told: dict[WorkloadKey, tuple[str, int]] = {}
        self._behind: dict[WorkloadKey, float] = {}

    def tell(self, change: Change, *, applied: bool, now: float) -> None:
        """Tells of a change just made; `applied` says that it was no pretence. Nothing here may
        undo or repeat the change, so what fails is only logged, and told later."""
        seen = change.seen
        before = (seen.uid, seen.record.sequence)
        caught_up = not (applied and seen.record.sequence) or self._told.get(seen.key) == before
        appended = self._appended(Entry(seen.key, change.decision, applied))
        announced = self._announced(change)
        done = caught_up and appended and announced
        self._settle(seen.key, (seen.uid, change.record.sequence), done=done, now=now)

    def catch_up(self, workload: Workload, now: float) -> None:
        """Tells what the record says and nobody has heard: after a crash, a full disk, an order
        that a person gave by another program. What was told already is not told twice."""
        key, record = workload.key, workload.record
        step = (workload.uid, record.sequence)
        if not record.sequence or self._told.get(key) == step or now < self._behind.get(key, 0.0):
            return
        changes = self._untold(workload)
        recent = [change for change in changes if abs(now - change.decision.at) <= RECENT_SECONDS]
        done = [self._journalled(key, changes, now), *map(self._announced, recent)]
        self._settle(key, step, done=all(done), now=now)

    def behind(self) -> frozenset[WorkloadKey]:
        """Workloads of which something is still to be told."""
        return frozenset(self._behind)

    def forget(self, key: WorkloadKey) -> None:
        """Lets go of all that is remembered of a workload."""
        self._told.pop(key, None)
        self._behind.pop(key, None)

    def _settle(self, key: WorkloadKey, step: tuple[str, int], *, done: bool, now: float) -> None:
        if done:
            self._told[key] = step
            self._behind.pop(key, None)
        else:
            self._behind[key] = now + RETRY_SECONDS

    def _untold(self, workload: Workload) -> list[Change]:
        """The steps since the last that was told, oldest first, as far as the record goes."""
        uid, told = self._told.get(workload.key, ("", 0))
        record = workload.record
        first = told if uid == workload.uid and told < record.sequence else 0
        steps = min(record.sequence - first, HISTORY_LENGTH, len(record.history))
        return [
            Change(workload, replace(record, sequence=record.sequence - back), decision)
            for back, decision in reversed(list(enumerate(reversed(record.history[-steps:]))))
        ]

    def _journalled(self, key: WorkloadKey, changes: Iterable[Change], now: float) -> bool:
        """A journal that knows nothing of the workload is new, and gets what is recent alone."""
        try:
            known = [entry.decision for entry in self._journal.entries(key, 5 * HISTORY_LENGTH)]
        except JournalError as error:
            log.warning("the journal cannot be read", workload=str(key), why=str(error))
            return False
        heard = {_name(decision) for decision in known}
        since = min((decision.at for decision in known), default=now - RECENT_SECONDS)
        missing = [
            change.decision
            for change in changes
            if _name(change.decision) not in heard and change.decision.at >= since
        ]
        return all(self._appended(Entry(key, decision, applied=True)) for decision in missing)

    def _appended(self, entry: Entry) -> bool:
        try:
            self._journal.append(entry)
        except JournalError as error:
            log.warning("decided, but not in the journal", workload=str(entry.key), why=str(error))
            return False
        return True

    def _announced(self, change: Change) -> bool:
        try:
            self._writer.announce(change)
        except PlatformError as error:
            log.warning("decided, but not announced", workload=str(change.seen.key), why=str(error))
            return False
        return True


def _name(decision: Decision) -> tuple[float, str]:
    """What tells one decision on a workload from another, whatever was cut from its texts."""
    return decision.at, decision.act.value
