"""How a pod fares, from what its process shows.

Why: when a pod is ready, dead, waiting or gone is decided here and nowhere else.
Never here: processes themselves, how many pods there shall be.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from controller.adapters.local.rolling import rolled
from controller.adapters.local.state import LocalPod, LocalWorkload, State

FIRST_BACK_OFF_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 30.0

CRASHED = "CrashLoopBackOff"
NO_IMAGE = "ImagePullBackOff"
STOPPED = "SupervisorStopped"


@dataclass(frozen=True, slots=True)
class Sign:
    """What a pod's process shows of itself; a pod without a process shows none."""

    port: int
    ready: bool
    exited: bool = False


Signs = Mapping[str, Sign]


def advanced(state: State, signs: Signs, now: float) -> State:
    """The state after a look at all processes, every workload one step further."""
    for workload in state.workloads.values():
        lived = _lived(state, workload, signs, now)
        state = state.with_workload(rolled(lived, now))
    return state


def _lived(state: State, workload: LocalWorkload, signs: Signs, now: float) -> LocalWorkload:
    pods = (_fared(state, workload, pod, signs.get(pod.name), now) for pod in workload.pods)
    return replace(workload, pods=tuple(pod for pod in pods if pod is not None))


def _fared(
    state: State, workload: LocalWorkload, pod: LocalPod, sign: Sign | None, now: float
) -> LocalPod | None:
    gone = sign is None or sign.exited
    if pod.leaving_at is not None:
        return None if gone else pod
    if sign is None:
        return replace(_resolved(state, workload, pod), ready_at=None)
    if sign.exited:
        return _crashed(pod, now)
    ready_at = (pod.ready_at or now) if sign.ready else None
    return replace(pod, port=sign.port, waiting="", ready_at=ready_at)


def _resolved(state: State, workload: LocalWorkload, pod: LocalPod) -> LocalPod:
    """A tag is resolved once; a pod that restarts runs what it ran."""
    revision = workload.revision(pod.revision)
    digest = pod.digest or (state.digest(revision.template.image) if revision else "")
    if not digest:
        return replace(pod, waiting=NO_IMAGE)
    return replace(pod, digest=digest, waiting=CRASHED if pod.waiting == CRASHED else "")


def _crashed(pod: LocalPod, now: float) -> LocalPod:
    restarts = pod.restarts + 1
    back_off = min(FIRST_BACK_OFF_SECONDS * 2.0 ** (restarts - 1), LONGEST_BACK_OFF_SECONDS)
    return replace(pod, restarts=restarts, ready_at=None, waiting=CRASHED, start_at=now + back_off)


def stopped(state: State) -> State:
    """The state when the supervisor has ended every process; the next one goes on from here."""
    for workload in state.workloads.values():
        pods = tuple(replace(pod, ready_at=None, waiting=STOPPED) for pod in workload.staying())
        state = state.with_workload(replace(workload, pods=pods))
    return state
