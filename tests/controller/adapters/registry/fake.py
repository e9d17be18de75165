"""A registry in memory: the port's contract without a network."""

from controller.adapters.registry.content import checked as same
from controller.adapters.registry.content import digest_of, read_facts, read_manifest
from controller.ports.registry import (
    Artifact,
    Descriptor,
    ImageFacts,
    ImageReference,
    Index,
    Manifest,
    NotFound,
    Repository,
)


class FakeRegistry:
    def __init__(self) -> None:
        self.stored: dict[tuple[Repository, str], tuple[bytes, str]] = {}
        self.named: dict[tuple[Repository, str], str] = {}
        self.attached: dict[tuple[Repository, str], dict[str, Artifact]] = {}

    def resolve(self, image: ImageReference) -> str:
        return self.manifest(image).digest

    def tags(self, repository: Repository) -> tuple[str, ...]:
        found = tuple(tag for where, tag in self.named if where == repository)
        if not found:
            raise NotFound(f"{repository} is not there")
        return found

    def manifest(self, image: ImageReference) -> Manifest | Index:
        digest = image.digest or self.named.get((image.repository, image.tag), "")
        if (image.repository, digest) not in self.stored:
            raise NotFound(f"{image} is not there")
        raw, media_type = self.stored[image.repository, digest]
        return read_manifest(same(raw, digest, str(image)), media_type, digest)

    def facts(self, image: ImageReference) -> ImageFacts:
        found = self.manifest(image)
        parts = tuple(one.digest for one in found.images) if isinstance(found, Index) else ()
        one = self.manifest(ImageReference(image.repository, digest=parts[0])) if parts else found
        assert isinstance(one, Manifest)
        raw = self.stored[image.repository, one.config.digest][0]
        about = read_facts(raw, found.digest, found.annotations)
        return ImageFacts(found.digest, parts, about.created_at, about.revision, about.labels)

    def push_blob(self, repository: Repository, content: bytes, media_type: str) -> Descriptor:
        self.stored[repository, digest_of(content)] = (content, media_type)
        return Descriptor(media_type, digest_of(content), len(content))

    def push_manifest(
        self, repository: Repository, raw: bytes, media_type: str, tag: str = ""
    ) -> str:
        digest = self.push_blob(repository, raw, media_type).digest
        if tag:
            self.named[repository, tag] = digest
        return digest

    def move_tag(self, repository: Repository, digest: str, tag: str) -> None:
        found = self.manifest(ImageReference(repository, digest=digest))
        self.named[repository, tag] = found.digest

    def delete(self, repository: Repository, digest: str) -> None:
        attached = [known.pop(digest, None) for known in self.attached.values()]
        if not any(attached):
            self.manifest(ImageReference(repository, digest=digest))
            del self.stored[repository, digest]
        self.named = {key: value for key, value in self.named.items() if value != digest}

    def attach(self, repository: Repository, subject: str, artifact: Artifact) -> str:
        self.manifest(ImageReference(repository, digest=subject))
        digest = digest_of(f"{subject}{artifact}{artifact.content!r}".encode())
        self.attached.setdefault((repository, subject), {})[digest] = artifact
        return digest

    def referrers(
        self, repository: Repository, subject: str, artifact_type: str = ""
    ) -> tuple[Descriptor, ...]:
        known = self.attached.get((repository, subject), {}).items()
        return tuple(
            Descriptor("", digest, 0, "", one.artifact_type, one.annotations)
            for digest, one in known
            if artifact_type in ("", one.artifact_type)
        )

    def artifact(self, repository: Repository, digest: str) -> Artifact:
        for (where, _), known in self.attached.items():
            if where == repository and digest in known:
                return known[digest]
        raise NotFound(f"{repository}@{digest} is not there")
