"""What every registry promises, held against real ones with every way in, and the fake."""

from collections.abc import Iterator
from itertools import count

import pytest

from controller.adapters.registry.content import OCI_INDEX, digest_of
from controller.ports.registry import (
    Artifact,
    ImageReference,
    Index,
    Manifest,
    NotFound,
    Registry,
    Repository,
)
from tests.controller.adapters.registry import images
from tests.controller.adapters.registry.servers import KINDS, Server

VERDICT = "application/vnd.rollctl.verdict.v1+json"
OTHER = "application/vnd.example.sbom.v1"
ABSENT = f"sha256:{'0' * 64}"
_numbers = count(1)


@pytest.fixture(
    scope="module",
    params=[pytest.param(kind, marks=() if kind == "fake" else pytest.mark.real) for kind in KINDS],
)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Each registry in turn."""
    with KINDS[request.param](tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def registry(server: Server) -> Registry:
    """What is asked."""
    return server.registry


@pytest.fixture
def repository(server: Server) -> Repository:
    """A repository of the test's own."""
    return Repository(server.host, f"shop/web-{next(_numbers)}")


def test_a_tag_stands_for_the_digest_that_was_pushed(
    registry: Registry, repository: Repository
) -> None:
    """Resolving a tag gives the digest of the very bytes that were pushed under it."""
    pushed = images.push_image(registry, repository, "one", "v1")
    assert pushed.digest == digest_of(pushed.raw)
    for _ in range(3):
        assert registry.resolve(ImageReference(repository, "v1")) == pushed.digest
    assert registry.resolve(ImageReference(repository, "", pushed.digest)) == pushed.digest


def test_a_moved_tag_is_seen_at_once(registry: Registry, repository: Repository) -> None:
    """What is remembered of a tag never hides that it was moved."""
    image = ImageReference(repository, "stable")
    digests = [images.push_image(registry, repository, text).digest for text in "abab"]
    for digest in digests:
        registry.move_tag(repository, digest, "stable")
        assert registry.resolve(image) == digest
        assert registry.manifest(image).digest == digest
        assert registry.facts(image).digest == digest


def test_what_is_not_there_is_not_found(registry: Registry, repository: Repository) -> None:
    """An absent repository, tag, manifest or subject raises NotFound and names what was asked."""
    artifact = Artifact(VERDICT, b"{}")
    for ask in (
        lambda: registry.tags(repository),
        lambda: registry.resolve(ImageReference(repository, "v1")),
        lambda: registry.manifest(ImageReference(repository, "v1")),
        lambda: registry.move_tag(repository, ABSENT, "v1"),
        lambda: registry.attach(repository, ABSENT, artifact),
        lambda: registry.delete(repository, ABSENT),
        lambda: registry.artifact(repository, ABSENT),
    ):
        with pytest.raises(NotFound, match=repository.path):
            ask()


def test_an_image_tells_when_and_of_what_it_was_made(
    registry: Registry, repository: Repository
) -> None:
    """Creation, revision and labels are read from the configuration."""
    pushed = images.push_image(registry, repository, "one", "v1")
    facts = registry.facts(ImageReference(repository, "v1"))
    assert facts.created_at == pytest.approx(images.CREATED_AT, abs=1e-3)
    assert (facts.digest, facts.revision, facts.parts) == (pushed.digest, images.REVISION, ())
    assert facts.labels["text"] == "one"


def test_an_index_keeps_its_bytes_wherever_it_is_moved(
    registry: Registry, repository: Repository
) -> None:
    """Retagging an index changes neither its digest nor a byte, and its parts are named."""
    pushed, parts = images.push_index(registry, repository, "v1")
    registry.move_tag(repository, pushed.digest, "stable")
    found = registry.manifest(ImageReference(repository, "stable"))
    assert isinstance(found, Index)
    assert (found.digest, found.raw, found.media_type) == (pushed.digest, pushed.raw, OCI_INDEX)
    assert [one.platform for one in found.images] == ["linux/amd64", "linux/arm64"]
    facts = registry.facts(ImageReference(repository, "stable"))
    assert facts.parts == tuple(part.digest for part in parts)
    assert facts.created_at == pytest.approx(images.CREATED_AT, abs=1e-3)
    assert isinstance(registry.manifest(ImageReference(repository, "", facts.parts[0])), Manifest)


def test_all_tags_are_listed_once(registry: Registry, repository: Repository) -> None:
    """Each tag is listed exactly once, and tags that hold referrers are not."""
    digest = images.push_image(registry, repository, "one", "v1").digest
    for number in range(2, 30):
        registry.move_tag(repository, digest, f"v{number}")
    registry.attach(repository, digest, Artifact(VERDICT, b"{}"))
    assert sorted(registry.tags(repository)) == sorted(f"v{number}" for number in range(1, 30))


def test_a_deleted_manifest_is_gone(registry: Registry, repository: Repository) -> None:
    """After a deletion by digest neither the digest nor anything else of it is found."""
    kept = images.push_image(registry, repository, "kept", "kept")
    gone = images.push_image(registry, repository, "gone")
    registry.delete(repository, gone.digest)
    with pytest.raises(NotFound):
        registry.manifest(ImageReference(repository, "", gone.digest))
    assert registry.resolve(ImageReference(repository, "kept")) == kept.digest


def test_what_is_attached_is_found_and_read(registry: Registry, repository: Repository) -> None:
    """Artifacts are listed by type with their annotations, and come back byte by byte."""
    digest = images.push_image(registry, repository, "one", "v1").digest
    assert registry.referrers(repository, digest) == ()
    verdict = Artifact(VERDICT, b'{"verdict": "Healthy"}', annotations={"dev.rollctl/in": "eu"})
    attached = registry.attach(repository, digest, verdict)
    registry.attach(repository, digest, Artifact(OTHER, b"other", "text/plain"))
    (found,) = registry.referrers(repository, digest, VERDICT)
    assert (found.digest, found.artifact_type) == (attached, VERDICT)
    assert found.annotations == {"dev.rollctl/in": "eu"}
    assert len(registry.referrers(repository, digest)) == 2
    assert registry.artifact(repository, attached) == verdict
    assert registry.resolve(ImageReference(repository, "v1")) == digest


def test_attaching_twice_is_attaching_once(registry: Registry, repository: Repository) -> None:
    """The same artifact once more changes nothing, and another subject does not see it."""
    digest = images.push_index(registry, repository)[0].digest
    other = images.push_image(registry, repository, "other").digest
    verdict = Artifact(VERDICT, b"{}", annotations={"n": "1"})
    first = registry.attach(repository, digest, verdict)
    assert registry.attach(repository, digest, verdict) == first
    assert [one.digest for one in registry.referrers(repository, digest)] == [first]
    assert registry.referrers(repository, other) == ()


def test_a_deleted_artifact_is_no_longer_attached(
    registry: Registry, repository: Repository
) -> None:
    """Deleting an attached artifact takes it off the list, and leaves the others there."""
    digest = images.push_image(registry, repository, "one").digest
    kept, gone = (
        registry.attach(repository, digest, Artifact(VERDICT, b"{}", annotations={"n": n}))
        for n in "12"
    )
    registry.delete(repository, gone)
    assert [one.digest for one in registry.referrers(repository, digest)] == [kept]
