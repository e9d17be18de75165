"""A command acts in the namespace that kubectl would act in."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.adapters.kubernetes import kubeconfig
from controller.adapters.kubernetes.kubeconfig import UnusualError, namespace_of, read_kubeconfig
from controller.adapters.kubernetes.lister import open_credentials

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own counts."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "NO_PROXY", "no_proxy", *PROXIES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def written(file: Path, namespace: str, current: str = "here", **user: Any) -> str:
    """A kubeconfig with one context."""
    context = {"cluster": "c", "user": "u", "namespace": namespace}
    content = {
        "current-context": current,
        "contexts": [{"name": "here", "context": context}],
        "clusters": [{"name": "c", "cluster": {"server": "https://cluster.example:6443"}}],
        "users": [{"name": "u", "user": user or {"token": "t"}}],
    }
    file.write_text(yaml.safe_dump(content))
    return str(file)


def test_an_exec_user_keeps_the_contexts_namespace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lean reading cannot log in with still names the namespace."""
    path = written(tmp_path / "config", "shop", exec={"command": "aws"})
    found = "controller.adapters.kubernetes.client_credentials.find_credentials"
    monkeypatch.setattr(found, lambda *_: "credentials")
    assert open_credentials(path, None)[1] == "shop"


def test_the_first_of_several_kubeconfigs_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two files that both know a context the first is believed, one that is gone is not missed."""
    first, second = written(tmp_path / "a", "shop"), written(tmp_path / "b", "bank")
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path / 'gone'}:{first}:{second}")
    assert namespace_of(None, None) == "shop"
    assert namespace_of(None, "here") == "shop"


def test_a_context_without_a_namespace_means_default(tmp_path: Path) -> None:
    """As for kubectl, also where it is written and empty."""
    path = written(tmp_path / "config", "")
    assert namespace_of(path, None) == "default"
    assert read_kubeconfig(path, None).namespace == "default"


def test_in_a_pod_it_is_the_pods_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials of the pod go with the namespace of the pod."""
    file = tmp_path / "namespace"
    file.write_text("ops")
    monkeypatch.setattr(kubeconfig, "POD_NAMESPACE", file)
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert namespace_of(None, None) == "ops"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_of_the_environment_is_left_to_the_official_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A cluster behind a proxy is not asked past it, one that is exempt is."""
    path = written(tmp_path / "config", "shop")
    monkeypatch.setenv(name, "http://proxy.example:3128")
    with pytest.raises(UnusualError):
        read_kubeconfig(path, None)
    monkeypatch.setenv("NO_PROXY", "cluster.example")
    assert read_kubeconfig(path, None).namespace == "shop"


def test_a_proxy_for_other_addresses_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy for plain HTTP is none for a cluster on HTTPS."""
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    assert read_kubeconfig(written(tmp_path / "config", "shop"), None).namespace == "shop"
