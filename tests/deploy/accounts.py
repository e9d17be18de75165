"""Makes the shipped accounts on a real cluster, with exactly the shipped roles.

Why: what a journey shows under other rights says nothing about what is shipped.
Never here: what the accounts do.
"""

from pathlib import Path

import yaml

from tests.deploy.roles import DEPLOY
from tests.testbed.api import Document
from tests.testbed.cluster import Testbed

HOME = "rollctl"
RBAC = "/apis/rbac.authorization.k8s.io/v1"


def shipped(testbed: Testbed, variant: str, namespace: str = "", account: str = HOME) -> Path:
    """The kubeconfig of an account that is given the shipped role of this variant: a folder of
    deploy/kustomize/rbac. A Role is made in `namespace`."""
    testbed.create_namespace(HOME)
    path = testbed.control_plane.kubeconfig_for(account, HOME)
    file = DEPLOY / "kustomize" / "rbac" / variant / "rbac.yaml"
    for document in yaml.safe_load_all(file.read_text()):
        grant(testbed, renamed(document, account), namespace)
    return path


def grant(testbed: Testbed, document: Document, namespace: str) -> None:
    """Makes a role or a binding."""
    scope = f"/namespaces/{namespace}" if namespace else ""
    path = f"{RBAC}{scope}/{document['kind'].lower()}s"
    testbed.api.create(path, document, exists_is_fine=True)


def renamed(document: Document, account: str) -> Document:
    """The same document for another account, so that several variants can be on one cluster. What
    follows the account's name in the names stays, so that one account can have several roles."""
    name = document["metadata"]["name"].replace(HOME, account, 1)
    changed = {**document, "metadata": {"name": name}}
    if "roleRef" in document:
        changed["roleRef"] = {**document["roleRef"], "name": name}
        changed["subjects"] = [{**one, "name": account} for one in document["subjects"]]
    return changed
