"""A Deployment, its ReplicaSets and its pods drawn as one Workload.

Why: what Kubernetes' fields mean for a rollout is said here, once.
Never here: requests, watching.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from sys import intern
from urllib.parse import quote

import msgspec

from controller.adapters.kubernetes.structs import (
    Condition,
    ContainerStatus,
    Deployment,
    Metadata,
    Pod,
    ReplicaSet,
    Template,
    TemplateSpec,
)
from controller.annotations import RECORD, AnnotationError, read_record
from controller.engine.record import Record
from controller.engine.workload import Naming, PodState, Revision, Workload, WorkloadKey
from controller.unreadable import UNREADABLE

KIND = "Deployment"
TEMPLATE_HASH = "pod-template-hash"
OWNERS = (
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux"),
    ("helm.toolkit.fluxcd.io/name", "Flux"),
)

REMEMBERED = 4096
# Without vowels, so that no word is spelled: a Job `web-migrate` is no pod of `web`.
RANDOM = "bcdfghjklmnpqrstvwxz2456789"
LONGEST_NAME = 46
PATH_SIGNS = "/?&=%:,;+-._~[]"
PORT = re.compile(r"[1-9][0-9]{0,4}")


def key_of(metadata: Metadata) -> WorkloadKey:
    """The key of a Deployment."""
    return WorkloadKey(KIND, metadata.namespace, metadata.name)


def draw(
    deployment: Deployment, replica_sets: Iterable[ReplicaSet], pods: Iterable[Pod]
) -> Workload:
    """The workload as these objects show it."""
    return filled(outline(deployment), map(revision, replica_sets), map(pod_state, pods))


def filled(outlined: Workload, revisions: Iterable[Revision], pods: Iterable[PodState]) -> Workload:
    """An outline with its revisions, oldest first, and its pods by name."""
    return replace(
        outlined,
        revisions=tuple(sorted(revisions, key=lambda one: (one.number, one.name))),
        pods=tuple(sorted(pods, key=lambda one: one.name)),
    )


def outline(deployment: Deployment) -> Workload:
    """The workload without its revisions and pods."""
    metadata, spec = deployment.metadata, deployment.spec
    annotations = metadata.annotations or {}
    text = annotations.get(RECORD, "")
    return Workload(
        key=key_of(metadata),
        uid=metadata.uid,
        generation=metadata.generation,
        labels=metadata.labels or {},
        desired_pods=1 if spec.replicas is None else spec.replicas,
        paused=spec.paused,
        fingerprint=fingerprint(spec.template),
        images=images(spec.template),
        revisions=(),
        pods=(),
        progress_deadline_exceeded=_deadline_exceeded(deployment.status.conditions or ()),
        record=_record(str(key_of(metadata)), text),
        record_text=text,
        owned_by=_owner({**(metadata.labels or {}), **annotations}),
        naming=_naming(metadata.name),
        pull_secrets=_pull_secrets(spec.template),
    )


def _naming(deployment: str) -> Naming | None:
    """Pods are called after their ReplicaSet, which is called after its template's hash. Names
    that Kubernetes has to cut short tell nothing."""
    if len(deployment) > LONGEST_NAME:
        return None
    literal = deployment.replace(".", r"\.")
    return Naming(f"{literal}-[{RANDOM}]{{1,10}}", RANDOM, 5)


@lru_cache(REMEMBERED)
def _record(workload: str, text: str) -> Record:
    """The record, an empty one where somebody garbled it; the next write mends it. A text is
    read, and complained of, once, however often its pods change."""
    try:
        return read_record(text)
    except AnnotationError as error:
        # Loading this takes longer than a command that only lists.
        import structlog

        from controller.log_lines import log_beside_the_answer

        log_beside_the_answer()
        structlog.get_logger().warning("record lost", workload=workload, why=str(error))
        return Record()


def _owner(marks: Mapping[str, str]) -> str:
    return next((name for mark, name in OWNERS if mark in marks), "")


def _deadline_exceeded(conditions: Iterable[Condition]) -> bool:
    return any(
        c.type == "Progressing" and c.status == "False" and c.reason == "ProgressDeadlineExceeded"
        for c in conditions
    )


def fingerprint(template: msgspec.Raw) -> str:
    """Equal for equal templates; the label that a ReplicaSet adds does not count."""
    return hashlib.sha256(_ordered(template)).hexdigest()[:16]


def _ordered(template: msgspec.Raw) -> bytes:
    try:
        content = msgspec.json.decode(template)
    except UNREADABLE:
        return bytes(template)
    with suppress(AttributeError, LookupError, TypeError):  # A template that is none has no labels.
        content["metadata"]["labels"].pop(TEMPLATE_HASH, None)
    return msgspec.json.encode(content, order="sorted")


def images(template: msgspec.Raw) -> dict[str, str]:
    """Container -> image, of init containers too: their image is part of a release."""
    spec = _template_spec(template)
    return {c.name: c.image for c in (*spec.containers, *(spec.init_containers or ()))}


def _template_spec(template: msgspec.Raw) -> TemplateSpec:
    """No containers where the template is none: one object that nobody could run must not hide all others."""
    try:
        return msgspec.json.decode(template, type=Template).spec
    except UNREADABLE:
        return TemplateSpec([])


def _pull_secrets(template: msgspec.Raw) -> tuple[str, ...]:
    if b"imagePullSecrets" not in memoryview(template).tobytes():
        return ()  # Most have none, and a template is long.
    return tuple(one.name for one in _template_spec(template).image_pull_secrets or () if one.name)


def revision(replica_set: ReplicaSet) -> Revision:
    """What a ReplicaSet says."""
    metadata = replica_set.metadata
    number = metadata.annotations.number if metadata.annotations else "0"
    return Revision(
        name=metadata.name,
        number=int(number) if number.isdigit() else 0,
        fingerprint=fingerprint(replica_set.spec.template),
        images=images(replica_set.spec.template),
        created_at=seconds(metadata.creation_timestamp),
        desired_pods=replica_set.spec.replicas or 0,
    )


def seconds(timestamp: str) -> float:
    """Unix seconds of an RFC 3339 time, 0 for none: one object whose time cannot be read must not hide
    all others."""
    try:
        return datetime.fromisoformat(timestamp).timestamp() if timestamp else 0.0
    except (ValueError, OverflowError):
        return 0.0


def pod_state(pod: Pod) -> PodState:
    """What a pod says."""
    statuses = (*(pod.status.container_statuses or ()), *(pod.status.init_container_statuses or ()))
    owner = pod.metadata.controller()
    return PodState(
        name=pod.metadata.name,
        revision=intern(owner.name) if owner else "",
        created_at=seconds(pod.metadata.creation_timestamp),
        ready_at=_ready_at(pod.status.conditions or ()),
        digests=_digests(tuple((s.name, s.image_id) for s in statuses)),
        restarts=sum(s.restart_count for s in statuses),
        waiting=next((why for s in statuses if (why := _waiting(s))), ""),
        out_of_memory=any(_out_of_memory(s) for s in statuses),
        leaving=bool(pod.metadata.deletion_timestamp),
        metrics_url=_metrics_url(pod),
    )


def _ready_at(conditions: Iterable[Condition]) -> float | None:
    ready = next((c for c in conditions if c.type == "Ready" and c.status == "True"), None)
    return seconds(ready.last_transition_time or "") if ready else None


@lru_cache(REMEMBERED)
def _digests(image_ids: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """One mapping for all pods that run the same: it is the largest part of what is kept of a pod."""
    return {name: digest for name, image_id in image_ids if (digest := _digest(image_id))}


def _digest(image_id: str) -> str:
    """Runtimes write repo@sha256:…, docker-pullable://repo@sha256:… or sha256:… alone; the
    last is the id of the unpacked image, which no registry knows."""
    return image_id.partition("@")[2]


def _waiting(status: ContainerStatus) -> str:
    state = status.state
    if state.waiting is not None:
        started = state.waiting.reason in ("ContainerCreating", "PodInitializing", "")
        return "" if started else state.waiting.reason
    if state.terminated is not None and state.terminated.exit_code != 0:
        return state.terminated.reason or "Error"
    return ""


def _out_of_memory(status: ContainerStatus) -> bool:
    ends = (status.state.terminated, status.last_state.terminated)
    return any(end is not None and end.reason == "OOMKilled" for end in ends)


def _metrics_url(pod: Pod) -> str | None:
    """Where its metrics are, at the pod's own address: annotations are anybody's, so a port
    that is none (`80@elsewhere`) gives no address, and a path cannot lead off the pod."""
    marks, address = pod.metadata.annotations, pod.status.pod_ip
    if marks is None or not address or not PORT.fullmatch(marks.port):
        return None
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{marks.port}/{quote(marks.path.lstrip('/'), safe=PATH_SIGNS)}"
