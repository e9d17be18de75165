"""Manifests, indexes and configurations, out of bytes that are what their digest says.

Why: a digest is the only promise a registry makes, so nothing is read before it was checked.
Never here: requests.

Shapes: OCI image specification 1.1, and Docker's image manifests, version 2, schema 2.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from controller.ports.registry import (
    BadAnswer,
    Descriptor,
    ImageFacts,
    Index,
    LyingContent,
    Manifest,
)
from controller.unreadable import UNREADABLE
from policies.images.repositories import is_digest

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFESTS = (OCI_MANIFEST, DOCKER_MANIFEST)
INDEXES = (OCI_INDEX, DOCKER_INDEX)
CREATED = "org.opencontainers.image.created"
REVISION = "org.opencontainers.image.revision"

_MOST_DESCRIPTORS = 10_000


class _Platform(msgspec.Struct):
    os: str = ""
    architecture: str = ""
    variant: str = ""


class _Descriptor(msgspec.Struct, rename="camel"):
    digest: str
    size: int
    media_type: str = ""
    platform: _Platform | None = None
    artifact_type: str = ""
    annotations: dict[str, str] | None = None


class _Document(msgspec.Struct, rename="camel"):
    schema_version: int
    media_type: str = ""
    config: _Descriptor | None = None
    layers: list[_Descriptor] | None = None
    manifests: list[_Descriptor] | None = None
    subject: _Descriptor | None = None
    artifact_type: str = ""
    annotations: dict[str, str] | None = None


class _Inner(msgspec.Struct):
    labels: dict[str, str] | None = msgspec.field(name="Labels", default=None)


class _Config(msgspec.Struct):
    created: str | None = None
    config: _Inner | None = None


def digest_of(content: bytes, like: str = "sha256:") -> str:
    """The digest of the content, by the algorithm that `like` begins with."""
    algorithm = like.partition(":")[0]
    if algorithm not in {"sha256", "sha512"}:
        raise BadAnswer(f"{algorithm[:20]!r} is no algorithm of digests that rollctl knows")
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def proper(digest: str) -> str:
    """The digest, if it is one: what a manifest names may be a way to somewhere else. Raises
    BadAnswer."""
    if not is_digest(digest):
        raise BadAnswer(f"{digest[:100]!r} is no digest: do not use what names it")
    return digest


def checked(content: bytes, promised: str, whose: str) -> bytes:
    """The content, if it is what `promised` says. Raises LyingContent."""
    found = digest_of(content, promised)
    if found != promised:
        what = f"{whose} says {promised}, but its content has {found}"
        raise LyingContent(f"{what}: do not use it, ask who runs it", promised, found)
    return content


def read_manifest(raw: bytes, media_type: str, digest: str) -> Manifest | Index:
    """What the bytes say, which were checked. Raises BadAnswer."""
    try:
        document = msgspec.json.decode(raw, type=_Document)
    except UNREADABLE as error:
        raise BadAnswer(f"{digest} is not a manifest that can be read") from error
    told = document.media_type or media_type.partition(";")[0].strip()
    if document.schema_version != 2 or told not in MANIFESTS + INDEXES:
        raise BadAnswer(f"{digest} is a manifest of a kind that rollctl does not know")
    if told in INDEXES:
        return _index(document, raw, told, digest)
    return _manifest(document, raw, told, digest)


def _index(document: _Document, raw: bytes, media_type: str, digest: str) -> Index:
    return Index(
        digest=digest,
        media_type=media_type,
        raw=raw,
        manifests=_all(document.manifests, digest),
        subject=document.subject.digest if document.subject else "",
        artifact_type=document.artifact_type,
        annotations=document.annotations or {},
    )


def _manifest(document: _Document, raw: bytes, media_type: str, digest: str) -> Manifest:
    if document.config is None:
        raise BadAnswer(f"{digest} is a manifest without a configuration")
    return Manifest(
        digest=digest,
        media_type=media_type,
        raw=raw,
        config=_descriptor(document.config),
        layers=_all(document.layers, digest),
        subject=document.subject.digest if document.subject else "",
        artifact_type=document.artifact_type or document.config.media_type,
        annotations=document.annotations or {},
    )


def _all(found: list[_Descriptor] | None, digest: str) -> tuple[Descriptor, ...]:
    if found and len(found) > _MOST_DESCRIPTORS:
        raise BadAnswer(f"{digest} refers to more than {_MOST_DESCRIPTORS} contents")
    return tuple(_descriptor(one) for one in found or ())


def _descriptor(one: _Descriptor) -> Descriptor:
    platform = one.platform or _Platform()
    parts = (platform.os, platform.architecture, platform.variant)
    return Descriptor(
        one.media_type,
        one.digest,
        one.size,
        "/".join(part for part in parts if part),
        one.artifact_type,
        one.annotations or {},
    )


def read_facts(raw: bytes, digest: str, annotations: Mapping[str, str]) -> ImageFacts:
    """What an image's configuration says, and its annotations where it says nothing."""
    try:
        config = msgspec.json.decode(raw, type=_Config)
    except UNREADABLE as error:
        raise BadAnswer(f"the configuration of {digest} cannot be read") from error
    labels = (config.config.labels if config.config else None) or {}
    created = _unix_seconds(config.created or "")
    if created is None:
        created = _unix_seconds(annotations.get(CREATED, ""))
    revision = labels.get(REVISION) or annotations.get(REVISION, "")
    return ImageFacts(digest, (), created, revision, labels)


def created_in(annotations: Mapping[str, str]) -> float | None:
    """When the annotations say that it was made, in unix seconds."""
    return _unix_seconds(annotations.get(CREATED, ""))


def _unix_seconds(text: str) -> float | None:
    """Of a time by RFC 3339, down to nanoseconds; a time without a zone is taken for none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    # A build that can be reproduced says the year 1 or 1970 where it says nothing.
    return when.timestamp() if when.tzinfo and when > datetime(1980, 1, 2, tzinfo=UTC) else None


def written(document: Mapping[str, Any]) -> bytes:
    """A manifest's bytes: the same for the same document."""
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def described(one: Descriptor) -> dict[str, Any]:
    """A descriptor as a manifest has it, without platform."""
    optional = {"artifactType": one.artifact_type, "annotations": dict(one.annotations)}
    plain = {"mediaType": one.media_type, "digest": one.digest, "size": one.size}
    return plain | {name: value for name, value in optional.items() if value}
