"""The main flow: look, decide, act, show; again.

Why: whoever wants to know what rollctl does reads this page.
Never here: any of the four steps themselves.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import structlog

from analysis.verdict import Verdict
from controller.engine.advance import advance
from controller.engine.fleet import Fleet
from controller.engine.outlook import outlook
from controller.engine.phases import JUDGED, in_flight
from controller.engine.record import Phase
from controller.engine.sight import Sight
from controller.engine.workload import WorkloadKey
from controller.observe import Look, Observer
from controller.perform import Performer
from controller.policies_in_force import PoliciesInForce
from controller.ports.lease import Alone, Leadership
from controller.ports.platform import Watcher
from controller.report import Report
from controller.show.queries import queries_of
from controller.telemetry import Telemetry

LONGEST_WAIT_SECONDS = 1.0
STALE_SECONDS = 30.0

log = structlog.get_logger()


class Loop:
    """One controller's life, tick by tick."""

    def __init__(
        self,
        watcher: Watcher,
        policies: PoliciesInForce,
        observer: Observer,
        performer: Performer,
        telemetry: Telemetry,
        clock: Callable[[], float],
        leadership: Leadership | None = None,
        fleet: Fleet | None = None,
    ) -> None:
        """Without a leadership there is nobody else."""
        self._watcher = watcher
        self._policies = policies
        self._observer = observer
        self._performer = performer
        self._telemetry = telemetry
        self._clock = clock
        self._leadership = leadership or Alone()
        self._held: frozenset[int] = frozenset()
        self._fleet = fleet or Fleet()
        self._active: frozenset[WorkloadKey] = frozenset()
        self._awaited: dict[WorkloadKey, tuple[int, float]] = {}
        self._undone: set[WorkloadKey] = set()
        self._stopping = threading.Event()
        self.ticked_at = self.alive_at = 0.0

    def stop(self) -> None:
        """Decides and shows nothing new; the change under way is finished."""
        self._stopping.set()

    def run(self) -> None:
        """Ticks until stopped. Raises PlatformError when the platform cannot be watched."""
        self._watcher.start()
        try:
            while not self._stopping.is_set():
                self.tick(self._watcher.take_changed(self._wait_seconds()))
        finally:
            self._watcher.stop()
            self._observer.close()

    def tick(self, changed: frozenset[WorkloadKey]) -> None:
        """One look at what changed and at what time alone changes, one decision for each."""
        with self._telemetry.ticks.time():
            now = self.alive_at = self._clock()
            if self._policies.refresh(now) | self._lead_has_changed():
                changed = frozenset(self._watcher.keys())
            keys = sorted(changed | self._active | self._observer.news_of_builds())
            ours = [key for key in keys if self._leadership.attends(key.namespace)]
            looks = self._observer.look(ours, self._policies.policies, now)
            self._forget(set(keys) - {look.sight.workload.key for look in looks})
            self._leave_to_others(set(keys).difference(ours))
            self._undone.clear()
            for look in looks:
                if look.sight.policy is not None:
                    self._fleet.saw(look.sight.workload)
            # A rollback must not wait for a thousand others' holds.
            for look in sorted(looks, key=_can_wait):
                if self._stopping.is_set():
                    return
                self.alive_at = self._clock()
                self._step(look)
            self._active = self._busy(looks)
            self._measure(looks)
        self.ticked_at = now

    def _lead_has_changed(self) -> bool:
        """Whether all workloads must be looked at, as nobody may have done so for a while."""
        before, self._held = self._held, self._leadership.held()
        self._telemetry.leads.set(len(self._held))
        return self._held != before

    def _leave_to_others(self, keys: Iterable[WorkloadKey]) -> None:
        """Their evidence is not ours to read, but what was decided there counts for the brakes."""
        for workload in self._observer.pass_over(keys, self._policies.policies):
            self._fleet.saw(workload)

    def _measure(self, looks: Sequence[Look]) -> None:
        """All rollouts in flight are looked at in each tick, so these are all there are."""
        rollouts = [look.sight.record.rollout for look in looks]
        holding = sum(one is not None and one.phase is Phase.HOLDING for one in rollouts)
        self._telemetry.holding.set(holding)
        judged = len(self._observer.open_keys())
        self._telemetry.cases.set(judged)
        self._performer.expect(judged)
        self._telemetry.blind.set(self._observer.blind())
        self._telemetry.frozen.set(bool(self._frozen(self._clock())))

    def _step(self, look: Look) -> None:
        """Decides on one workload; a fault with one must not stop the others. Who does not lead only
        looks, so that all evidence is there when it comes to lead."""
        try:
            if self._leadership.leads(look.sight.workload.key.namespace):
                brakes = self._fleet.objections(look.sight.now)
                self._decide(replace(look, sight=replace(look.sight, brakes=brakes)))
        except Exception:
            log.exception("a defect of rollctl; skipped", workload=str(look.sight.workload.key))
            self._telemetry.defects.inc()

    def _decide(self, look: Look) -> None:
        sight = look.sight
        key, now = sight.workload.key, sight.now
        if self._awaits_own_change(look):
            return
        if sight.record.rollout is not None or sight.policy is not None:
            self._performer.catch_up(sight.workload, now)
        change = None if self._policy_is_lost(sight) else advance(sight)
        frozen = self._frozen(now) if change is not None else ""
        ready = self._performer.ready(key, now) and not frozen
        if change is not None and ready and self._performer.do(change, now):
            self._awaited[key] = (change.record.sequence, now)
            self._fleet.heard(key, change.record)
        elif change is not None:
            self._undone.add(key)
        self._show(replace(look, trouble=(*look.trouble, frozen)) if frozen else look)

    def _frozen(self, now: float) -> str:
        """Who has told all controllers to change nothing, "" where nobody has."""
        freeze = self._leadership.frozen()
        return freeze.told(now) if freeze is not None and freeze.holds(now) else ""

    def _policy_is_lost(self, sight: Sight) -> bool:
        """Whether a rollout in flight has no policy only because a file cannot be read: then
        it waits for the file to be mended rather than being let go."""
        unread = sight.policy is None and bool(self._policies.problems)
        return unread and in_flight(sight.record.rollout)

    def _forget(self, gone: Iterable[WorkloadKey]) -> None:
        for key in gone:
            self._performer.forget(key)
            self._fleet.forget(key)
            self._awaited.pop(key, None)

    def _awaits_own_change(self, look: Look) -> bool:
        """Whether this picture is older than our own last change of the workload."""
        key = look.sight.workload.key
        sequence, written_at = self._awaited.get(key, (0, 0.0))
        if look.sight.record.sequence >= sequence or look.sight.now - written_at > STALE_SECONDS:
            self._awaited.pop(key, None)
            return False
        return True

    def _show(self, look: Look) -> None:
        sight, key = look.sight, look.sight.workload.key
        rollout = sight.record.rollout
        refused = self._performer.trouble.get(key, "")
        trouble = (*look.trouble, *self._policies.trouble_for(sight.policy), refused)
        told = tuple(line for line in trouble if line)
        judged = rollout is not None and rollout.phase in JUDGED
        self._performer.publish(
            sight.workload,
            Report(
                at=sight.now,
                rollout=rollout.id if rollout is not None and judged else "",
                judgement=sight.judgement,
                outlook=outlook(sight),
                source=look.source,
                trouble=told,
                queries=queries_of(sight.policy, sight.judgement, key),
            ),
        )

    def _busy(self, looks: Sequence[Look]) -> frozenset[WorkloadKey]:
        """Workloads that must be looked at again although nothing changes there."""
        flying = {look.sight.workload.key for look in looks if in_flight(look.sight.record.rollout)}
        waiting = self._awaited.keys() | self._undone | self._performer.untold()
        return frozenset(flying) | self._observer.open_keys() | waiting

    def _wait_seconds(self) -> float:
        close = self._observer.next_close()
        if close is None:
            return LONGEST_WAIT_SECONDS
        return min(LONGEST_WAIT_SECONDS, max(0.02, close - self._clock()))


def _can_wait(look: Look) -> bool:
    judgement = look.sight.judgement
    return judgement is None or judgement.verdict is not Verdict.REGRESSED
