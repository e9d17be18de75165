"""The port to a registry of images: tags, digests, manifests and what is attached to a digest.

Why: builds are seen, promoted and judged in the registry, and no rule about them may know HTTP.
Never here: requests, credentials, which tag counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class RegistryError(Exception):
    """The registry did not do it; the text is one line for a person, free of secrets, that says
    what to do."""


class NotFound(RegistryError):
    """No such repository, tag, manifest or blob; some registries say so where one may not look."""


class Unauthorized(RegistryError):
    """Who asks may not do this, or could not show who it is."""


class RegistryUnavailable(RegistryError):
    """No answer now; asking again makes sense after `retry_after_seconds`, 0 when it is up to
    whoever asks."""

    def __init__(self, message: str, retry_after_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Refused(RegistryError):
    """The registry understood and does not do such a thing, or is not to be trusted."""


class BadAnswer(RegistryError):
    """The answer is not what a registry says, or passes one of our limits."""


class LyingContent(BadAnswer):
    """The content is not what its digest says; both digests are named."""

    def __init__(self, message: str, promised: str, found: str) -> None:
        super().__init__(message)
        self.promised, self.found = promised, found


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository: `host` with its port if any (docker.io for Docker Hub), `path` in full."""

    host: str
    path: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}"


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A repository with a tag, a digest or both; what is asked is the digest where there is one.
    Each is "" where it is not named."""

    repository: Repository
    tag: str = ""
    digest: str = ""

    @property
    def asked(self) -> str:
        """The digest if there is one, else the tag."""
        return self.digest or self.tag

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says of some content: `size` in bytes; `platform` such as linux/arm64/v8,
    "" where none is told."""

    media_type: str
    digest: str
    size: int
    platform: str = ""
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image, or one artifact; `raw` are its bytes, which the digest is of. `subject` is the
    digest that it is attached to, "" for none; `artifact_type` the configuration's media type
    where it names none of its own."""

    digest: str
    media_type: str
    raw: bytes = field(repr=False)
    config: Descriptor
    layers: tuple[Descriptor, ...] = ()
    subject: str = ""
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Index:
    """One image for several platforms: the manifests of each, and of what goes with them."""

    digest: str
    media_type: str
    raw: bytes = field(repr=False)
    manifests: tuple[Descriptor, ...] = ()
    subject: str = ""
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def images(self) -> tuple[Descriptor, ...]:
        """Those that can run: attestations of a builder say that they are for no platform."""
        return tuple(one for one in self.manifests if not one.platform.startswith("unknown"))


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image says of itself: `digest` as it was asked for, `parts` the digests of its
    platforms' images where it is an index, `created_at` in unix seconds (None where it says
    nothing), `revision` of the source ("" likewise), its `labels`."""

    digest: str
    parts: tuple[str, ...] = ()
    created_at: float | None = None
    revision: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something small to attach to a digest: `content` of `media_type`, of the kind
    `artifact_type`; the annotations can be read without fetching it."""

    artifact_type: str
    content: bytes = field(repr=False)
    media_type: str = "application/json"
    annotations: Mapping[str, str] = field(default_factory=dict)


class Registry(Protocol):
    """Registries, told apart by the host of each repository. Every call raises RegistryError;
    nothing that a call returns was taken on trust: contents have the digests they are named by."""

    def resolve(self, image: ImageReference) -> str:
        """The digest that the tag stands for now. Raises NotFound."""

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """All tags, in no order, without those that hold referrers. Raises NotFound."""

    def manifest(self, image: ImageReference) -> Manifest | Index:
        """What the reference stands for now, with its raw bytes. Raises NotFound."""

    def facts(self, image: ImageReference) -> ImageFacts:
        """What the image says of itself; of an index: its own annotations, and for what they
        leave open its first platform's image. Raises NotFound."""

    def push_blob(self, repository: Repository, content: bytes, media_type: str) -> Descriptor:
        """Stores some small content, unless it is there; returns its descriptor."""

    def push_manifest(
        self, repository: Repository, raw: bytes, media_type: str, tag: str = ""
    ) -> str:
        """Stores a manifest or an index as it is, under the tag too if one is named; returns its
        digest. What it refers to must be there already."""

    def move_tag(self, repository: Repository, digest: str, tag: str) -> None:
        """Lets the tag stand for the digest, which stays what it is. Raises NotFound."""

    def delete(self, repository: Repository, digest: str) -> None:
        """Removes a manifest with all its tags. Raises NotFound, Refused where it is forbidden."""

    def attach(self, repository: Repository, subject: str, artifact: Artifact) -> str:
        """Attaches the artifact to the digest `subject`, beside what is attached already;
        the same once more changes nothing. Returns the artifact's digest. Raises NotFound where
        there is no such subject."""

    def referrers(
        self, repository: Repository, subject: str, artifact_type: str = ""
    ) -> tuple[Descriptor, ...]:
        """What is attached to the digest, of one type or ("") of all; nothing is an answer."""

    def artifact(self, repository: Repository, digest: str) -> Artifact:
        """What was attached, by its own digest, with its first content. Raises NotFound."""
