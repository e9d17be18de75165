"""Credentials as the official client finds them: in the cluster, or by kubeconfig.

Why: exec plug-ins, token rotation, proxies and TLS are its business.
Never here: requests. Importing this takes a second; commands that only look avoid it.
"""

import os

import urllib3
from kubernetes import client, config
from kubernetes.config.config_exception import ConfigException

from controller.ports.platform import Refused

POOL_SIZE = 16


class ClientCredentials:
    """The official client's pool and token; the token is asked for anew at each request."""

    def __init__(self, configuration: client.Configuration) -> None:
        configuration.connection_pool_maxsize = POOL_SIZE
        self._configuration = configuration
        self._api = client.ApiClient(configuration)
        self.host: str = configuration.host.rstrip("/")
        self.pool: urllib3.PoolManager = self._api.rest_client.pool_manager

    def headers(self) -> dict[str, str]:
        """Who asks."""
        headers = {"User-Agent": "rollctl", **self._api.default_headers}
        token = self._configuration.auth_settings().get("BearerToken")
        if token and token["value"]:
            headers["Authorization"] = token["value"]
        return headers


def find_credentials(kubeconfig: str | None, context: str | None) -> ClientCredentials:
    """Those of the kubeconfig asked for, else of the pod we run in, else of the default
    kubeconfig. Raises Refused when there are none."""
    configuration = client.Configuration()
    try:
        if kubeconfig is None and context is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(kubeconfig, context, client_configuration=configuration)
    except (ConfigException, OSError) as error:
        raise Refused(f"no way to reach a cluster: {error}; name one by --kubeconfig") from error
    return ClientCredentials(configuration)
