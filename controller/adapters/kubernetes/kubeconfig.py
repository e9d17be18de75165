"""The usual kubeconfig, read without the official client.

Why: importing that client takes a second, which a person who only wants to look would wait
for; whatever is unusual (exec plug-ins, proxies) is left to it.
Never here: requests.
"""

import base64
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
import yaml

UNUSUAL = frozenset({"exec", "auth-provider", "username", "password", "as", "as-groups"})
PROXIES = frozenset({"https_proxy", "http_proxy", "all_proxy"})
DEFAULT_NAMESPACE = "default"
POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

Json = dict[str, Any]


class UnusualError(Exception):
    """This kubeconfig needs the official client."""


@dataclass(frozen=True, slots=True)
class LeanCredentials:
    """Where the API server is and who asks."""

    host: str
    pool: urllib3.PoolManager
    token: str
    namespace: str

    def headers(self) -> dict[str, str]:
        """Who asks."""
        token = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return {"User-Agent": "rollctl", **token}


def read_kubeconfig(path: str | None, context: str | None) -> LeanCredentials:
    """The credentials of a context. Raises UnusualError for what this reading does not know."""
    file = Path(path or _default_path())
    content = _content(file)
    chosen = _named(content, "contexts", context or content.get("current-context", ""))["context"]
    cluster = _named(content, "clusters", chosen.get("cluster", ""))["cluster"]
    user = _named(content, "users", chosen.get("user", ""))["user"] or {}
    if UNUSUAL & user.keys() or "proxy-url" in cluster or _is_proxied(str(cluster["server"])):
        raise UnusualError
    return LeanCredentials(
        host=str(cluster["server"]).rstrip("/"),
        pool=_pool(cluster, user, file.parent),
        token=_token(user, file.parent),
        namespace=chosen.get("namespace") or DEFAULT_NAMESPACE,
    )


def _is_proxied(server: str) -> bool:
    """Whether the environment names a proxy for this server."""
    if not PROXIES & {name.lower() for name in os.environ}:
        return False
    # Few have a proxy, and loading this takes a while.
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(server)
    named = bool({parts.scheme, "all"} & getproxies().keys())
    return named and not proxy_bypass(parts.hostname or "")


def in_cluster(path: str | None, context: str | None) -> bool:
    """Whether the credentials are those of the pod that we run in."""
    return path is None and context is None and "KUBERNETES_SERVICE_HOST" in os.environ


def namespace_of(path: str | None, context: str | None) -> str:
    """The namespace that the official client's credentials go with: the pod's own in a
    cluster, else the context's. Of several kubeconfigs the first that tells of a thing wins, as
    for kubectl."""
    if in_cluster(path, context):
        return POD_NAMESPACE.read_text().strip() if POD_NAMESPACE.exists() else DEFAULT_NAMESPACE
    contents = [_content(file) for file in _files(path) if file.is_file()]
    current = (content.get("current-context") for content in contents)
    wanted = context or next(filter(None, current), "")
    contexts = [one for content in contents for one in content.get("contexts") or ()]
    merged = {"contexts": contexts}
    return _named(merged, "contexts", wanted)["context"].get("namespace") or DEFAULT_NAMESPACE


def _files(path: str | None) -> list[Path]:
    named = path or os.environ.get("KUBECONFIG") or _default_path()
    return [Path(part) for part in named.split(os.pathsep) if part]


def _default_path() -> str:
    named = os.environ.get("KUBECONFIG", "")
    if os.pathsep in named:
        raise UnusualError
    return named or str(Path.home() / ".kube" / "config")


def _content(file: Path) -> Json:
    try:
        content = yaml.load(file.read_bytes(), Loader=_loader())  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError) as error:
        raise UnusualError from error
    if not isinstance(content, dict):
        raise UnusualError
    return content


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _named(content: Json, kind: str, name: str) -> Json:
    found = next((one for one in content.get(kind) or () if one.get("name") == name), None)
    if found is None:
        raise UnusualError
    return dict(found)


def _token(user: Json, folder: Path) -> str:
    if "tokenFile" in user:
        return (folder / str(user["tokenFile"])).read_text().strip()
    return str(user.get("token", ""))


def _pool(cluster: Json, user: Json, folder: Path) -> urllib3.PoolManager:
    authority = _bytes(cluster, "certificate-authority", folder).decode() or None
    context = ssl.create_default_context(cadata=authority)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = (_bytes(user, f"client-{part}", folder) for part in ("certificate", "key"))
    if certificate and key:
        _load(context, certificate + b"\n" + key)
    name = cluster.get("tls-server-name")
    return urllib3.PoolManager(ssl_context=context, server_hostname=name, assert_hostname=name)


def _bytes(entry: Json, name: str, folder: Path) -> bytes:
    if f"{name}-data" in entry:
        return base64.b64decode(entry[f"{name}-data"])
    return (folder / entry[name]).read_bytes() if name in entry else b""


def _load(context: ssl.SSLContext, pair: bytes) -> None:
    """The ssl module only takes files, so the pair is in one for a moment, for us alone."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(pair)
        file.flush()
        context.load_cert_chain(file.name)
