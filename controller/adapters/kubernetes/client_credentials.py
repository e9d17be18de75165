"""Credentials as the official client finds them: in the cluster, or by kubeconfig.

Why: exec plug-ins, token rotation, proxies and TLS are its business.
Never here: requests. Importing this takes a second; commands that only look avoid it.
"""

import socket

import urllib3
from kubernetes import client, config
from kubernetes.utils.keepalive import tcp_keepalive_socket_options

from controller.adapters.kubernetes.answers import line
from controller.adapters.kubernetes.kubeconfig import in_cluster
from controller.ports.platform import Refused

POOL_SIZE = 16
# A watch may be silent for minutes; this tells within one that the other side is gone.
KEEP_ALIVE = tcp_keepalive_socket_options(idle=20, interval=10, count=3)
GIVE_UP_SECONDS = 5.0


class ClientCredentials:
    """The official client's pool and token; the token is asked for anew at each request. What the other
    side has not acknowledged after `give_up_seconds` is never sent again, where the kernel can do that."""

    def __init__(
        self, configuration: client.Configuration, give_up_seconds: float = GIVE_UP_SECONDS
    ) -> None:
        configuration.connection_pool_maxsize = POOL_SIZE
        configuration.socket_options = [*KEEP_ALIVE, *_giving_up(give_up_seconds)]
        self._configuration = configuration
        self._api = client.ApiClient(configuration)
        self.host: str = configuration.host.rstrip("/")
        self.pool: urllib3.PoolManager = self._api.rest_client.pool_manager

    def headers(self) -> dict[str, str]:
        """Who asks."""
        headers = dict(self._api.default_headers)
        token = self._configuration.auth_settings().get("BearerToken")
        if token and token["value"]:
            headers["Authorization"] = token["value"]
        return headers


def _giving_up(seconds: float) -> list[tuple[int, int, int]]:
    """Else a kernel goes on for a quarter of an hour, for a closed connection of a dead process too, and a
    write that was given up here is made when the network mends."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    return [] if option is None else [(socket.IPPROTO_TCP, option, round(seconds * 1e3))]


def find_credentials(
    kubeconfig: str | None, context: str | None, give_up_seconds: float = GIVE_UP_SECONDS
) -> ClientCredentials:
    """Those of the kubeconfig asked for, else of the pod we run in, else of the default
    kubeconfig. Raises Refused when there are none."""
    configuration = client.Configuration()
    try:
        if in_cluster(kubeconfig, context):
            config.load_incluster_config(client_configuration=configuration)
        else:
            config.load_kube_config(kubeconfig, context, client_configuration=configuration)
        return ClientCredentials(configuration, give_up_seconds)
    except Exception as error:  # the loader fails on a wrong file in any way that Python knows
        why = line(str(error))
        given = f" (--kubeconfig {kubeconfig})" if kubeconfig else "; name one by --kubeconfig"
        raise Refused(f"no way to reach a cluster: {why}{given}") from error
