"""Names of images mean what they mean to Docker."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.adapters.registry.reference import (
    NotAReference,
    parse_reference,
    parse_repository,
)
from controller.ports.registry import Repository
from policies.images.repositories import repository_of

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "host", "path", "tag", "digest"),
    [
        ("web", "docker.io", "library/web", "latest", ""),
        ("shop/web:v1", "docker.io", "shop/web", "v1", ""),
        ("docker.io/web", "docker.io", "library/web", "latest", ""),
        ("index.docker.io/shop/web", "docker.io", "shop/web", "latest", ""),
        ("localhost/web", "localhost", "web", "latest", ""),
        ("localhost:5000/web:v1", "localhost:5000", "web", "v1", ""),
        ("registry:5000/web", "registry:5000", "web", "latest", ""),
        ("R.Example/web", "r.example", "web", "latest", ""),
        ("r.example/a/b/c__d.e-f:V1.2_3", "r.example", "a/b/c__d.e-f", "V1.2_3", ""),
        (f"web@{DIGEST}", "docker.io", "library/web", "", DIGEST),
        (f"r.example:443/web:v1@{DIGEST}", "r.example:443", "web", "v1", DIGEST),
        ("[::1]:5000/web:v1", "[::1]:5000", "web", "v1", ""),
        ("web:5000", "docker.io", "library/web", "5000", ""),
    ],
)
def test_names_are_read_as_docker_reads_them(
    text: str, host: str, path: str, tag: str, digest: str
) -> None:
    """Host, repository, tag and digest are those of Docker's own parser."""
    image = parse_reference(text)
    assert (image.repository, image.tag, image.digest) == (Repository(host, path), tag, digest)
    assert parse_reference(str(image)) == image
    assert image.asked == (digest or tag)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "repository"),
        ("Web", "lower case"),
        ("shop/Web", "lower case"),
        ("REGISTRY/web", "lower case"),
        ("web:", "tag"),
        ("web:.v1", "tag"),
        (f"web:{'v' * 129}", "tag"),
        ("web@sha256:12", "digest"),
        (f"web@{DIGEST.upper()}", "digest"),
        (f"web@{DIGEST}@{DIGEST}", "digest"),
        (HEX, "identity"),
        ("https://r.example/web", "repository"),
        ("r.example//web", "repository"),
        ("r.example/web/", "repository"),
        ("r.example/../web", "repository"),
        ("user:password@r.example/web", "digest"),
        ("web ", "name"),
        ("we\nb", "repository"),
        ("a" * 256, "repository"),
        ("a" * 5_000, "name"),
    ],
)
def test_what_names_no_image_is_refused_with_the_part(text: str, why: str) -> None:
    """The one error says which part is wrong, and how a name is written."""
    with pytest.raises(NotAReference, match=why) as caught:
        parse_reference(text)
    assert "registry.example:5000/shop/web:v1" in str(caught.value)
    assert len(str(caught.value)) < 450


@given(st.text(alphabet="aB0.:/@-_[] \n", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text crashes the parser, what is read reads the same when written, and policies see
    the same repository in it."""
    try:
        image = parse_reference(text)
    except NotAReference:
        return
    assert parse_reference(str(image)) == image
    assert repository_of(str(image)) == str(image.repository)


def test_a_repository_has_no_tag() -> None:
    """Where a repository is asked for, a tag or digest is a mistake."""
    assert parse_repository("web") == Repository("docker.io", "library/web")
    for text in ("web:latest", f"web@{DIGEST}"):
        with pytest.raises(NotAReference, match="no tag"):
            parse_repository(text)
