"""A crowd of Deployments with their ReplicaSets and pods, each a true copy of one that real controllers made.

Why: making 50,000 pods by controllers takes the better part of an hour and shows nothing of ours; what the
API server sends to who watches is the same, to the byte, where copies are put into its store.
Never here: rollctl.
"""

import base64
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Self

import requests

from tests.testbed.api import Document
from tests.testbed.cluster import Testbed
from tests.testbed.control_plane import ControlPlane
from tests.testbed.images import Behaviour

NAME, NAMESPACE = "seedling", "nursery"
PODS, NAMESPACES, RELEASES = 5, 100, 3
MOST_AT_ONCE = 100
PAUSED = '"paused":true,'
OWN_NAME = re.compile(r'"name":"([^"]+)"')
STEP_SECONDS = 30.0
SPACE = uuid.UUID("5d0c2b1e-0000-4000-8000-000000000000")
RESTARTS = '"restartCount":0'
SCRAPED = '"prometheus.io/scrape":"true"'
SLOW = Behaviour(ready_after_seconds=3.0)

Put = tuple[str, str]
"""A key of the store, and what stands there."""


class Crowd:
    """So many copies of one Deployment, their releases, and news of their pods."""

    def __init__(
        self, control_plane: ControlPlane, settled: list[Document], rolling: list[Document]
    ) -> None:
        self._store = requests.Session()
        self._url = f"{control_plane.store_url}/v3/kv/txn"
        self._settled = [(_folder(seed), _text(seed)) for seed in settled]
        self._rolling = [(_folder(seed), _text(seed).replace(PAUSED, "")) for seed in rolling]
        self._released: set[int] = set()
        self._uids = {seed["metadata"]["uid"] for seed in (*settled, *rolling)}
        self.size = 0

    @classmethod
    def planted(cls, testbed: Testbed) -> Self:
        """Lets real controllers make the one that is copied, as it is when all is rolled out and in the
        midst of its next release; then ends them: nothing but rollctl is to look at the copies."""
        testbed.create_namespace(NAMESPACE)
        testbed.apply_deployment(NAMESPACE, NAME, _published(testbed, 0), replicas=PODS)
        for number in range(1, RELEASES):
            testbed.wait_rolled_out(NAMESPACE, NAME)
            testbed.set_image(NAMESPACE, NAME, _published(testbed, number))
        testbed.wait_rolled_out(NAMESPACE, NAME)
        settled = list(_seeds(testbed))
        testbed.set_image(NAMESPACE, NAME, _published(testbed, RELEASES, SLOW))
        testbed.wait(lambda: _surging(testbed), STEP_SECONDS, "no new pods")
        testbed.pause(NAMESPACE, NAME)
        testbed.wait(lambda: _ready(testbed), STEP_SECONDS, "the new pods are never ready")
        rolling = list(_seeds(testbed))
        testbed.control_plane.stop_controllers()
        testbed.nodes.stop()
        return cls(testbed.control_plane, settled, rolling)

    def grow(self, size: int) -> None:
        """Until there are so many Deployments."""
        self._write(
            put for number in range(self.size, size) for put in self._all(self._settled, number)
        )
        self.size = size

    def release(self, numbers: Iterable[int]) -> None:
        """Brings these to the midst of their next release: two new pods beside the old ones."""
        fresh = sorted(set(numbers) - self._released)
        self._released.update(fresh)
        self._write(put for number in fresh for put in self._all(self._rolling, number))

    def calm(self) -> None:
        """Brings all back to where they were before their releases."""
        wanted = {key for number in self._released for key, _ in self._all(self._settled, number)}
        rolled = (put for number in self._released for put in self._all(self._rolling, number))
        self._do(
            {"requestDeleteRange": {"key": _coded(key)}} for key, _ in rolled if key not in wanted
        )
        self._write(put for number in self._released for put in self._all(self._settled, number))
        self._released.clear()

    def restart_pods(self, count: int, restarts: int) -> None:
        """News of so many pods, of one Deployment after the other: each container has been restarted so
        often."""
        self._write(self._restarted(count, restarts))

    def _restarted(self, count: int, restarts: int) -> Iterator[Put]:
        pods = [text for folder, text in self._settled if folder == "pods"]
        for number in range(count):
            text = pods[number // self.size % len(pods)]
            changed = text.replace(RESTARTS, f'"restartCount":{restarts}')
            yield self._copy("pods", changed, number % self.size)

    def _copy(self, folder: str, text: str, number: int) -> Put:
        name, namespace = name_of(number), namespace_of(number)
        for uid in self._uids:
            text = text.replace(uid, str(uuid.uuid5(SPACE, f"{uid} {number}")))
        text = text.replace(NAME, name).replace(NAMESPACE, namespace)
        own = OWN_NAME.search(text)
        assert own is not None
        return f"/registry/{folder}/{namespace}/{own.group(1)}", text

    def _all(self, seeds: list[tuple[str, str]], number: int) -> Iterator[Put]:
        return (self._copy(folder, text, number) for folder, text in seeds)

    def _write(self, puts: Iterable[Put]) -> None:
        self._do({"requestPut": {"key": _coded(key), "value": _coded(text)}} for key, text in puts)

    def _do(self, operations: Iterable[dict[str, object]]) -> None:
        left = iter(operations)
        while some := list(islice(left, MOST_AT_ONCE)):
            self._store.post(self._url, json={"success": some}, timeout=60).raise_for_status()


def namespace_of(number: int) -> str:
    """Where a copy stands."""
    return f"team-{number % NAMESPACES:02d}"


def name_of(number: int) -> str:
    """What a copy is called."""
    return f"app{number:05d}"


def _published(testbed: Testbed, number: int, behaviour: Behaviour | None = None) -> str:
    reference = f"shop/web:v{number}"
    testbed.catalogue.publish(reference, behaviour or Behaviour())
    return reference


def _surging(testbed: Testbed) -> bool:
    return len(testbed.pods(NAMESPACE)) > PODS


def _ready(testbed: Testbed) -> bool:
    conditions = [pod["status"].get("conditions", []) for pod in testbed.pods(NAMESPACE)]
    return all(
        any(c["type"] == "Ready" and c["status"] == "True" for c in one) for one in conditions
    )


def _seeds(testbed: Testbed) -> Iterator[Document]:
    """The Deployment, its ReplicaSets and its pods, as the API server has them."""
    yield testbed.get_deployment(NAMESPACE, NAME)
    for item in testbed.replica_sets(NAMESPACE):
        yield {"kind": "ReplicaSet", "apiVersion": "apps/v1", **item}
    for item in testbed.pods(NAMESPACE):
        yield {"kind": "Pod", "apiVersion": "v1", **item}


def _folder(seed: Document) -> str:
    return f"{seed['kind'].lower()}s"


def _text(seed: Document) -> str:
    """As the store has it: without the version, which is the store's own; and not to be scraped, as there is
    no process behind a copy."""
    metadata = {key: value for key, value in seed["metadata"].items() if key != "resourceVersion"}
    # First, where it is found again.
    named = {"name": metadata.pop("name"), **metadata}
    whole = {"metadata": named, **{key: seed[key] for key in seed if key != "metadata"}}
    return json.dumps(whole, separators=(",", ":")).replace(
        SCRAPED, SCRAPED.replace("true", "false")
    )


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
