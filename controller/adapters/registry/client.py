"""The registry port on real registries.

Why: the one place where manifests, referrers and facts become what the rest of rollctl asks.
Never here: HTTP, logins, JSON.
"""

import time
from collections.abc import Callable
from dataclasses import replace

from controller.adapters.registry.content import (
    OCI_MANIFEST,
    REVISION,
    created_in,
    described,
    digest_of,
    read_facts,
    written,
)
from controller.adapters.registry.doorman import Doorman
from controller.adapters.registry.exchange import Exchange
from controller.adapters.registry.keychain import Keychain
from controller.adapters.registry.manifests import Manifests
from controller.adapters.registry.referrers import Referrers
from controller.adapters.registry.settings import RegistrySettings
from controller.adapters.registry.transport import Traffic, Transport
from controller.ports.registry import (
    Artifact,
    BadAnswer,
    Descriptor,
    ImageFacts,
    ImageReference,
    Index,
    Manifest,
    Repository,
)

_EMPTY = b"{}"


class OciRegistry:
    """Every registry that speaks the OCI distribution API; may be used by several threads."""

    def __init__(
        self,
        settings: RegistrySettings | None = None,
        keychain: Keychain | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`sleep` waits for some seconds between two tries."""
        settings = settings or RegistrySettings()
        self._transport = Transport(settings.largest_answer_bytes)
        doorman = Doorman(settings, keychain or Keychain(), self._transport)
        exchange = Exchange(settings, doorman, self._transport, sleep)
        self._manifests = Manifests(exchange, settings)
        self._referrers = Referrers(exchange, self._manifests, sleep)

    @property
    def traffic(self) -> Traffic:
        """What went over the wire so far."""
        return replace(self._transport.traffic)

    def close(self) -> None:
        """Lets go of the connections."""
        self._transport.close()

    def resolve(self, image: ImageReference) -> str:
        """By HEAD, so what it says is the server's word; `manifest` checks it."""
        return self._manifests.digest(image)

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """Page by page."""
        return self._manifests.tags(repository)

    def manifest(self, image: ImageReference) -> Manifest | Index:
        """Checked against its digest."""
        return self._manifests.read(image)

    def facts(self, image: ImageReference) -> ImageFacts:
        """Reads the configuration of one image at most."""
        found = self.manifest(image)
        if isinstance(found, Manifest):
            return self._facts(image.repository, found)
        first = found.images[0].digest if found.images else ""
        about = self._first(image.repository, first) if first else ImageFacts("")
        created = created_in(found.annotations)
        return replace(
            about,
            digest=found.digest,
            parts=tuple(one.digest for one in found.images),
            created_at=about.created_at if created is None else created,
            revision=found.annotations.get(REVISION) or about.revision,
        )

    def _first(self, repository: Repository, digest: str) -> ImageFacts:
        found = self.manifest(ImageReference(repository, digest=digest))
        if isinstance(found, Index):
            raise BadAnswer(f"{repository}@{digest} is an index within an index")
        return self._facts(repository, found)

    def _facts(self, repository: Repository, found: Manifest) -> ImageFacts:
        config = self._manifests.read_blob(repository, found.config.digest)
        return read_facts(config, found.digest, found.annotations)

    def push_blob(self, repository: Repository, content: bytes, media_type: str) -> Descriptor:
        """In one piece."""
        return self._manifests.write_blob(repository, content, media_type)

    def push_manifest(
        self, repository: Repository, raw: bytes, media_type: str, tag: str = ""
    ) -> str:
        """Byte by byte as it is."""
        self._manifests.write(repository, raw, media_type, tag)
        return digest_of(raw)

    def move_tag(self, repository: Repository, digest: str, tag: str) -> None:
        """Puts the very same bytes under the tag."""
        found = self.manifest(ImageReference(repository, digest=digest))
        self._manifests.write(repository, found.raw, found.media_type, tag)

    def delete(self, repository: Repository, digest: str) -> None:
        """If it was attached to something, it is no longer found there either."""
        found = self.manifest(ImageReference(repository, digest=digest))
        self._manifests.delete(repository, digest)
        if found.subject:
            self._referrers.removed(repository, found.subject, digest)

    def attach(self, repository: Repository, subject: str, artifact: Artifact) -> str:
        """As a manifest whose subject is the digest."""
        about = self.manifest(ImageReference(repository, digest=subject))
        layer = self.push_blob(repository, artifact.content, artifact.media_type)
        # Old servers list a configuration's media type, and know no other type of an artifact.
        config = self.push_blob(repository, _EMPTY, artifact.artifact_type)
        raw = _artifact_manifest(artifact, about, config, layer)
        stored = self._manifests.write(repository, raw, OCI_MANIFEST)
        one = Descriptor(
            OCI_MANIFEST,
            digest_of(raw),
            len(raw),
            artifact_type=artifact.artifact_type,
            annotations=artifact.annotations,
        )
        self._referrers.added(repository, subject, stored, one)
        return one.digest

    def referrers(
        self, repository: Repository, subject: str, artifact_type: str = ""
    ) -> tuple[Descriptor, ...]:
        """By the API, else by the tag."""
        return self._referrers.of(repository, subject, artifact_type)

    def artifact(self, repository: Repository, digest: str) -> Artifact:
        """Manifest and first content."""
        found = self.manifest(ImageReference(repository, digest=digest))
        if isinstance(found, Index) or not found.layers:
            raise BadAnswer(f"{repository}@{digest} is no artifact with a content")
        content = self._manifests.read_blob(repository, found.layers[0].digest)
        layer = found.layers[0].media_type
        return Artifact(found.artifact_type, content, layer, found.annotations)


def _artifact_manifest(
    artifact: Artifact, about: Manifest | Index, config: Descriptor, layer: Descriptor
) -> bytes:
    """The same for the same artifact, so that attaching twice is attaching once."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact.artifact_type,
        "config": described(config),
        "layers": [described(layer)],
        "subject": described(Descriptor(about.media_type, about.digest, len(about.raw))),
        "annotations": dict(artifact.annotations),
    }
    return written(document)
