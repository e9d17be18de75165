"""What is told when one permission of the shipped role is missing, on a real API server."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from controller.adapters.kubernetes import watcher as watching
from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.permissions import PERMISSIONS
from controller.adapters.kubernetes.watcher import KubernetesWatcher
from controller.adapters.kubernetes.writer import KubernetesWriter
from controller.engine.change import Change, Restore
from controller.ports.access import Permission
from controller.ports.platform import PlatformError
from policies.model import RollbackScope
from tests.controller.kubernetes.cluster import lent, platform_in
from tests.controller.kubernetes.test_real import grant
from tests.controller.platform_contract import Platform, change_of
from tests.testbed.api import Document
from tests.testbed.cluster import Testbed

pytestmark = pytest.mark.real

SOON_SECONDS = 30.0


@dataclass(frozen=True)
class Situation:
    """A released workload as an administrator sees it, and the service without a permission."""

    change: Callable[[RollbackScope], Change]
    watcher: KubernetesWatcher
    writer: KubernetesWriter

    def told(self, missing: Permission) -> str:
        """The words that the service has for what it may not do."""
        if missing.verb == "watch":
            return self._trouble()
        try:
            self._act(missing)
        except PlatformError as error:
            return str(error)
        return ""

    def _trouble(self) -> str:
        self.watcher.start()
        deadline = time.monotonic() + SOON_SECONDS
        while not (told := self.watcher.trouble()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return told

    def _act(self, missing: Permission) -> None:
        if missing.verb == "list":
            self.watcher.start()
        elif missing.verb == "create":
            self.writer.announce(self.change(RollbackScope.TEMPLATE))
        else:
            # Only images are put back on the Deployment as it is read; a whole template is its
            # ReplicaSet's.
            by_image = missing.rule == ("apps", "deployments", "get")
            scope = RollbackScope.IMAGE if by_image else RollbackScope.TEMPLATE
            self.writer.apply(self.change(scope))


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Testbed:
    """The session's testbed."""
    return lent(request)


@pytest.fixture
def platform(cluster: Testbed, namespace: str) -> Iterator[Platform]:
    """The administrator's view."""
    with platform_in(cluster, namespace) as platform:
        yield platform


def rule(permission: Permission) -> Document:
    """One rule of a role."""
    return {
        "apiGroups": [permission.group],
        "resources": [permission.resource],
        "verbs": [permission.verb],
    }


@contextmanager
def without(
    missing: Permission, cluster: Testbed, platform: Platform, namespace: str
) -> Iterator[Situation]:
    """A service with all permissions but one."""
    others = [rule(one) for one in PERMISSIONS if one != missing]
    account = f"no-{missing.verb}-{missing.resource}"
    link = Connection(find_credentials(grant(cluster, namespace, account, others), None))
    seen = platform.made()
    target = seen.current_revision()
    assert target is not None
    released = platform.released(seen)

    def change(scope: RollbackScope) -> Change:
        return change_of(released, restore=Restore(target.name, scope, target.images))

    watcher = KubernetesWatcher(link, (namespace,))
    yield Situation(change, watcher, KubernetesWriter(link, "tests"))
    watcher.stop()


@pytest.mark.parametrize("missing", PERMISSIONS, ids=str)
def test_a_missing_permission_is_named(
    cluster: Testbed,
    platform: Platform,
    namespace: str,
    missing: Permission,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without any one permission the service says which rule its role lacks, and what for."""
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0.0)
    with without(missing, cluster, platform, namespace) as situation:
        told = situation.told(missing)
        sys.stdout.write(f"{missing!s:28} {told}\n")
        what = f"{missing.resource}.{missing.group}" if missing.group else missing.resource
        assert f"cannot {missing.verb} {what} in the namespace" in told
        assert f"needs it {missing.why}: add {{{missing.as_rule()}}} to its role" in told
        assert "/apis/" not in told
