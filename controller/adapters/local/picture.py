"""A local workload as the engine sees it.

Why: the engine knows one picture of a workload, whatever platform drew it.
Never here: reading files, decisions.
"""

import structlog

from controller.adapters.local.state import LocalPod, LocalWorkload, Revision, Template
from controller.annotations import RECORD, AnnotationError, read_record
from controller.engine import workload as engine
from controller.engine.record import Record

KIND = "Deployment"
NAMESPACE = "local"

log = structlog.get_logger()


def key_of(name: str) -> engine.WorkloadKey:
    """How the engine names the workload."""
    return engine.WorkloadKey(KIND, NAMESPACE, name)


def picture(local: LocalWorkload) -> engine.Workload:
    """The engine's view."""
    text = local.annotations.get(RECORD, "")
    return engine.Workload(
        key=key_of(local.name),
        uid=local.uid,
        generation=local.generation,
        labels=local.labels,
        desired_pods=local.replicas,
        paused=local.paused,
        fingerprint=local.template.fingerprint(),
        images=_images(local.template),
        revisions=tuple(_revision(local, revision) for revision in local.revisions),
        pods=tuple(_pod(local, pod) for pod in local.pods),
        progress_deadline_exceeded=False,
        record=_record(local.name, text),
        record_text=text,
    )


def _record(name: str, text: str) -> Record:
    """The record, an empty one where somebody garbled it; the next write mends it."""
    try:
        return read_record(text)
    except AnnotationError as error:
        log.error("record lost", workload=name, why=str(error))  # noqa: TRY400 - no defect of ours
        return Record()


def _images(template: Template) -> dict[str, str]:
    return {template.container: template.image}


def _revision(local: LocalWorkload, revision: Revision) -> engine.Revision:
    return engine.Revision(
        name=revision.name,
        number=revision.number,
        fingerprint=revision.template.fingerprint(),
        images=_images(revision.template),
        created_at=revision.created_at,
        desired_pods=sum(pod.revision == revision.name for pod in local.staying()),
    )


def _pod(local: LocalWorkload, pod: LocalPod) -> engine.PodState:
    return engine.PodState(
        name=pod.name,
        revision=pod.revision,
        created_at=pod.created_at,
        ready_at=pod.ready_at,
        digests={local.template.container: pod.digest} if pod.digest else {},
        restarts=pod.restarts,
        waiting=pod.waiting,
        out_of_memory=False,
        leaving=pod.leaving_at is not None,
        metrics_url=f"http://{pod.address}/metrics" if pod.port else None,
    )
