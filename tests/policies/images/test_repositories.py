"""Names of images mean what they mean to registries and container runtimes."""

import pytest

from policies.images.repositories import (
    canonical,
    is_digest,
    is_repository,
    is_tag,
    path_of,
    repository_of,
    tag_of,
)


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("web", "docker.io/library/web"),
        ("shop/web", "docker.io/shop/web"),
        ("docker.io/web", "docker.io/library/web"),
        ("index.docker.io/shop/web", "docker.io/shop/web"),
        ("ghcr.io/shop/web", "ghcr.io/shop/web"),
        ("GHCR.io/shop/web", "ghcr.io/shop/web"),
        ("localhost/web", "localhost/web"),
        ("localhost:5000/a/b/c", "localhost:5000/a/b/c"),
        ("registry:5000/web", "registry:5000/web"),
    ],
)
def test_one_repository_has_one_name(written: str, full: str) -> None:
    """Every spelling of a repository stands for one, and the full one for itself."""
    assert canonical(written) == full
    assert canonical(full) == full


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        ("web", "docker.io/library/web", "latest"),
        ("shop/web:v1", "docker.io/shop/web", "v1"),
        ("host:5000/web", "host:5000/web", "latest"),
        ("host:5000/web:v1@sha256:" + "0" * 64, "host:5000/web", "v1"),
        ("ghcr.io/web@sha256:" + "0" * 64, "ghcr.io/web", ""),
    ],
)
def test_references(reference: str, repository: str, tag: str) -> None:
    """A port is no tag, a digest is none either, and nothing written is latest."""
    assert (repository_of(reference), tag_of(reference)) == (repository, tag)


def test_path() -> None:
    """The path is what a registry itself calls the repository."""
    assert path_of("host:5000/a/b") == "a/b"
    assert path_of("web") == "library/web"


@pytest.mark.parametrize(
    "text",
    ["", "Web", "web:v1", "https://x/y", "a//b", "/a", "a/", "a b", "-a", "a@sha256:0", "a" * 256],
)
def test_no_repository(text: str) -> None:
    """What registries refuse is no repository."""
    assert not is_repository(text)


def test_tags_and_digests() -> None:
    """Tags and digests have the specification's form, whole."""
    assert all(map(is_tag, ("latest", "_x", "1.2.3", "a" * 128)))
    assert not any(map(is_tag, ("", ".x", "-x", "a b", "a" * 129, "é", "x\n")))
    assert is_digest("sha256:" + "0" * 64)
    assert not any(map(is_digest, ("", "sha256:0", "sha256:" + "G" * 64, "sha256:" + "0" * 65)))
