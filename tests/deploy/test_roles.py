"""The shipped roles are what the code asks for."""

import pytest
import yaml

from controller.adapters.kubernetes.permissions import PERMISSIONS, READING, REVIEWS, permission_for
from tests.deploy.roles import DEPLOY

LISTED = {one.rule for one in PERMISSIONS}


def granted(variant: str) -> set[tuple[str, str, str]]:
    """What the rules of a shipped role allow, as Kubernetes reads them."""
    file = DEPLOY / "kustomize" / "rbac" / variant / "rbac.yaml"
    role = next(iter(yaml.safe_load_all(file.read_text())))
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_a_role_allows_the_list_and_no_more() -> None:
    """Read as Kubernetes reads it, a role allows just the listed permissions; one for a dry run
    none that writes."""
    assert granted("cluster") == granted("namespace") == LISTED
    reading = {one.rule for one in READING}
    assert granted("cluster-dry-run") == granted("namespace-dry-run") == reading
    assert {verb for *_, verb in reading} == {"list", "watch"}


def test_reviews_are_allowed_by_a_role_of_their_own() -> None:
    """What the status API asks is in the role that goes with it, and in no other."""
    reviews = {one.rule for one in REVIEWS}
    assert granted("status-api") == reviews
    assert not reviews & (granted("cluster") | granted("namespace") | granted("lease"))


def test_nothing_is_granted_by_a_wildcard_or_twice() -> None:
    """No permission is a wildcard, touches secrets or is listed twice."""
    assert len(LISTED) == len(PERMISSIONS)
    assert not any("*" in part for rule in LISTED for part in rule)
    assert "secrets" not in {resource for _, resource, _ in LISTED}


@pytest.mark.parametrize(
    ("method", "path", "watches", "told"),
    [
        ("GET", "/apis/apps/v1/deployments", False, "list deployments.apps"),
        ("GET", "/apis/apps/v1/namespaces/shop/deployments", True, "watch deployments.apps"),
        ("GET", "/apis/apps/v1/namespaces/a/replicasets/web-1", False, "get replicasets.apps"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/web", False, "patch deployments.apps"),
        ("GET", "/api/v1/pods", False, "list pods"),
        (
            "PATCH",
            "/apis/coordination.k8s.io/v1/namespaces/a/leases/rollctl",
            False,
            "patch leases.coordination.k8s.io",
        ),
        (
            "POST",
            "/apis/events.k8s.io/v1/namespaces/a/events",
            False,
            "create events.events.k8s.io",
        ),
        (
            "POST",
            "/apis/authentication.k8s.io/v1/tokenreviews",
            False,
            "create tokenreviews.authentication.k8s.io",
        ),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", False, "None"),
        ("GET", "/api/v1/namespaces/shop/secrets", False, "None"),
        ("GET", "/version", False, "None"),
    ],
)
def test_a_request_names_its_permission(
    method: str, path: str, *, watches: bool, told: str
) -> None:
    """From a request follows the one permission that it needs."""
    assert str(permission_for(method, path, watches=watches)) == told
