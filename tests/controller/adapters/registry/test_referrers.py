"""Servers that have the referrers API in all its ways, and what is attached through them."""

import pytest

from controller.adapters.registry.content import OCI_INDEX, OCI_MANIFEST, written
from controller.ports.registry import (
    Artifact,
    BadAnswer,
    Refused,
    RegistryUnavailable,
    Unauthorized,
)
from tests.controller.adapters.registry.test_faults import DIGEST, GOOD, bed, in_turn
from tests.testbed.web import Asked, Reply

VERDICT, OTHER = "application/vnd.rollctl.verdict.v1+json", "application/vnd.example.sbom"
TAG = DIGEST.replace(":", "-")


def listed(*types: str, **headers: str) -> Reply:
    """A page of referrers of these types."""
    entries = [
        {"mediaType": OCI_MANIFEST, "digest": f"sha256:{n:064}", "size": 2, "artifactType": one}
        for n, one in enumerate(types)
    ]
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return Reply(body=written(index), headers={"Content-Type": OCI_INDEX, **headers})


def test_a_server_that_took_the_subject_needs_no_tag() -> None:
    """OCI-Subject in the answer to the artifact's manifest means: nothing more is written."""

    def answer(asked: Asked) -> Reply:
        if asked.method == "PUT":
            return Reply(201, headers={"OCI-Subject": DIGEST})
        return GOOD

    with bed(answer) as one:
        one.registry.attach(one.repository, DIGEST, Artifact(VERDICT, b"{}"))
        written_to = [asked.path for asked in one.web.asked if asked.method == "PUT"]
        assert len(written_to) == 1
        assert TAG not in written_to[0]


def test_pages_and_unfiltered_answers_are_read_whole() -> None:
    """A filter that the server ignores is applied here, and further pages are read."""

    def answer(asked: Asked) -> Reply:
        assert "/referrers/" in asked.path
        if "page" in asked.path:
            return listed(OTHER, VERDICT)
        return listed(VERDICT, Link=f"</v2/shop/web/referrers/{DIGEST}?page=2>; rel=next")

    with bed(answer) as one:
        found = one.registry.referrers(one.repository, DIGEST, VERDICT)
        assert [found_one.artifact_type for found_one in found] == [VERDICT, VERDICT]
        assert "artifactType=application%2Fvnd.rollctl" in one.web.asked[0].path


def test_a_next_page_elsewhere_is_refused() -> None:
    """Pages of referrers stay within the repository."""
    away = listed(VERDICT, Link="</v2/other/secret/referrers/x>; rel=next")
    with bed(in_turn(away)) as one, pytest.raises(BadAnswer, match="elsewhere"):
        one.registry.referrers(one.repository, DIGEST)


@pytest.mark.parametrize(("status", "kind"), [(403, Unauthorized), (503, RegistryUnavailable)])
def test_trouble_is_not_taken_for_nothing_attached(status: int, kind: type[Exception]) -> None:
    """Only a server that lacks the API sends us to the tag: who may not see, or gets no answer
    now, must not be told that nothing is attached."""
    with bed(in_turn(Reply(status))) as one:
        with pytest.raises(kind):
            one.registry.referrers(one.repository, DIGEST)
        assert all("/referrers/" in asked.path for asked in one.web.asked)


def test_a_tag_of_somebody_else_is_not_overwritten() -> None:
    """Where the tag holds an image, not an index, nothing is written over it."""

    def answer(asked: Asked) -> Reply:
        if "/referrers/" in asked.path:
            return Reply(404)
        return Reply(201) if asked.method == "PUT" else GOOD

    with bed(answer) as one:
        with pytest.raises(BadAnswer, match="no index of referrers"):
            one.registry.attach(one.repository, DIGEST, Artifact(VERDICT, b"{}"))
        assert not [asked for asked in one.web.asked if TAG in asked.path and asked.method == "PUT"]


def test_a_deletion_that_is_forbidden_is_refused() -> None:
    """A registry that deletes nothing says 405, and that is no reason to try again."""
    with bed(lambda asked: Reply(405) if asked.method == "DELETE" else GOOD) as one:
        with pytest.raises(Refused, match="405"):
            one.registry.delete(one.repository, DIGEST)
        assert len(one.web.asked) == 2
