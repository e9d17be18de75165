"""Every permission that rollctl uses on an API server, each with what it is for.

Why: the shipped roles, the words of a refusal and `rollctl doctor` must name the same list, and
a platform team must be able to read it in a minute.
Never here: requests, roles as files (roles.py).
"""

import re

from controller.ports.access import Permission

PERMISSIONS = (
    Permission("apps", "deployments", "list", "to know every workload when it starts"),
    Permission("apps", "deployments", "watch", "to see each release and each order at once"),
    Permission(
        "apps",
        "deployments",
        "get",
        "to put only images back (scope: image), and to write an image that is rolled out",
        writes=True,
    ),
    Permission(
        "apps",
        "deployments",
        "patch",
        "to pause, roll back and keep its record on the workload",
        writes=True,
    ),
    Permission("apps", "replicasets", "list", "to know which versions there are"),
    Permission("apps", "replicasets", "watch", "to see a new version as it comes"),
    Permission(
        "apps",
        "replicasets",
        "get",
        "to put back the whole template of a version (scope: template)",
        writes=True,
    ),
    Permission("", "pods", "list", "to know which pod runs which version"),
    Permission("", "pods", "watch", "to see pods become ready, crash and go"),
    Permission(
        "events.k8s.io", "events", "create", "to tell of each decision on the workload", writes=True
    ),
)

LEASE = (
    Permission("coordination.k8s.io", "leases", "create", "to make the lease once", writes=True),
    Permission("coordination.k8s.io", "leases", "get", "to see who leads", writes=True),
    Permission("coordination.k8s.io", "leases", "patch", "to take and renew the lead", writes=True),
)
"""What leader election uses, in rollctl's own namespace alone."""

REVIEWS = (
    Permission(
        "authentication.k8s.io",
        "tokenreviews",
        "create",
        "to know who asks for the status over HTTP",
    ),
    Permission(
        "authorization.k8s.io",
        "subjectaccessreviews",
        "create",
        "to know whether he may see it",
    ),
)
"""What the status API uses where it is turned on; of no namespace."""

SEEING = Permission("apps", "deployments", "list", "to see what rollctl says of them")
"""What must be allowed to whoever asks for the status."""

READING = tuple(one for one in PERMISSIONS if not one.writes)
"""What a dry run uses."""

_PATH = re.compile(
    r"/(?:api/v1|apis/(?P<group>[^/]+)/[^/]+)(?:/namespaces/[^/]+)?/(?P<resource>[^/]+)(?P<name>/.+)?"
)
_VERBS = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}


def permission_for(method: str, path: str, *, watches: bool) -> Permission | None:
    """The permission that a request needs, None for one that needs none of ours."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    verb = _VERBS.get(method) or _reading(bool(found["name"]), watches)
    wanted = (found["group"] or "", found["resource"], verb)
    return next((one for one in (*PERMISSIONS, *LEASE, *REVIEWS) if one.rule == wanted), None)


def _reading(is_one: bool, watches: bool) -> str:
    if is_one:
        return "get"
    return "watch" if watches else "list"
