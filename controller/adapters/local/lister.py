"""One look at the local platform, for a command that ends at once.

Why: `rollctl status --local DIR` must work whether or not a supervisor runs.
Never here: watching.
"""

from collections.abc import Sequence
from pathlib import Path

from controller.adapters.local.picture import NAMESPACE, picture
from controller.adapters.local.state import LocalWorkload
from controller.adapters.local.store import Store
from controller.annotations import FINDINGS
from controller.ports.platform import Sighting, Vanished


class LocalLister:
    """The port Lister on one directory."""

    def __init__(self, directory: Path) -> None:
        self._store = Store(directory)

    def list(self, namespaces: Sequence[str], labels: str) -> Sequence[Sighting]:
        """All workloads; there is one namespace, and labels are equalities only."""
        if namespaces and NAMESPACE not in namespaces:
            return ()
        wanted = dict(pair.split("=", 1) for pair in labels.split(",") if "=" in pair)
        workloads = sorted(self._store.read().workloads.items())
        return tuple(_sighting(w) for _, w in workloads if wanted.items() <= w.labels.items())

    def one(self, namespace: str, name: str) -> Sighting:
        """One workload."""
        found = self._store.read().workloads.get(name)
        if found is None or namespace != NAMESPACE:
            raise Vanished(f"no workload {name} in namespace {namespace}")
        return _sighting(found)


def _sighting(local: LocalWorkload) -> Sighting:
    return Sighting(picture(local), local.annotations.get(FINDINGS, ""))
