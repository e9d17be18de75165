"""A real Kubernetes control plane without nodes: etcd, API server, controllers, scheduler.

Why: rollouts, RBAC, watches and conflicts must be real; this needs neither root nor containers.
Never here: nodes and pods (hollow_node.py), or anything that rollctl's own code does.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
import yaml

from tests.testbed.api import ApiSession
from tests.testbed.binaries import Binaries, ensure_binaries
from tests.testbed.certificates import Authority, Pair
from tests.testbed.processes import (
    Process,
    TestbedError,
    free_ports,
    memory_folder,
    wait_until,
)

START_SECONDS = 90.0
TOKEN_SECONDS = 24 * 3600
AUDITED = "system:serviceaccounts:rollctl"
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    # The others' requests are thousands, and none of any test's business.
    "rules": [{"level": "Metadata", "userGroups": [AUDITED]}, {"level": "None"}],
}
# Watched by nothing in these tests, and each would keep caches and timers of its own.
UNUSED_CONTROLLERS = (
    "persistentvolume-attach-detach-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-expander-controller",
    "ephemeral-volume-controller",
    "certificatesigningrequest-approving-controller",
    "certificatesigningrequest-cleaner-controller",
)


@dataclass(frozen=True, slots=True)
class Audited:
    """One request as the API server's own log has it: what was asked and answered, by a client that
    called itself `agent`; `began` and `ended` are ISO times of the server's clock; `namespace` and `name`
    of the object are "" where there is none."""

    verb: str
    group: str
    resource: str
    code: int
    agent: str
    began: str
    ended: str
    namespace: str
    name: str


class ControlPlane:
    """One control plane on the loopback address; use it in a `with`."""

    def __init__(self, binaries: Binaries | None = None) -> None:
        self._binaries = binaries or ensure_binaries()
        self.directory = memory_folder("control-plane")
        self._processes: dict[str, Process] = {}
        self._etcd_port, self._peer_port, self._port = free_ports(3)

    @property
    def url(self) -> str:
        """Where the API server answers; the same after a restart."""
        return f"https://127.0.0.1:{self._port}"

    @property
    def store_url(self) -> str:
        """Where the API server's store answers, without asking who it is."""
        return f"http://127.0.0.1:{self._etcd_port}"

    @property
    def ca_file(self) -> Path:
        """The authority that signed the API server's certificate."""
        return self._authority.pair.certificate

    @property
    def kubeconfig(self) -> Path:
        """For an administrator, by client certificate."""
        return self.directory / "admin.kubeconfig"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends everything it started and removes its folder."""
        for name in reversed(self._processes):
            # Nothing here is worth a graceful end, and the API server's takes seconds.
            self._processes[name].kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def admin_session(self) -> ApiSession:
        """An HTTP session with an administrator's rights; one a thread."""
        return ApiSession(self.url, self.ca_file, certificate=self._admin)

    def kill_api_server(self) -> None:
        """Ends the API server as a crash would."""
        self._processes["kube-apiserver"].kill()

    def start_api_server(self) -> None:
        """Starts the API server, again or for the first time, and waits until it is ready."""
        self._launch(
            "kube-apiserver", [str(self._binaries.kube_apiserver), *self._api_server_flags()]
        )
        self._await_api_server()

    def kubeconfig_for(self, service_account: str, namespace: str) -> Path:
        """For a service account (made if missing), with a token that the API server issued."""
        token = self.token_for(service_account, namespace)
        path = self.directory / f"{namespace}-{service_account}.kubeconfig"
        return self._write_kubeconfig(path, {"token": token})

    def token_for(self, service_account: str, namespace: str) -> str:
        """A bearer token of a service account, which is made if missing."""
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        with self.admin_session() as api:
            api.create(accounts, {"metadata": {"name": service_account}}, exists_is_fine=True)
            wanted = {"spec": {"expirationSeconds": TOKEN_SECONDS}}
            answer = api.create(f"{accounts}/{service_account}/token", wanted)
        return str(answer["status"]["token"])

    def stop_controllers(self) -> None:
        """Ends controllers and scheduler for good: what is in the store then stays as it is."""
        for name in ("kube-controller-manager", "kube-scheduler"):
            self._processes.pop(name).kill()

    def audited(self, service_account: str) -> list[Audited]:
        """Every request that this account of the namespace rollctl has made."""
        user = f"system:serviceaccount:rollctl:{service_account}"
        lines = self._audit_log.read_text().splitlines() if self._audit_log.exists() else []
        # The last line may be half written.
        entries = [json.loads(line) for line in lines if line.endswith("}")]
        # A watch is told of when it begins and again when it ends.
        own = {one["auditID"]: one for one in entries if one["user"]["username"] == user}
        return [_audited(entry) for entry in own.values()]

    def log_tail(self, name: str) -> str:
        """The last lines of one component's log."""
        return self._processes[name].tail()

    def _start(self) -> None:
        self._prepare_identities()
        self._launch("etcd", [str(self._binaries.etcd), *self._etcd_flags()])
        self.start_api_server()
        self._launch_controllers()
        self._await_default_namespace()

    @property
    def _audit_log(self) -> Path:
        return self.directory / "audit.log"

    def _audit_flags(self) -> list[str]:
        policy = self.directory / "audit-policy.yaml"
        policy.write_text(yaml.safe_dump(AUDIT_POLICY))
        return [f"--audit-policy-file={policy}", f"--audit-log-path={self._audit_log}"]

    def _prepare_identities(self) -> None:
        self._authority = Authority(self.directory / "pki")
        self._server = self._authority.server()
        self._account_key = self._authority.signing_key()
        self._admin = self._authority.client("rollctl-testbed-admin", "system:masters")
        self._write_kubeconfig(self.kubeconfig, _by_certificate(self._admin))
        for name in ("kube-controller-manager", "kube-scheduler"):
            pair = self._authority.client(f"system:{name}")
            self._write_kubeconfig(self._component_kubeconfig(name), _by_certificate(pair))

    def _component_kubeconfig(self, name: str) -> Path:
        return self.directory / f"{name}.kubeconfig"

    def _write_kubeconfig(self, path: Path, user: dict[str, str]) -> Path:
        name = "rollctl-testbed"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {"server": self.url, "certificate-authority": str(self.ca_file)},
                }
            ],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        path.write_text(yaml.safe_dump(content))
        path.chmod(0o600)
        return path

    def _launch(self, name: str, command: list[str]) -> None:
        self._processes[name] = Process(name, command, self.directory / f"{name}.log")

    def _etcd_flags(self) -> list[str]:
        client, peer = (f"http://127.0.0.1:{port}" for port in (self._etcd_port, self._peer_port))
        return [
            f"--data-dir={self.directory / 'etcd'}",
            "--unsafe-no-fsync",
            "--log-level=warn",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        ]

    def _api_server_flags(self) -> list[str]:
        return [
            f"--etcd-servers=http://127.0.0.1:{self._etcd_port}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            f"--secure-port={self._port}",
            f"--tls-cert-file={self._server.certificate}",
            f"--tls-private-key-file={self._server.key}",
            f"--client-ca-file={self.ca_file}",
            *self._audit_flags(),
            "--authorization-mode=Node,RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self._account_key}",
            f"--service-account-signing-key-file={self._account_key}",
        ]

    def _launch_controllers(self) -> None:
        switched_off = ",".join(f"-{name}" for name in UNUSED_CONTROLLERS)
        extra = {
            "kube-controller-manager": [
                f"--controllers=*,{switched_off}",
                f"--root-ca-file={self.ca_file}",
                f"--service-account-private-key-file={self._account_key}",
                "--use-service-account-credentials",
                "--kube-api-qps=200",
                "--kube-api-burst=400",
            ],
            "kube-scheduler": [],
        }
        programs = {
            "kube-controller-manager": self._binaries.kube_controller_manager,
            "kube-scheduler": self._binaries.kube_scheduler,
        }
        for name, flags in extra.items():
            shared = [
                f"--kubeconfig={self._component_kubeconfig(name)}",
                "--leader-elect=false",
                "--secure-port=0",
            ]
            self._launch(name, [str(programs[name]), *shared, *flags])

    def _await_api_server(self) -> None:
        with self.admin_session() as api:
            wait_until(
                lambda: self._is_ready(api), START_SECONDS, lambda: self._unready("kube-apiserver")
            )

    def _is_ready(self, api: ApiSession) -> bool:
        self._check_alive()
        try:
            return api.get("/readyz", timeout=5).ok
        except requests.RequestException:
            return False

    def _await_default_namespace(self) -> None:
        # Its service account is the controllers' first work, and pods are refused without it.
        path = "/api/v1/namespaces/default/serviceaccounts/default"
        with self.admin_session() as api:
            wait_until(
                lambda: self._controllers_work(api, path),
                START_SECONDS,
                lambda: self._unready("kube-controller-manager"),
            )

    def _controllers_work(self, api: ApiSession, path: str) -> bool:
        self._check_alive()
        return api.get(path).ok

    def _check_alive(self) -> None:
        for name, process in self._processes.items():
            if process.exit_code is not None:
                raise TestbedError(
                    f"{name} ended with {process.exit_code}; its log says:\n{process.tail()}"
                )

    def _unready(self, name: str) -> str:
        return f"{name} is not ready; its log says:\n{self.log_tail(name)}"


def _audited(entry: dict[str, Any]) -> Audited:
    what, status = entry.get("objectRef") or {}, entry.get("responseStatus") or {}
    return Audited(
        entry["verb"],
        what.get("apiGroup", ""),
        what.get("resource", entry["requestURI"]),
        status.get("code", 0),
        entry.get("userAgent", ""),
        entry["requestReceivedTimestamp"],
        entry["stageTimestamp"],
        what.get("namespace", ""),
        what.get("name", ""),
    )


def _by_certificate(pair: Pair) -> dict[str, str]:
    return {"client-certificate": str(pair.certificate), "client-key": str(pair.key)}
