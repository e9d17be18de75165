"""Lends the real API server to the tests of this adapter.

Why: what an API server does is learned from one, not from a fake of ours.
Never here: laws.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.watcher import KubernetesWatcher
from controller.adapters.kubernetes.writer import KubernetesWriter
from controller.annotations import RECORD
from controller.engine.workload import WorkloadKey
from tests.controller.platform_contract import Platform
from tests.testbed.api import Document
from tests.testbed.cluster import Testbed
from tests.testbed.processes import TestbedError

CONTAINER = "app"


def lent(request: pytest.FixtureRequest) -> Testbed:
    """The session's testbed; where it cannot be had, a failure in CI and a skip elsewhere."""
    try:
        testbed = request.getfixturevalue("testbed")
    except TestbedError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no testbed here: {error}")
    assert isinstance(testbed, Testbed)
    return testbed


def connection(testbed: Testbed) -> Connection:
    """As an administrator."""
    return Connection(find_credentials(str(testbed.control_plane.kubeconfig), None))


class KubectlUser:
    """The contract's `Stranger`: what a person does by kubectl."""

    def __init__(self, testbed: Testbed, namespace: str) -> None:
        self._testbed = testbed
        self._namespace = namespace

    def image(self, version: str) -> str:
        """A reference that the hollow nodes can pull."""
        return f"registry.example/contract:{version}"

    def create(self, name: str, version: str) -> WorkloadKey:
        """One pod that serves at once."""
        self._testbed.catalogue.publish(self.image(version))
        self._testbed.apply_deployment(self._namespace, name, self.image(version), replicas=1)
        return WorkloadKey("Deployment", self._namespace, name)

    def release(self, key: WorkloadKey, version: str) -> None:
        """As `kubectl set image`."""
        self._testbed.catalogue.publish(self.image(version))
        self._testbed.set_image(key.namespace, key.name, self.image(version), CONTAINER)

    def remove(self, key: WorkloadKey) -> None:
        """As `kubectl delete`."""
        self._testbed.delete_deployment(key.namespace, key.name)

    def write_record(self, key: WorkloadKey, text: str) -> None:
        """As `kubectl annotate --overwrite`."""
        self.annotate(key, {RECORD: text})

    def annotate(self, key: WorkloadKey, annotations: dict[str, str | None]) -> Document:
        """Sets annotations, or removes those that are None."""
        change = {"metadata": {"annotations": annotations}}
        return self._testbed.patch_deployment(key.namespace, key.name, change)

    def patch_template(self, key: WorkloadKey, template: Document) -> Document:
        """Edits the pod template."""
        change = {"spec": {"template": template}}
        return self._testbed.patch_deployment(key.namespace, key.name, change)


@contextmanager
def platform_in(testbed: Testbed, namespace: str) -> Iterator[Platform]:
    """The adapter on one namespace, its watcher started."""
    link = connection(testbed)
    watcher = KubernetesWatcher(link, (namespace,))
    watcher.start()
    try:
        writer = KubernetesWriter(link, "tests")
        yield Platform(watcher, writer, KubectlUser(testbed, namespace), CONTAINER)
    finally:
        watcher.stop()


def patched(testbed: Testbed, path: str, patch: list[Document]) -> Document:
    """The object after a JSON patch. Raises AssertionError."""
    kind = {"Content-Type": "application/json-patch+json"}
    answer = testbed.api.patch(path, data=json.dumps(patch), headers=kind)
    assert answer.ok, answer.text
    document: Document = answer.json()
    return document
