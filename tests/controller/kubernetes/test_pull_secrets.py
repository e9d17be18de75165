"""Pull secrets of a real API server, with the rights that are documented and no others."""

import base64
import time
from pathlib import Path

import pytest
import yaml

from controller.adapters.kubernetes.client_credentials import find_credentials
from controller.adapters.kubernetes.connection import Connection
from controller.adapters.kubernetes.lister import KubernetesLister
from controller.adapters.kubernetes.pull_secrets import KubernetesPullSecrets
from controller.adapters.registry.docker_config import read_docker_config
from controller.ports.pull_secrets import PullSecretError
from controller.ports.registry import Repository
from tests.controller.kubernetes.cluster import connection, lent
from tests.controller.kubernetes.test_real import grant
from tests.testbed.api import Document
from tests.testbed.cluster import Testbed

pytestmark = pytest.mark.real

KNOWN_WITHIN_SECONDS = 20.0
"""An API server's authorizer learns of a role through a watch of its own."""

ROLE = Path(__file__).parents[3] / "deploy" / "pull-secrets.yaml"
AUTH = base64.b64encode(b"robot:hidden-word").decode()
AUTHS = f'{{"r.example": {{"auth": "{AUTH}"}}}}'.encode()
NEW = ("kubernetes.io/dockerconfigjson", ".dockerconfigjson", b'{"auths": ' + AUTHS + b"}")
OLD = ("kubernetes.io/dockercfg", ".dockercfg", AUTHS)


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Testbed:
    """The session's testbed."""
    return lent(request)


def keep(cluster: Testbed, namespace: str, name: str, secret: tuple[str, str, bytes]) -> None:
    """Makes a secret."""
    kind, key, content = secret
    data = {key: base64.b64encode(content).decode()}
    cluster.api.create(
        f"/api/v1/namespaces/{namespace}/secrets",
        {"metadata": {"name": name}, "type": kind, "data": data},
    )


def shipped_rules() -> list[Document]:
    """Those of the optional role."""
    role, _binding = yaml.safe_load_all(ROLE.read_text())
    rules: list[Document] = role["rules"]
    return rules


@pytest.mark.parametrize("secret", [NEW, OLD], ids=["new", "old"])
def test_the_documented_role_is_enough(
    cluster: Testbed, namespace: str, secret: tuple[str, str, bytes]
) -> None:
    """For the secret that it names, in either form that Kubernetes knows."""
    keep(cluster, namespace, "registry-login", secret)
    account = grant(cluster, namespace, "reader", shipped_rules())
    secrets = KubernetesPullSecrets(Connection(find_credentials(account, None)))
    found = read_docker_config(once_allowed(secrets, namespace, "registry-login"), "it")
    login = found.login(Repository("r.example", "shop/web"))
    assert login is not None
    assert (login.user, login.password) == ("robot", "hidden-word")


def once_allowed(secrets: KubernetesPullSecrets, namespace: str, name: str) -> bytes:
    """What is read as soon as the API server knows of a role that was just made."""
    deadline = time.monotonic() + KNOWN_WITHIN_SECONDS
    while True:
        try:
            return secrets.read(namespace, name)
        except PullSecretError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_no_other_secret_may_be_read_and_the_missing_rule_is_named(
    cluster: Testbed, namespace: str
) -> None:
    """What to allow, where; and nothing of it is read."""
    keep(cluster, namespace, "other", NEW)
    account = grant(cluster, namespace, "reader", shipped_rules())
    secrets = KubernetesPullSecrets(Connection(find_credentials(account, None)))
    with pytest.raises(PullSecretError) as caught:
        secrets.read(namespace, "other")
    told = str(caught.value)
    assert f"needs get on secrets other in namespace {namespace} (deploy/pull-secrets.yaml)" in told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("absent", "is not there"),
        ("opaque", "is no image-pull secret"),
        ("../pods", "cannot be the name of a secret"),
        ("a/../../x", "cannot be the name of a secret"),
    ],
)
def test_what_is_none_is_said_without_its_content(
    cluster: Testbed, namespace: str, name: str, told: str
) -> None:
    """A template may name anything, and no name leads elsewhere."""
    keep(cluster, namespace, "opaque", ("Opaque", ".dockerconfigjson", b"hidden-word"))
    secrets = KubernetesPullSecrets(connection(cluster))
    with pytest.raises(PullSecretError, match=told) as caught:
        secrets.read(namespace, name)
    assert "hidden-word" not in str(caught.value)
    assert AUTH not in str(caught.value)


def test_only_what_the_template_names_is_a_workloads(cluster: Testbed, namespace: str) -> None:
    """In its order; a workload that names none has none."""
    cluster.catalogue.publish("registry.example/pulled:v1")
    cluster.apply_deployment(namespace, "web", "registry.example/pulled:v1", replicas=0)
    lister = KubernetesLister(connection(cluster))
    assert lister.one(namespace, "web").workload.pull_secrets == ()
    named = [{"name": "b"}, {"name": "a"}]
    change = {"spec": {"template": {"spec": {"imagePullSecrets": named}}}}
    cluster.patch_deployment(namespace, "web", change)
    assert lister.one(namespace, "web").workload.pull_secrets == ("b", "a")
