"""Throw-away keys and certificates for one control plane, by the openssl program.

Why: RBAC and service account tokens are only real over TLS with real identities.
Never here: anything that outlives the test run, or a Python package for it.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.processes import TestbedError

DAYS = "2"
SERVER_NAMES = (
    "IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc"
)


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: Path
    key: Path


class Authority:
    """One certificate authority, trusted by this control plane alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.pair = self._issue(
            "ca", "/CN=rollctl-testbed", ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
        )

    def server(self) -> Pair:
        """For the API server on the loopback address."""
        return self._signed(
            "server", "/CN=kube-apiserver", f"subjectAltName={SERVER_NAMES}", "serverAuth"
        )

    def client(self, name: str, group: str = "") -> Pair:
        """For one user, and the group that RBAC knows it by."""
        subject = f"/O={group}/CN={name}" if group else f"/CN={name}"
        return self._signed(
            name.replace(":", "-"), subject, "subjectAltName=DNS:client", "clientAuth"
        )

    def signing_key(self) -> Path:
        """A key that signs service account tokens."""
        path = self._folder / "service-accounts.key"
        _openssl(
            "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(path)
        )
        return path

    def _signed(self, name: str, subject: str, names: str, usage: str) -> Pair:
        authority = ["-CA", str(self.pair.certificate), "-CAkey", str(self.pair.key)]
        facts = ["basicConstraints=critical,CA:FALSE", f"extendedKeyUsage={usage}", names]
        return self._issue(
            name, subject, authority + [word for fact in facts for word in ("-addext", fact)]
        )

    def _issue(self, name: str, subject: str, options: list[str]) -> Pair:
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        key = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-noenc",
            "-keyout",
            str(pair.key),
        ]
        _openssl(
            "req",
            "-x509",
            *key,
            "-days",
            DAYS,
            "-subj",
            subject,
            "-out",
            str(pair.certificate),
            *options,
        )
        return pair


def _openssl(*arguments: str) -> None:
    try:
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise TestbedError(
            "the openssl program (3.0 or newer) is needed to make certificates"
        ) from error
    if done.returncode != 0:
        raise TestbedError(f"openssl {arguments[0]} failed: {done.stderr[-1000:]}")
