"""Changes the local platform: the port's Writer.

Why: a change is applied only to what was seen, by the same tests that a cluster makes.
Never here: decisions.
"""

from dataclasses import replace
from pathlib import Path

import msgspec

from controller.adapters.local.picture import key_of
from controller.adapters.local.state import LocalWorkload, State, Template
from controller.adapters.local.store import Store
from controller.annotations import FINDINGS, RECORD, SUMMARY, record_text
from controller.engine.change import Change, Restore
from controller.engine.record import Decision
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.platform import Conflict, Refused, Unavailable, Vanished
from policies.model import RollbackScope


class LocalWriter:
    """Writes to the directory of a local platform, with or without its supervisor."""

    def __init__(self, directory: Path) -> None:
        self._store = Store(directory)
        self._events = directory / "events.jsonl"

    def apply(self, change: Change) -> None:
        """Does all of the change or nothing. Raises Conflict, Vanished, Refused."""
        self._store.change(lambda state: _applied(state, change))

    def publish(self, workload: Workload, findings_text: str) -> None:
        """Shows the findings on the workload. Raises Vanished, Refused."""
        self._store.change(lambda state: _published(state, workload, findings_text))

    def announce(self, change: Change) -> None:
        """Appends the decision to the platform's events, once. Raises Unavailable."""
        step = f"{change.seen.uid}.{change.record.sequence}"
        event = {"workload": str(change.seen.key), "step": step, "note": _summary(change.decision)}
        line = msgspec.json.encode({"at": change.decision.at, **event})
        try:
            with self._events.open("ab+") as events:
                events.seek(0)
                if not any(f'"step":"{step}"'.encode() in told for told in events):
                    events.write(line + b"\n")
        except OSError as error:
            raise Unavailable(f"{self._events} cannot be written: {error.strerror}") from error

    def describe(self) -> str:
        """Where it writes to."""
        return f"the local platform in {self._store.directory}"


def _found(state: State, key: WorkloadKey, uid: str) -> LocalWorkload:
    """The workload that was seen, not another of the same name."""
    local = state.workloads.get(key.name)
    if local is None or key != key_of(local.name) or local.uid != uid:
        raise Vanished(f"{key} is gone")
    return local


def _applied(state: State, change: Change) -> State:
    seen = change.seen
    local = _found(state, seen.key, seen.uid)
    if local.generation != seen.generation:
        raise Conflict(f"{seen.key} was changed by somebody else (generation)")
    if local.annotations.get(RECORD, "") != seen.record_text:
        raise Conflict(f"the record of {seen.key} was changed by somebody else")
    paused = local.paused if change.paused is None else change.paused
    template = _template(local, change.restore)
    moved = paused != local.paused or template != local.template
    return state.with_workload(
        replace(
            local,
            paused=paused,
            template=template,
            generation=local.generation + moved,
            annotations={
                **local.annotations,
                RECORD: record_text(change.record),
                SUMMARY: _summary(change.decision),
            },
        )
    )


def _summary(decision: Decision) -> str:
    verdict = f" ({decision.verdict})" if decision.verdict else ""
    return f"{decision.act.value}{verdict}: {decision.reason}"


def _template(local: LocalWorkload, restore: Restore | None) -> Template:
    if restore is None:
        return local.template
    unknown = sorted(restore.images.keys() - {local.template.container})
    if unknown:
        raise Refused(f"{local.name} has no container {unknown[0]}")
    base = local.template
    if restore.scope is RollbackScope.TEMPLATE:
        revision = local.revision(restore.revision)
        if revision is None:
            raise Conflict(f"{local.name} has no revision {restore.revision} any more")
        base = revision.template
    return replace(base, image=restore.images.get(base.container, base.image))


def _published(state: State, workload: Workload, findings_text: str) -> State:
    local = _found(state, workload.key, workload.uid)
    annotations = {**local.annotations, FINDINGS: findings_text}
    return state.with_workload(replace(local, annotations=annotations))
