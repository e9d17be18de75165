"""The table and the document of `rollctl images`.

Why: one line a build, to be read and to be cut by other tools.
Never here: what a build's state is.
"""

from collections.abc import Sequence
from typing import Any

from controller.engine.builds.listing import Listed
from controller.engine.workload import WorkloadKey
from controller.printable import printable
from controller.show.document import API_VERSION
from controller.show.text import NONE, SHORT_DIGEST, age, cell, columns

HEAD = ("REPOSITORY", "TAG", "DIGEST", "AGE", "STATE", "WORKLOADS")
WIDE = ("REASON",)
UNTAGGED = "<none>"
MOST_WORKLOADS = 2


def images_table(
    rows: Sequence[Listed], now: float, *, wide: bool, head: bool, namespaces: bool
) -> list[str]:
    """The lines; AGE since the image was made, WORKLOADS those of which a pod runs it, with their
    namespace where there may be several."""
    titles = [HEAD + (WIDE if wide else ())] if head else []
    return columns([*titles, *(_row(one, now, wide=wide, namespaces=namespaces) for one in rows)])


def _row(one: Listed, now: float, *, wide: bool, namespaces: bool) -> tuple[str, ...]:
    build = one.build
    users = [str(key) if namespaces else _target(key) for key in one.run_by]
    row = (
        one.repository,
        build.tag or UNTAGGED,
        build.digest if wide else build.digest[: len("sha256:") + SHORT_DIGEST],
        age(now - build.created_at) if build.created_at is not None else NONE,
        one.state,
        ", ".join(users if wide else _few(users)),
    )
    more = ("; ".join(one.reasons),) if wide else ()
    return tuple(map(cell, (*row, *more)))


def _few(users: Sequence[str]) -> Sequence[str]:
    more = len(users) - MOST_WORKLOADS
    return users if more <= 0 else (*users[:MOST_WORKLOADS], f"{more} more")


def _target(key: WorkloadKey) -> str:
    return f"{key.kind.lower()}/{key.name}"


def image_name(one: Listed) -> str:
    """The build as other commands take it."""
    tag = f":{one.build.tag}" if one.build.tag else ""
    digest = f"@{one.build.digest}" if one.build.digest else ""
    return printable(f"{one.repository}{tag}{digest}")


def image_documents(rows: Sequence[Listed], trouble: Sequence[str]) -> dict[str, Any]:
    """All builds, and what is missing."""
    items = [_document(one) for one in rows]
    return {
        "apiVersion": API_VERSION,
        "kind": "ImageList",
        "items": items,
        "trouble": list(trouble),
    }


def _document(one: Listed) -> dict[str, Any]:
    """Times in unix seconds, null where unknown; `uses` has what it is to each container."""
    build = one.build
    uses = [
        {
            "namespace": use.key.namespace,
            "target": _target(use.key),
            "container": use.container,
            "state": use.state,
            "runs": use.runs,
            "reasons": list(use.reasons),
        }
        for use in one.uses
    ]
    return {
        "repository": one.repository,
        "tag": build.tag,
        "digest": build.digest,
        "platforms": sorted(build.parts),
        "createdAt": build.created_at,
        "state": one.state,
        "uses": uses,
    }
