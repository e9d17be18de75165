"""All workloads together: when so many go wrong that it is not the releases, or that a person must look.

Why: each verdict may be right by itself and still the cause lie in a node, a network or rollctl's own
source; whoever undoes twenty releases then makes an outage of an incident.
Never here: what one workload's evidence says, clocks. What is known is read off the records, so that a
restart forgets nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.verdict import Verdict
from controller.engine.freeze import spell
from controller.engine.images import repository_in
from controller.engine.record import Act, Decision, Record, Rollout
from controller.engine.workload import Workload, WorkloadKey

HOUR_SECONDS = 3_600.0
TOGETHER_SECONDS = 600.0
MOST_OF_ONE = 3
"""Of one workload no more rollbacks count: whoever may annotate one must not brake all."""
MOST_AHEAD_SECONDS = 60.0
UNRELATED = 3
"""So many unrelated releases that regress within ten minutes stop the next one."""
MOST_NAMED = 5
OURS = "rollctl"


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A release that was judged: when (unix seconds), whether it regressed, and the repositories whose
    images it changed: two that share them are one release in two places."""

    at: float
    regressed: bool
    release: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Known:
    """What one workload's record says."""

    rollbacks: tuple[float, ...]
    verdict: _Verdict | None


class Fleet:
    """Keeps what is known of workloads that were judged lately."""

    def __init__(self, most_rollbacks_an_hour: int = 10) -> None:
        self._most = most_rollbacks_an_hour
        self._known: dict[WorkloadKey, _Known] = {}

    def saw(self, workload: Workload) -> None:
        """Takes note of a workload's record as it is now."""
        self.heard(workload.key, workload.record)

    def heard(self, key: WorkloadKey, record: Record) -> None:
        """The same, of a record that was just written."""
        undone = [d.at for d in record.history if d.act is Act.ROLL_BACK and d.by == OURS]
        rollbacks = tuple(undone[-MOST_OF_ONE:])
        verdict = _verdict(record)
        if rollbacks or verdict is not None:
            self._known[key] = _Known(rollbacks, verdict)
        else:
            self._known.pop(key, None)

    def forget(self, key: WorkloadKey) -> None:
        """A workload that is gone."""
        self._known.pop(key, None)

    def objections(self, now: float) -> tuple[str, ...]:
        """Why no rollback may be made by itself now, in words for a person."""
        return tuple(reason for reason in (self._too_many(now), self._too_alike(now)) if reason)

    def _too_many(self, now: float) -> str:
        """A bound on what rollctl undoes in all."""
        times = sorted(
            at
            for one in self._known.values()
            for at in one.rollbacks
            if -MOST_AHEAD_SECONDS < now - at < HOUR_SECONDS
        )
        if len(times) < self._most:
            return ""
        until = times[-self._most] + HOUR_SECONDS
        return (
            f"{len(times)} rollbacks within the last hour over all workloads, as many as rollctl makes"
            f" by itself: see whether the releases are to blame; it goes on in {spell(until - now)}"
        )

    def _too_alike(self, now: float) -> str:
        """Unrelated releases that regress at the same time have something else in common."""
        lately = [
            (key, one.verdict)
            for key, one in self._known.items()
            if one.verdict is not None
            and -MOST_AHEAD_SECONDS < now - one.verdict.at < HOUR_SECONDS + TOGETHER_SECONDS
        ]
        for at in sorted((v.at for _, v in lately if v.regressed), reverse=True):
            together = [(k, v) for k, v in lately if at - TOGETHER_SECONDS <= v.at <= at]
            bad = [(key, verdict) for key, verdict in together if verdict.regressed]
            releases = {verdict.release for _, verdict in bad}
            if len(releases) < UNRELATED or 2 * len(bad) <= len(together):
                continue
            if now - at < HOUR_SECONDS:
                return _alike(len(releases), [key for key, _ in bad], at + HOUR_SECONDS - now)
        return ""


def _alike(releases: int, keys: Sequence[WorkloadKey], left_seconds: float) -> str:
    names = ", ".join(f"{key.namespace}/{key.name}" for key in sorted(keys)[:MOST_NAMED])
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    return (
        f"{releases} unrelated releases regressed within ten minutes ({names}{more}): this looks like the"
        " infrastructure, not the releases; see what new pods have in common (nodes, network, a"
        f" dependency), then order `rollctl rollback`, or wait {spell(left_seconds)}"
    )


def _verdict(record: Record) -> _Verdict | None:
    rollout = record.rollout
    if rollout is None or rollout.verdict not in {Verdict.REGRESSED.value, Verdict.HEALTHY.value}:
        return None
    times = [decision.at for decision in record.history if _judges(decision, rollout)]
    if not times:
        return None
    return _Verdict(min(times), rollout.verdict == Verdict.REGRESSED.value, _release(rollout))


def _judges(decision: Decision, rollout: Rollout) -> bool:
    acts = {Act.ROLL_BACK, Act.AWAIT_PERSON, Act.PROMOTE}
    return decision.rollout == rollout.id and decision.act in acts


def _release(rollout: Rollout) -> frozenset[str]:
    return frozenset(_changed(rollout))


def _changed(rollout: Rollout) -> Iterable[str]:
    before = rollout.baseline.images
    for container, image in rollout.candidate.images.items():
        if before.get(container) != image:
            yield repository_in(image)
