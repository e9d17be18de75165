"""The file that says how to reach Prometheus.

Why: passwords, certificates and tenants do not belong on a command line.
Never here: requests.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from controller.adapters.prometheus.settings import (
    BasicAuth,
    ClientCertificate,
    PrometheusSettings,
)
from controller.openmetrics.labels import PodLabels

KNOWN = {
    "url": "the address",
    "bearerTokenFile": "a file with a bearer token",
    "basicAuth": "{user, passwordFile}",
    "headers": "name: value, sent with every query",
    "caFile": "a file with the authority to trust",
    "clientCertificate": "{certificateFile, keyFile}",
    "insecure": "true trusts every certificate",
    "podLabel": "the label that names the pod",
    "namespaceLabel": "the label that names the namespace",
    "timeoutSeconds": "of one query",
}


def read_settings(file: Path | None, url: str | None) -> PrometheusSettings:
    """The settings of the file, the address replaced by `url` where given. Raises ValueError
    with the file and the key that is wrong."""
    content = _content(file) if file is not None else {}
    unknown = sorted(content.keys() - KNOWN.keys())
    if unknown:
        known = ", ".join(KNOWN)
        raise ValueError(f"{file}: unknown key {', '.join(unknown)}; known are {known}")
    try:
        return _settings(content, url)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: {error} is missing or of the wrong form") from error


def _content(file: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{file}: {error}") from error
    if not isinstance(content, dict):
        message = f"{file}: write keys and values, as in url: http://prometheus:9090"
        raise ValueError(message)  # noqa: TRY004 - what a file holds is a value to us
    return content


def _settings(content: Mapping[str, Any], url: str | None) -> PrometheusSettings:
    basic, pair = content.get("basicAuth"), content.get("clientCertificate")
    return PrometheusSettings(
        url=url or str(content["url"]),
        bearer_token_file=_path(content.get("bearerTokenFile")),
        basic_auth=BasicAuth(basic["user"], Path(basic["passwordFile"])) if basic else None,
        headers={str(name): str(value) for name, value in content.get("headers", {}).items()},
        ca_file=_path(content.get("caFile")),
        client_certificate=ClientCertificate(Path(pair["certificateFile"]), Path(pair["keyFile"]))
        if pair
        else None,
        insecure=content.get("insecure", False) is True,
        pod_labels=_labels(content),
        timeout_seconds=float(content.get("timeoutSeconds", 10.0)),
    )


def _path(value: str | None) -> Path | None:
    return Path(value) if value is not None else None


def _labels(content: Mapping[str, Any]) -> PodLabels:
    default = PodLabels()
    return PodLabels(
        namespace=content.get("namespaceLabel", default.namespace),
        pod=content.get("podLabel", default.pod),
    )
