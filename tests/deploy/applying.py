"""Applies objects to a real API server, as `kubectl apply --server-side` does.

Why: what an API server and its admission make of a manifest is known by asking them.
Never here: what is applied.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import requests
import yaml

from tests.testbed.api import ApiSession, Document
from tests.testbed.processes import wait_until

APPLY = "application/apply-patch+yaml"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
OPERATOR_CRDS = Path(__file__).parent / "crds"
SOON_SECONDS = 60.0


def apply(api: ApiSession, document: Document, *, dry_run: bool) -> requests.Response:
    """One object, every unknown field refused; a dry run goes through all of admission."""
    options = {"fieldManager": "tests", "force": "true", "fieldValidation": "Strict"}
    if dry_run:
        options["dryRun"] = "All"
    return api.patch(
        _path(api, document),
        params=options,
        data=json.dumps(document),
        headers={"Content-Type": APPLY},
    )


def apply_all(api: ApiSession, documents: Iterable[Document], *, dry_run: bool) -> None:
    """All of them; neither a refusal nor a warning is taken."""
    for document in documents:
        answer = apply(api, document, dry_run=dry_run)
        name = f"{document['kind']} {document['metadata']['name']}"
        assert answer.ok, f"{name}: {answer.text}"
        assert "Warning" not in answer.headers, f"{name}: {answer.headers['Warning']}"


def make_namespaces(api: ApiSession, documents: Iterable[Document]) -> None:
    """Every namespace that the objects are in."""
    for document in documents:
        namespace = document["metadata"].get("namespace")
        if namespace:
            api.create("/api/v1/namespaces", {"metadata": {"name": namespace}}, exists_is_fine=True)


def restrict(api: ApiSession, namespace: str) -> None:
    """Lets nothing into a namespace but what Pod Security calls restricted."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    api.merge(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": labels}})


def install_operator_crds(api: ApiSession) -> None:
    """Those of prometheus-operator, as it publishes them, so that its objects are checked."""
    for file in sorted(OPERATOR_CRDS.glob("*.yaml")):
        document = yaml.safe_load(file.read_text())
        api.create(CRDS, document, exists_is_fine=True)
    wait_until(lambda: _all_established(api), SOON_SECONDS, "a definition is not in use")


def _all_established(api: ApiSession) -> bool:
    return all(_established(one) for one in api.read(CRDS)["items"])


def _established(definition: Document) -> bool:
    conditions = definition.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _path(api: ApiSession, document: Document) -> str:
    version, metadata = document["apiVersion"], document["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    kinds = {one["kind"]: one for one in api.read(root)["resources"] if "/" not in one["name"]}
    kind = kinds[document["kind"]]
    scope = f"/namespaces/{metadata['namespace']}" if kind["namespaced"] else ""
    return f"{root}{scope}/{kind['name']}/{metadata['name']}"
