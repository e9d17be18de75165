"""Candidate pods that do not start, as evidence.

Why: a crashing release sends no metrics; its silence must not pass for calm.
Never here: what is done about it.
"""

from controller.engine.arms import pods_of
from controller.engine.record import Rollout
from controller.engine.workload import PodState, Workload

RESTARTS_OF_A_CRASH_LOOP = 3
CONDITION_SETTLES_SECONDS = 10.0


def failed_start(workload: Workload, rollout: Rollout, deadline_seconds: float, now: float) -> str:
    """Why the candidate counts as failing to start, "" when it does not.

    The baseline is the control: while one of its pods is in the same trouble, the fault is
    not the candidate's alone and nothing is claimed.
    """
    candidates = pods_of(workload, rollout.candidate)
    failing = [(pod, why) for pod in candidates if (why := _trouble(pod, deadline_seconds, now))]
    baseline = pods_of(workload, rollout.baseline)
    if any(pod.waiting or _trouble(pod, deadline_seconds, now) for pod in baseline):
        return ""
    if failing:
        return _sentence(failing, len(candidates), len(baseline))
    if workload.progress_deadline_exceeded and _is_its_own(rollout, now):
        return "the rollout made no progress within its progress deadline"
    return ""


def _is_its_own(rollout: Rollout, now: float) -> bool:
    """Whether a missed deadline is this rollout's: for a moment after a new template the
    platform still shows how the one before it ended, and a held rollout cannot progress."""
    return rollout.held_since is None and now - rollout.started_at >= CONDITION_SETTLES_SECONDS


def _trouble(pod: PodState, deadline_seconds: float, now: float) -> str:
    if pod.restarts >= RESTARTS_OF_A_CRASH_LOOP and (pod.waiting or pod.out_of_memory):
        killed = ", killed for lack of memory" if pod.out_of_memory else ""
        return f"a crash loop ({pod.restarts} restarts, {pod.waiting or 'Error'}{killed})"
    if pod.ready_at is None and now - pod.created_at >= deadline_seconds:
        return f"{pod.waiting or 'not ready'} for {now - pod.created_at:.0f} s"
    return ""


def _sentence(failing: list[tuple[PodState, str]], candidates: int, baseline: int) -> str:
    pod, why = failing[0]
    return (
        f"{len(failing)} of {candidates} candidate pods do not start, none of {baseline}"
        f" baseline pods is in trouble: {pod.name} is in {why}"
    )
