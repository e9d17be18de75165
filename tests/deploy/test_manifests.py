"""What is shipped, rendered and applied to a real API server under restricted Pod Security."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from controller.adapters.kubernetes.permissions import LEASE, PERMISSIONS, READING, REVIEWS
from controller.engine.sharding import leases_of
from policies.load import load_text
from tests.deploy.applying import (
    apply,
    apply_all,
    install_operator_crds,
    make_namespaces,
    restrict,
)
from tests.deploy.rendering import SHIPPED, Release, Rendered, container, lint, of_kind, template
from tests.deploy.roles import DEPLOY
from tests.testbed.api import ApiSession, Document
from tests.testbed.control_plane import ControlPlane
from tests.testbed.processes import wait_until

pytestmark = pytest.mark.real

SOON_SECONDS = 60.0
EVERY_SHIPPED = pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def api() -> Iterator[ApiSession]:
    """An API server for these alone: they own names that other tests have."""
    with ControlPlane() as control_plane, control_plane.admin_session() as session:
        install_operator_crds(session)
        yield session


@EVERY_SHIPPED
def test_the_api_server_takes_it(api: ApiSession, shipped: Rendered) -> None:
    """Applied by the server, as a dry run and for real, without an unknown field or a warning;
    the pods are let into a namespace that enforces the restricted standard."""
    documents = shipped.render()
    make_namespaces(api, documents)
    (deployment,) = of_kind(documents, "Deployment")
    namespace = deployment["metadata"]["namespace"]
    restrict(api, namespace)
    apply_all(api, documents, dry_run=True)
    apply_all(api, documents, dry_run=False)
    template = deployment["spec"]["template"]
    wait_until(
        lambda: _pod_like(api, namespace, template),
        SOON_SECONDS,
        lambda: f"no pod was let in: {_events(api, namespace)}",
    )


def _pod_like(api: ApiSession, namespace: str, template: Document) -> bool:
    """Whether there is a pod with just these containers' images and arguments."""
    wanted = [(one["image"], one.get("args")) for one in template["spec"]["containers"]]
    pods = api.read(f"/api/v1/namespaces/{namespace}/pods")["items"]
    return any(
        [(one["image"], one.get("args")) for one in pod["spec"]["containers"]] == wanted
        for pod in pods
    )


def _events(api: ApiSession, namespace: str) -> list[str]:
    found = api.read(f"/api/v1/namespaces/{namespace}/events")["items"]
    return [one.get("message", "") for one in found if one.get("type") == "Warning"]


def test_restricted_is_enforced_there(api: ApiSession) -> None:
    """The same container with one right more is refused in that namespace, so that its being
    let in says something."""
    documents = next(one for one in SHIPPED if one.name == "standalone").render()
    make_namespaces(api, documents)
    restrict(api, "rollctl")
    (deployment,) = of_kind(documents, "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "too-much", "namespace": "rollctl"},
        "spec": {**spec, "serviceAccountName": "default"},
    }
    answer = apply(api, pod, dry_run=True)
    assert answer.status_code == 403
    assert "allowPrivilegeEscalation" in answer.text


@EVERY_SHIPPED
def test_it_runs_with_as_little_as_it_can(shipped: Rendered) -> None:
    """Not root, nothing writable but named volumes, no capability, bounded memory, and a token
    only where it is used."""
    documents = shipped.render()
    one = container(documents)
    security = one["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in one["resources"]["limits"]
    for account in of_kind(documents, "ServiceAccount"):
        assert account["metadata"]["name"] == "prometheus" or (
            account["automountServiceAccountToken"] is False
        )


@EVERY_SHIPPED
def test_its_role_is_the_generated_one(shipped: Rendered) -> None:
    """Every rendering grants the listed permissions and no more, one for a dry run those that
    read, to the account that its pod runs under."""
    documents = shipped.render()
    dry = "--dry-run" in container(documents)["args"]
    wanted = {one.rule for one in (READING if dry else PERMISSIONS)}
    roles = governing(documents)
    assert [_granted(role) for role in roles] == [wanted] * len(roles)
    assert roles
    (deployment,) = of_kind(documents, "Deployment")
    runs_as = (
        deployment["spec"]["template"]["spec"]["serviceAccountName"],
        deployment["metadata"]["namespace"],
    )
    bindings = of_kind(documents, "ClusterRoleBinding") + of_kind(documents, "RoleBinding")
    subjects = [(one["name"], one["namespace"]) for b in bindings for one in b["subjects"]]
    assert set(subjects) == {runs_as}
    serves = "--status-api" in container(documents)["args"]
    assert len(subjects) == len(roles) + (not dry) + serves


def governing(documents: list[Document]) -> list[Document]:
    """The roles by which workloads are governed: neither that of leader election nor the status API's."""
    roles = of_kind(documents, "ClusterRole") + of_kind(documents, "Role")
    others = ("-lease", "-status-api")
    return [role for role in roles if not role["metadata"]["name"].endswith(others)]


def named(documents: list[Document], kind: str, ending: str) -> list[Document]:
    """The objects of a kind whose names end so."""
    return [one for one in of_kind(documents, kind) if one["metadata"]["name"].endswith(ending)]


@EVERY_SHIPPED
def test_reviews_are_allowed_only_where_the_status_api_is_on(shipped: Rendered) -> None:
    """Its role is there with it and only with it, allows just what it asks, and where it is there,
    there is TLS for the tokens that are sent."""
    documents = shipped.render()
    arguments = container(documents)["args"]
    roles = named(documents, "ClusterRole", "-status-api")
    if "--status-api" not in arguments:
        assert roles == []
        return
    assert [_granted(role) for role in roles] == [{one.rule for one in REVIEWS}]
    assert any(one.startswith("--tls-cert-file=") for one in arguments)


@EVERY_SHIPPED
def test_over_tls_everybody_who_asks_speaks_it(shipped: Rendered) -> None:
    """Where the port has a certificate its files are mounted, read-only, and probes and Prometheus ask
    by https, with its authority; elsewhere nobody does."""
    documents = shipped.render()
    one = container(documents)
    options = dict(arg.partition("=")[::2] for arg in one["args"])
    secure = "--tls-cert-file" in options
    probes = [told["httpGet"] for name, told in one.items() if name.endswith("Probe")]
    assert probes
    assert {probe.get("scheme", "HTTP") for probe in probes} == {"HTTPS" if secure else "HTTP"}
    monitors = of_kind(documents, "ServiceMonitor") + of_kind(documents, "PodMonitor")
    ends = [end for one in monitors for end in _endpoints(one["spec"])]
    assert all((end.get("scheme") == "https") is secure for end in ends)
    assert all(("ca" in end.get("tlsConfig", {})) is secure for end in ends)
    if secure:
        mounts = {mount["mountPath"]: mount for mount in one["volumeMounts"]}
        folder, _, name = options["--tls-cert-file"].rpartition("/")
        assert mounts[folder]["readOnly"] is True
        assert (name, options["--tls-key-file"]) == ("tls.crt", f"{folder}/tls.key")


def _endpoints(spec: Document) -> list[Document]:
    found: list[Document] = spec.get("endpoints") or spec["podMetricsEndpoints"]
    return found


@EVERY_SHIPPED
def test_who_may_write_may_lead(shipped: Rendered) -> None:
    """Where rollctl writes, it may keep the leases of the name and shards that it is told, in its own
    namespace, and no others; a dry run may not."""
    documents = shipped.render()
    (deployment,) = of_kind(documents, "Deployment")
    arguments = container(documents)["args"]
    roles = named(documents, "Role", "-lease")
    if "--dry-run" in arguments:
        assert roles == []
        return
    (role,) = roles
    assert role["metadata"]["namespace"] == deployment["metadata"]["namespace"]
    assert _granted(role) == {one.rule for one in LEASE}
    told = dict(arg.partition("=")[::2] for arg in arguments)
    name, shards = told.get("--lease-name", "rollctl"), int(told.get("--shards", "1"))
    several = [one for pair in leases_of(name, shards) for one in pair] if shards > 1 else []
    wanted = [name, *several]
    reading = next(rule for rule in role["rules"] if "patch" in rule["verbs"])
    assert sorted(reading["resourceNames"]) == sorted(wanted)


def _granted(role: Document) -> set[tuple[str, str, str]]:
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_roles_are_where_the_controller_looks() -> None:
    """With namespaces named, each has its Role and the controller watches just these."""
    documents = next(one for one in SHIPPED if one.name == "chart-full").render()
    watched = {
        arg.partition("=")[2]
        for arg in container(documents)["args"]
        if arg.startswith("--namespace=")
    }
    roles = governing(documents)
    assert {role["kind"] for role in roles} == {"Role"}
    assert watched == {role["metadata"]["namespace"] for role in roles}


@EVERY_SHIPPED
def test_it_governs_nothing_of_its_own_accord(shipped: Rendered) -> None:
    """No rendering brings a policy that nobody has asked for, and those asked for are good."""
    texts = {
        name: text
        for document in of_kind(shipped.render(), "ConfigMap")
        for name, text in (document.get("data") or {}).items()
        if name.endswith(".yaml")
    }
    assert list(texts) == (["shop.yaml"] if shipped.name == "chart-full" else [])
    for name, text in texts.items():
        assert load_text(text, name).problems == ()


@pytest.mark.parametrize(
    "file", sorted((DEPLOY / "examples").glob("*.yaml")), ids=lambda file: file.name
)
def test_examples_load(file: Path) -> None:
    """Every shipped example is a good policy."""
    assert load_text(file.read_text(), file.name).problems == ()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--set", "replicas=-1"), "replicas"),
        (("--set", "image.digest=latest"), "digest"),
        (("--set", "imagee.tag=1"), "imagee"),
        (("--set", "prometheus.url=prometheus:9090"), "url"),
        (("--set", "prometheus.url=http://user:pass@prometheus:9090"), "url"),
        (("--set", "namespaces={Shop}"), "namespaces"),
        (("--set", "policies.shop=x"), "shop"),
        (("--set", "logFormat=xml"), "logFormat"),
        (("--set", "registry.intervalSeconds=1"), "intervalSeconds"),
        (("--set", "statusApi.enabled=true"), "/tls/secret"),
        (("--set", "tls.secret=Upper"), "secret"),
    ],
)
def test_wrong_values_are_refused(options: tuple[str, ...], told: str) -> None:
    """A value that is misspelled or out of range is refused by name, before anything is
    rendered."""
    done = template(options)
    assert done.returncode != 0
    assert "values don't meet the specifications of the schema" in done.stderr
    assert told in done.stderr


@pytest.mark.parametrize(
    "shipped", [s for s in SHIPPED if isinstance(s, Release)], ids=lambda s: s.name
)
def test_helm_finds_nothing_to_complain_of(shipped: Release) -> None:
    """The chart passes Helm's own strict lint, by default and with everything switched on."""
    done = lint(shipped.options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_value_is_in_the_schema() -> None:
    """The schema knows every value that the chart has, and no other."""
    chart = DEPLOY / "helm" / "rollctl"
    values = yaml.safe_load((chart / "values.yaml").read_text())
    schema = yaml.safe_load((chart / "values.schema.json").read_text())
    assert set(schema["properties"]) - {"global"} == set(values)
    for name, value in values.items():
        known = schema["properties"][name].get("properties")
        if known is not None:
            assert set(known) == set(value), name


def test_every_value_is_used() -> None:
    """No value of the chart is without effect."""
    chart = DEPLOY / "helm" / "rollctl"
    values = yaml.safe_load((chart / "values.yaml").read_text())
    used = " ".join(file.read_text() for file in (chart / "templates").iterdir())
    for name, value in values.items():
        leaves = [f"{name}.{inner}" for inner in value] if _is_table(name, value) else [name]
        for leaf in leaves:
            assert re.search(rf"\.Values\.{re.escape(leaf)}\b", used), leaf


def _is_table(name: str, value: object) -> bool:
    return isinstance(value, dict) and bool(value) and name != "resources"
