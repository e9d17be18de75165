"""Which pods are the baseline's and which the candidate's.

Why: pods belong to an arm by the images of their revision, so a restart or an edited
environment in mid-rollout moves no pod to the other side.
Never here: samples, verdicts.
"""

import math
from collections.abc import Iterable

from analysis.samples import Arm, Pod
from controller.engine.images import digest_of, runs
from controller.engine.record import Rollout, Version
from controller.engine.workload import PodState, Workload


def pods_of(workload: Workload, version: Version) -> tuple[PodState, ...]:
    """The pods that run this version and are not leaving."""
    names = {
        revision.name
        for revision in workload.revisions
        if revision.name == version.revision or runs(revision.images, version)
    }
    return tuple(pod for pod in workload.pods if pod.revision in names and not pod.leaving)


def digests_of(pods: Iterable[PodState]) -> dict[str, str]:
    """The digest that each container really runs, "" where the pods differ."""
    found: dict[str, set[str]] = {}
    for pod in pods:
        for container, digest in pod.digests.items():
            found.setdefault(container, set()).add(digest)
    return {name: digests.pop() if len(digests) == 1 else "" for name, digests in found.items()}


def arms(workload: Workload, rollout: Rollout) -> tuple[Pod, ...]:
    """All pods that were ever ready, each with its arm, in a fixed order. A pod that pulled
    another digest under the same tag than its version is known by is on neither side."""
    sides = ((Arm.BASELINE, rollout.baseline), (Arm.CANDIDATE, rollout.candidate))
    return tuple(
        Pod(pod.name, arm, pod.ready_at)
        for arm, version in sides
        for pod in sorted(pods_of(workload, version), key=lambda pod: pod.name)
        if pod.ready_at is not None and not is_stranger(pod, version)
    )


def is_stranger(pod: PodState, version: Version) -> bool:
    """Whether a container of the pod runs another digest than the version is known by. Where the
    template names a digest it cannot: then pods only differ by their platform."""
    return any(
        pod.digests.get(container, digest) != digest
        for container, digest in version.digests.items()
        if digest and not digest_of(version.images.get(container, ""))
    )


def share_reached(workload: Workload, rollout: Rollout, share: float) -> bool:
    """Whether the candidate has its share of the pods wanted (at least one)."""
    wanted = max(1, math.ceil(share * workload.desired_pods))
    return len(pods_of(workload, rollout.candidate)) >= wanted


def complete(workload: Workload, version: Version) -> bool:
    """Whether this version alone runs, with as many ready pods as are wanted."""
    running = pods_of(workload, version)
    others = [pod for pod in workload.pods if not pod.leaving and pod not in running]
    ready = [pod for pod in running if pod.ready_at is not None and not pod.waiting]
    return not others and len(ready) >= workload.desired_pods
