"""The lean reading takes usual kubeconfigs only, and sends what they say."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.adapters.kubernetes.kubeconfig import UnusualError, read_kubeconfig
from controller.adapters.kubernetes.lister import open_credentials
from controller.ports.platform import Refused

URL = "http://127.0.0.1:8001"


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own counts."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def written(folder: Path, user: dict[str, Any], **cluster: Any) -> str:
    """A kubeconfig of one user on one cluster."""
    path = folder / "config"
    content = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": URL, **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(yaml.safe_dump(content))
    return str(path)


def headers(path: str | None, context: str | None = None) -> dict[str, str]:
    """What the lean reading would send."""
    return read_kubeconfig(path, context).headers()


def test_a_token_is_read(tmp_path: Path) -> None:
    """As text, or from the file it names, relative to the kubeconfig."""
    path = written(tmp_path, {"token": "t1"})
    assert read_kubeconfig(path, None).host == URL
    assert headers(path)["Authorization"] == "Bearer t1"
    (tmp_path / "token").write_text("t2\n")
    assert headers(written(tmp_path, {"tokenFile": "token"}))["Authorization"] == "Bearer t2"


@pytest.mark.parametrize(
    ("user", "cluster"),
    [
        ({"exec": {"command": "aws"}}, {}),
        ({"auth-provider": {"name": "oidc"}}, {}),
        ({"token": "t", "as": "somebody"}, {}),
        ({"username": "u", "password": "p"}, {}),
        ({"token": "t"}, {"proxy-url": "http://proxy"}),
    ],
)
def test_what_is_unusual_is_left_to_the_loader(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any]
) -> None:
    """No entry that is not understood is passed over."""
    with pytest.raises(UnusualError):
        read_kubeconfig(written(tmp_path, user, **cluster), None)


def test_several_files_are_left_to_the_loader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is a context that is not there."""
    path = written(tmp_path, {"token": "t"})
    with pytest.raises(UnusualError):
        read_kubeconfig(path, "elsewhere")
    monkeypatch.setenv("KUBECONFIG", f"{path}:{path}")
    with pytest.raises(UnusualError):
        read_kubeconfig(None, None)
    monkeypatch.setenv("KUBECONFIG", path)
    assert headers(None)["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    "text",
    [
        *("", "[", "a: b", "\x00", "current-context: x\ncontexts: 3"),
        "current-context: x\ncontexts: [{name: x, context: 3}]",
        "current-context: x\ncontexts: [3]",
    ],
)
def test_a_broken_kubeconfig_is_refused(tmp_path: Path, text: str) -> None:
    """With one line that says what to do, never a traceback."""
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(Refused, match="--kubeconfig"):
        open_credentials(str(path), None)


def test_no_kubeconfig_at_all_is_refused(tmp_path: Path) -> None:
    """A file that is not there is said, with what to do."""
    with pytest.raises(Refused, match="--kubeconfig"):
        open_credentials(str(tmp_path / "none"), None)
