"""A registry that wants a login, and a workload that names the secret which has it."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from controller.adapters.registry.settings import HostSettings
from controller.ports.registry import Repository
from tests.controller.adapters.registry.images import push_image
from tests.controller.adapters.registry.servers import LOGIN, client, programs
from tests.journeys.conftest import GOOD
from tests.journeys.journey import Journey, policy, write
from tests.journeys.service import Rollctl
from tests.testbed.cluster import Testbed
from tests.testbed.registry import PASSWORD, distribution

ROLE = Path(__file__).parents[2] / "deploy" / "pull-secrets.yaml"
IMAGES = """\
  images: [{{repository: '{host}/shop/web', semver: ">=1.2 <2", autoUpdate: true}}]
"""


@pytest.fixture
def host() -> Iterator[str]:
    """A registry that lets in whoever has the password."""
    programs()
    with distribution(password=True) as started:
        yield started


def push(testbed: Testbed, host: str, tag: str) -> str:
    """Pushes an image, and returns how it is named by digest."""
    registry, repository = (
        client(host, HostSettings(plain_http=True), LOGIN),
        Repository(host, "shop/web"),
    )
    digest = push_image(registry, repository, tag, tag).digest
    registry.close()
    testbed.catalogue.publish(f"{repository}:{tag}@{digest}", GOOD)
    return f"{repository}:{tag}@{digest}"


def keep_login(journey: Journey, host: str) -> None:
    """As `kubectl create secret docker-registry` does, and names it in the template."""
    document = json.dumps({"auths": {host: {"auth": LOGIN.basic}}}).encode()
    journey.testbed.api.create(
        f"/api/v1/namespaces/{journey.namespace}/secrets",
        {
            "metadata": {"name": "registry-login"},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {".dockerconfigjson": base64.b64encode(document).decode()},
        },
    )
    spec = {"imagePullSecrets": [{"name": "registry-login"}]}
    change = {"spec": {"template": {"spec": spec}}}
    journey.testbed.patch_deployment(journey.namespace, "web", change)
    journey.testbed.wait_rolled_out(journey.namespace, "web")


def allow(journey: Journey) -> None:
    """Applies the optional role, in the workload's namespace."""
    paths = {"Role": "roles", "RoleBinding": "rolebindings"}
    for document in yaml.safe_load_all(ROLE.read_text()):
        document["metadata"]["namespace"] = journey.namespace
        group = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{journey.namespace}"
        journey.testbed.api.create(f"{group}/{paths[document['kind']]}", document)


def test_a_named_secret_opens_the_registry_once_it_may_be_read(
    journey: Journey, shipped_account: Path, tmp_path: Path, alone: None, host: str
) -> None:
    """With the shipped permissions alone status names the rule that is missing; with the optional
    role the next build is seen and rolled out, and the password is nowhere."""
    journey.deploy(push(journey.testbed, host, "1.2.0"))
    keep_login(journey, host)
    config = tmp_path / "registries.yaml"
    config.write_text(f"registries: [{{host: '{host}', plainHttp: true}}]\n")
    options = ("--registry-config", str(config), "--registry-interval", "5", "--pull-secrets")
    service = Rollctl(tmp_path, shipped_account, journey.testbed.prometheus.url, *options)
    write(service.policies, journey.namespace, policy(journey.namespace) + IMAGES.format(host=host))
    told = ("status", "deployment/web", "-n", journey.namespace)
    with service:
        newer = push(journey.testbed, host, "1.3.0")
        rule = f"needs get on secrets registry-login in namespace {journey.namespace}"
        journey.wait(lambda: rule in journey.rollctl(*told).stdout, "the rule was not named", 60)
        assert journey.acts() == []
        allow(journey)
        journey.wait(lambda: journey.image() == newer, "the push was not rolled out", 120)
        journey.wait(lambda: rule not in journey.rollctl(*told).stdout, "still said", 60)
    listing = ["images", "-f", str(service.policies), "-n", journey.namespace]
    listing += ["--registry-config", str(config)]
    assert journey.rollctl(*listing).returncode == 4, "a registry without a login"
    listed = journey.rollctl(*listing, "--pull-secrets", "-o", "name")
    assert newer in listed.stdout.split(), listed.stderr
    shown = service.log.read_text() + json.dumps(journey.deployment) + journey.rollctl(*told).stdout
    assert not [secret for secret in (PASSWORD, LOGIN.basic) if secret in shown]
