"""Changes Deployments by one conditional patch each.

Why: template, pause, record and summary change together or not at all, and only while the
Deployment is still as it was seen.
Never here: what should change.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from controller.adapters.kubernetes.answers import Request, decoded
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.picture import TEMPLATE_HASH
from controller.adapters.kubernetes.structs import ReplicaSet
from controller.annotations import FINDINGS, RECORD, SUMMARY, record_text
from controller.engine.change import Change, Restore
from controller.engine.record import Act
from controller.engine.workload import Workload, WorkloadKey
from controller.ports.platform import Conflict, Refused, Vanished
from controller.printable import cut_bytes
from policies.model import RollbackScope

MANAGER = "rollctl"
CONTROLLER = "rollctl.dev/controller"
LONGEST_NOTE_BYTES = 1024
LONGEST_NAME = 200
WARNINGS = frozenset({Act.ROLL_BACK, Act.AWAIT_PERSON})
REASONS = {
    Act.ADOPT: "RolloutAdopted",
    Act.BEGIN: "RolloutSeen",
    Act.ANALYZE: "RolloutAnalyzed",
    Act.HOLD: "RolloutHeld",
    Act.PROMOTE: "RolloutPromoted",
    Act.ROLL_BACK: "RolledBack",
    Act.AWAIT_PERSON: "PersonNeeded",
    Act.RELEASE: "RolloutReleased",
    Act.SUPERSEDE: "RolloutSuperseded",
    Act.COMPLETE: "RolloutComplete",
    Act.PIN: "Pinned",
    Act.UNPIN: "Unpinned",
    Act.LEARN: "PastLearned",
    Act.UPDATE: "BuildRolledOut",
}

GO_ESCAPES = "<>&\u2028\u2029"

Json = dict[str, Any]


class KubernetesWriter:
    """The port Writer on an API server; `identity` is the name of this controller."""

    def __init__(self, connection: Connection, identity: str) -> None:
        self._connection = connection
        self._identity = identity

    def describe(self) -> str:
        """Where it writes to."""
        return "the Kubernetes API server"

    def apply(self, change: Change) -> None:
        """One JSON patch, which the API server takes whole or refuses whole."""
        wanted = _pause(change)
        if change.restore is not None:
            wanted += self._template(change.seen, change.restore)
        try:
            self._patch(change.seen.key, [*_tests(change.seen), *_annotations(change), *wanted])
        except Conflict:
            if change.seen.record_text:
                raise
            # A Deployment without any annotation has no map to add one to; only one that was
            # never rolled, as it was made paused, is so for longer than a moment.
            self._patch(change.seen.key, [*_same(change.seen), *_first(change), *wanted])

    def _patch(self, key: WorkloadKey, patch: list[Json]) -> None:
        body, kind = as_go_writes(msgspec.json.encode(patch)), "application/json-patch+json"
        params = {"fieldManager": MANAGER}
        self._connection.send(Request("PATCH", _path(key), params, body, kind))

    def _template(self, seen: Workload, restore: Restore) -> list[Json]:
        if restore.scope is RollbackScope.IMAGE:
            template = self._current_template(seen)
        else:
            template = self._template_of(seen.key, restore.revision)
        _set_images(template, restore.images)
        return [{"op": "replace", "path": "/spec/template", "value": template}]

    def _current_template(self, seen: Workload) -> Json:
        """As it is now; that nothing changed since is what the patch's tests are for."""
        body = self._connection.send(Request("GET", _path(seen.key)))
        return _template(msgspec.json.decode(body))

    def _template_of(self, key: WorkloadKey, revision: str) -> Json:
        path = f"/apis/apps/v1/namespaces/{key.namespace}/replicasets/{revision}"
        try:
            body = self._connection.send(Request("GET", path))
        except Vanished as error:
            raise Conflict(f"{key} has no revision {revision} any more") from error
        replica_set = decoded(body, ReplicaSet, path)
        template: Json = msgspec.json.decode(replica_set.spec.template)
        template.get("metadata", {}).get("labels", {}).pop(TEMPLATE_HASH, None)
        return template

    def publish(self, workload: Workload, findings_text: str) -> None:
        """A merge patch that only holds for this very Deployment."""
        metadata = {"uid": workload.uid, "annotations": {FINDINGS: findings_text}}
        body = msgspec.json.encode({"metadata": metadata})
        kind, params = "application/merge-patch+json", {"fieldManager": MANAGER}
        self._connection.send(Request("PATCH", _path(workload.key), params, body, kind))

    def announce(self, change: Change) -> None:
        """An Event, named after the record's step so that a repeat is no second one."""
        event = _event(change, self._identity)
        path = f"/apis/events.k8s.io/v1/namespaces/{change.seen.key.namespace}/events"
        try:
            self._connection.send(Request("POST", path, None, msgspec.json.encode(event)))
        except Conflict:
            return


def as_go_writes(body: bytes) -> bytes:
    """The same JSON with the escapes that the API server's own encoder uses: it compares the
    strings of a test as they are written, where `>` and its escape differ."""
    for sign in GO_ESCAPES:
        body = body.replace(sign.encode(), f"\\u{ord(sign):04x}".encode())
    return body


def _path(key: WorkloadKey) -> str:
    return f"/apis/apps/v1/namespaces/{key.namespace}/deployments/{key.name}"


def _template(deployment: Json) -> Json:
    template: Json = deployment["spec"]["template"]
    return template


def _set_images(template: Json, images: Mapping[str, str]) -> None:
    """Raises Refused for a container that is not there: the rollback would be half of one."""
    spec = template["spec"]
    containers = {c["name"]: c for c in (*spec["containers"], *spec.get("initContainers", ()))}
    unknown = sorted(images.keys() - containers.keys())
    if unknown:
        raise Refused(f"the template has no container {', '.join(unknown)}; restore it by hand")
    for name, image in images.items():
        containers[name]["image"] = image


def _same(seen: Workload) -> list[Json]:
    """The generation changes with whatever is wanted, and with annotations too."""
    return [
        {"op": "test", "path": "/metadata/uid", "value": seen.uid},
        {"op": "test", "path": "/metadata/generation", "value": seen.generation},
    ]


def _tests(seen: Workload) -> list[Json]:
    """A test for null holds only while there is no such annotation."""
    test = {"op": "test", "path": _annotation(RECORD), "value": seen.record_text or None}
    return [*_same(seen), test]


def _annotation(name: str) -> str:
    return f"/metadata/annotations/{name.replace('~', '~0').replace('/', '~1')}"


def _annotations(change: Change) -> list[Json]:
    return [
        {"op": "add", "path": _annotation(name), "value": text}
        for name, text in _texts(change).items()
    ]


def _first(change: Change) -> list[Json]:
    """The same where there is no annotation at all."""
    path = "/metadata/annotations"
    return [
        {"op": "test", "path": path, "value": None},
        {"op": "add", "path": path, "value": _texts(change)},
    ]


def _texts(change: Change) -> dict[str, str]:
    return {RECORD: record_text(change.record), SUMMARY: _summary(change)}


def _summary(change: Change) -> str:
    decision = change.decision
    verdict = f" ({decision.verdict})" if decision.verdict else ""
    # The API server counts the note's bytes, though it says characters.
    return cut_bytes(f"{decision.act.value}{verdict}: {decision.reason}", LONGEST_NOTE_BYTES)


def _pause(change: Change) -> list[Json]:
    if change.paused is None:
        return []
    return [{"op": "add", "path": "/spec/paused", "value": change.paused}]


def _event(change: Change, identity: str) -> Mapping[str, Any]:
    key, decision = change.seen.key, change.decision
    now = datetime.fromtimestamp(decision.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {
            "name": f"{key.name[:LONGEST_NAME].rstrip('.-')}.{change.seen.uid[:8]}.{change.record.sequence}",
            "namespace": key.namespace,
        },
        "eventTime": now,
        "reportingController": CONTROLLER,
        "reportingInstance": identity,
        "action": decision.act.value,
        "reason": REASONS[decision.act],
        "type": "Warning" if decision.act in WARNINGS else "Normal",
        "regarding": {
            "apiVersion": "apps/v1",
            "kind": key.kind,
            "namespace": key.namespace,
            "name": key.name,
            "uid": change.seen.uid,
        },
        "note": _summary(change),
    }
