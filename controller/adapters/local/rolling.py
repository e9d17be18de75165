"""How a workload rolls from one revision to the next, one step at a time.

Why: a rollout on this platform must look to the engine as one of a Deployment does: one pod
more than wanted at most (maxSurge 1), never fewer available than wanted (maxUnavailable 0),
available meaning ready for a second (minReadySeconds 1).
Never here: processes; the steps are changes of what shall be.
"""

from dataclasses import replace
from hashlib import sha256

from controller.adapters.local.state import LocalPod, LocalWorkload, Revision

SURGE = 1
MIN_READY_SECONDS = 1.0
MOST_REVISIONS = 10


def rolled(workload: LocalWorkload, now: float) -> LocalWorkload:
    """The workload one step nearer to what is wanted; the same when there is none to do."""
    workload = _with_revision(workload, now)
    if workload.paused:
        return workload
    own, others = _sides(workload)
    leaver = _surplus(workload, own) or _outdated(workload, others, now)
    if leaver is not None:
        return _without(workload, leaver, now)
    if _wants_pod(workload, own, others, now):
        return _with_pod(workload, now)
    return workload


def _with_revision(workload: LocalWorkload, now: float) -> LocalWorkload:
    """Numbers the wanted template's revision highest; a template that comes back keeps its
    revision's name."""
    newest = max(workload.revisions, key=lambda r: r.number, default=None)
    if newest is not None and newest.template == workload.template:
        return workload
    number = newest.number + 1 if newest else 1
    name = f"{workload.name}-{workload.template.fingerprint()[:8]}"
    known = workload.revision(name)
    wanted = replace(known, number=number) if known else _revision(workload, name, number, now)
    others = tuple(r for r in workload.revisions if r.name != name)
    return replace(workload, revisions=(*_kept(workload, others), wanted))


def _revision(workload: LocalWorkload, name: str, number: int, now: float) -> Revision:
    return Revision(name, number, workload.template, now)


def _kept(workload: LocalWorkload, revisions: tuple[Revision, ...]) -> tuple[Revision, ...]:
    populated = {pod.revision for pod in workload.pods}
    newest = sorted(revisions, key=lambda r: r.number)[-(MOST_REVISIONS - 1) :]
    return tuple(r for r in revisions if r in newest or r.name in populated)


def _sides(workload: LocalWorkload) -> tuple[list[LocalPod], list[LocalPod]]:
    """The pods of the wanted revision, and the others with the newest revision's first: what
    a rollback takes away goes before what it returns to."""
    numbers = {r.name: r.number for r in workload.revisions}
    wanted = max(workload.revisions, key=lambda r: r.number).name
    own = [pod for pod in workload.staying() if pod.revision == wanted]
    others = [pod for pod in workload.staying() if pod.revision != wanted]
    return own, sorted(others, key=lambda pod: (-numbers[pod.revision], pod.created_at))


def _surplus(workload: LocalWorkload, own: list[LocalPod]) -> LocalPod | None:
    return own[-1] if len(own) > workload.replicas else None


def _outdated(workload: LocalWorkload, others: list[LocalPod], now: float) -> LocalPod | None:
    """The next old pod that may go: one that serves nobody, else one that can be spared."""
    for pod in others:
        if pod.ready_at is None:
            return pod
    available = sum(_is_available(pod, now) for pod in workload.staying())
    return others[0] if others and available > workload.replicas else None


def _is_available(pod: LocalPod, now: float) -> bool:
    return pod.ready_at is not None and now - pod.ready_at >= MIN_READY_SECONDS


def _wants_pod(
    workload: LocalWorkload, own: list[LocalPod], others: list[LocalPod], now: float
) -> bool:
    starting = not all(_is_available(pod, now) for pod in own)
    room = len(own) + len(others) < workload.replicas + SURGE
    return len(own) < workload.replicas and room and not (others and starting)


def _with_pod(workload: LocalWorkload, now: float) -> LocalWorkload:
    wanted = max(workload.revisions, key=lambda r: r.number).name
    number = workload.pods_made + 1
    suffix = sha256(f"{workload.uid}/{number}".encode()).hexdigest()[:5]
    pod = LocalPod(f"{wanted}-{suffix}", wanted, now)
    return replace(workload, pods=(*workload.pods, pod), pods_made=number)


def _without(workload: LocalWorkload, leaver: LocalPod, now: float) -> LocalWorkload:
    told = replace(leaver, leaving_at=now)
    return replace(workload, pods=tuple(told if p is leaver else p for p in workload.pods))
