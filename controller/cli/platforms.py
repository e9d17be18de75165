"""Opens the platform that a command is about.

Why: a cluster and a local directory are one thing to every command.
Never here: what is asked of it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from controller.cli.ending import EXIT_USAGE, fail
from controller.ports.platform import Lister, Writer
from controller.ports.pull_secrets import PullSecrets

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
"""What Kubernetes calls a DNS subdomain, up to dots that stand alone."""
KINDS = frozenset({"deployment", "deployments", "deploy"})


@dataclass(frozen=True, slots=True)
class Where:
    """Which platform, and which part of it; no namespaces means all, no `secrets` that the platform
    keeps none."""

    lister: Lister
    writer: Writer
    namespaces: tuple[str, ...]
    secrets: PullSecrets | None = None

    @property
    def namespace(self) -> str:
        """The one namespace that a command about one workload means."""
        if len(self.namespaces) != 1:
            fail("name one namespace with -n", EXIT_USAGE)
        return self.namespaces[0]


def open_platform(
    local: Path | None,
    kubeconfig: str | None,
    context: str | None,
    namespace: str | None,
    *,
    every_namespace: bool = False,
) -> Where:
    """The platform asked for. Raises PlatformError."""
    if local is not None:
        return _local(local)
    from controller.adapters.kubernetes.connection import Connection
    from controller.adapters.kubernetes.lister import KubernetesLister, open_credentials
    from controller.adapters.kubernetes.pull_secrets import KubernetesPullSecrets
    from controller.adapters.kubernetes.writer import KubernetesWriter

    credentials, default = open_credentials(kubeconfig, context)
    connection = Connection(credentials)
    chosen = () if every_namespace else (namespace or default,)
    lister, writer = KubernetesLister(connection), KubernetesWriter(connection, "cli")
    return Where(lister, writer, chosen, KubernetesPullSecrets(connection))


def _local(directory: Path) -> Where:
    from controller.adapters.local.lister import LocalLister
    from controller.adapters.local.picture import NAMESPACE
    from controller.adapters.local.writer import LocalWriter

    if not directory.is_dir():
        fail(f"--local {directory}: no such directory", EXIT_USAGE)
    return Where(LocalLister(directory), LocalWriter(directory), (NAMESPACE,))


def name_of(target: str) -> str:
    """The name in TYPE/NAME; a name alone means a Deployment."""
    kind, slash, name = target.rpartition("/")
    if slash and kind.lower() not in KINDS:
        fail(f"{target}: rollctl knows Deployments; write deployment/NAME", EXIT_USAGE)
    if NAME.fullmatch(name) is None:
        fail(f"{target!r}: write TYPE/NAME, as in deployment/web", EXIT_USAGE)
    return name
