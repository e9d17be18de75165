"""One function a reader of bytes from outside: it returns, or the law is broken.

Why: the same functions are tried by a fuzzer for minutes and by the suite on what the fuzzer kept.
Never here: fuzzers, corpora.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import msgspec

from controller.adapters.kubernetes.answers import BadAnswer as ApiAnswer
from controller.adapters.kubernetes.answers import Request, decoded, refusal
from controller.adapters.kubernetes.picture import draw
from controller.adapters.kubernetes.structs import Deployment, Pod, ReplicaSet, WatchEvent
from controller.adapters.prometheus.answer import decoded as prometheus_rows
from controller.adapters.prometheus.answer import reason
from controller.adapters.prometheus.faults import QueryError
from controller.adapters.registry.content import digest_of, read_facts, read_manifest
from controller.annotations import AnnotationError, read_freeze, read_record
from controller.engine.workload import Workload
from controller.openmetrics.text import Dialect, TextError, rows
from controller.ports.platform import Sighting, Unavailable
from controller.ports.registry import RegistryError
from controller.report import read_report
from controller.show.document import as_json, document
from controller.show.seen import seen
from controller.show.story import entries_of, explain, history
from controller.show.table import table
from controller.show.tree import tree
from controller.verdicts.record import VerdictError
from controller.verdicts.record import read as read_verdict
from controller.webhooks.ci_verdict import read_ci_verdict
from controller.webhooks.decode import decode
from controller.webhooks.received import Received, WebhookError
from policies.load import load_text
from tests.fakes import NOW
from tests.fakes import workload as made

HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"ce-type": "com.example.push", "ce-specversion": "1.0"},
    {"x-github-event": "registry_package"},
    {"content-type": "application/cloudevents-batch+json"},
)
WORKLOAD = made("web:v2", {"web:v1": 1, "web:v2": 1})
TYPES = (
    "",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
)


def policy(data: bytes) -> None:
    """A policy file: problems, never an exception."""
    load_text(data.decode(errors="replace"), "policy.yaml")


def openmetrics(data: bytes) -> None:
    """A page of metrics or a recording."""
    lines = data.decode(errors="replace").splitlines(keepends=True)
    for dialect in Dialect:
        with suppress(TextError):
            list(rows(lines, dialect))


def webhook(data: bytes) -> None:
    """What anybody may post; the first byte chooses the headers."""
    received = Received(HEADERS[data[0] % len(HEADERS)] if data else {}, data[1:])
    for read in (decode, read_ci_verdict):
        with suppress(WebhookError):
            read(received)


class _World(msgspec.Struct):
    deployment: Deployment
    sets: list[ReplicaSet] = []
    pods: list[Pod] = []


def watch(data: bytes) -> None:
    """An event of a watch, a refusal, and objects of any content drawn as a picture."""
    with suppress(Unavailable):
        decoded(data, WatchEvent, "a watch")
    refusal(Request("GET", "/api/v1/pods"), ApiAnswer(500, "no", "5", data))
    try:
        world = msgspec.json.decode(data, type=_World)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    draw(world.deployment, world.sets, world.pods)


def annotation(data: bytes) -> None:
    """What stands on a workload or a lease, where whoever may annotate can write; what is read is
    shown, too."""
    text = data.decode(errors="replace")
    with suppress(AnnotationError):
        read_report(text)
    with suppress(AnnotationError):
        _shown(replace(WORKLOAD, record=read_record(text)), "")
    _shown(WORKLOAD, text)
    freeze = read_freeze(text)
    if freeze is not None:
        freeze.told(0.0)


def _shown(workload: Workload, findings: str) -> None:
    one = seen(Sighting(workload, findings))
    lines = [*table([one], NOW, wide=True, head=True), *tree(one, NOW), *explain(one, NOW)]
    lines += history(entries_of([one]), head=True)
    if not all(line.isprintable() for line in lines):
        raise AssertionError("a line that moves the cursor")
    as_json(document(one))


def registry(data: bytes) -> None:
    """A manifest, an index, a configuration, a verdict."""
    digest = digest_of(data)
    for media_type in TYPES:
        with suppress(RegistryError):
            read_manifest(data, media_type, digest)
    with suppress(RegistryError):
        read_facts(data, digest, {})
    with suppress(VerdictError):
        read_verdict(data)


def prometheus(data: bytes) -> None:
    """An answer of a metrics source."""
    with suppress(QueryError):
        prometheus_rows(data)
    reason(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "policy": policy,
    "openmetrics": openmetrics,
    "webhook": webhook,
    "watch": watch,
    "annotation": annotation,
    "registry": registry,
    "prometheus": prometheus,
}
