"""One moment of the demo, as plain values.

Why: the live view and the plain lines show the same things.
Never here: colours, layout, reading the world (story).
"""

import re
from dataclasses import dataclass

from analysis.verdict import Judgement
from controller.demo.figures import Served
from controller.engine.arms import pods_of
from controller.engine.phases import in_flight
from controller.engine.record import Decision
from controller.engine.workload import PodState, Workload

LEAVING = "leaving"

_DIGEST = re.compile(r"(sha256:[0-9a-f]{8})[0-9a-f]{56}")


@dataclass(frozen=True, slots=True)
class PodLine:
    """One pod as a person wants to see it."""

    name: str
    version: str
    side: str
    state: str
    served: Served | None


@dataclass(frozen=True, slots=True)
class Scene:
    """`elapsed_seconds` since the curtain; `story` is what the demo does, `next` what
    rollctl says will happen; decisions carry their seconds since the curtain."""

    elapsed_seconds: float
    story: str
    next: str
    pods: tuple[PodLine, ...]
    judgement: Judgement | None
    decisions: tuple[tuple[float, Decision], ...]


def short(text: str) -> str:
    """The text with its digests cut to what a person can compare."""
    return _DIGEST.sub(r"\1", text)


def version_of(image: str) -> str:
    """The tag of an image reference, whatever its digest."""
    return image.partition("@")[0].rpartition(":")[2]


def version_of_pod(workload: Workload, pod: PodState) -> str:
    """The tag of the image that the pod runs."""
    revision = workload.revision_of(pod)
    images = revision.images.values() if revision else ()
    return " ".join(version_of(image) for image in images)


def side_of(workload: Workload, pod: PodState) -> str:
    """Whether the pod is compared, and as what."""
    rollout = workload.record.rollout
    if rollout is None or not in_flight(rollout):
        return ""
    if pod in pods_of(workload, rollout.candidate):
        return "candidate"
    return "baseline" if pod in pods_of(workload, rollout.baseline) else ""


def state_of(pod: PodState) -> str:
    """The pod's state in a word or two."""
    if pod.leaving:
        return LEAVING
    return pod.waiting or ("starting" if pod.ready_at is None else "ready")
