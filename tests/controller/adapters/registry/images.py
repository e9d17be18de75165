"""Small images that are pushed by our own client: a one-layer tar, a configuration, a manifest."""

import gzip
import io
import json
import tarfile
from dataclasses import dataclass

from controller.adapters.registry.content import (
    OCI_INDEX,
    OCI_MANIFEST,
    described,
    digest_of,
    written,
)
from controller.ports.registry import Descriptor, Registry, Repository

CREATED, CREATED_AT = "2026-11-02T03:04:05.123456789Z", 1793588645.123456
REVISION = "0123abc"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True)
class Pushed:
    """What was pushed, by its digest and bytes."""

    digest: str
    raw: bytes


def files(text: str) -> bytes:
    """A tar of one file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("hello.txt")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def layer(text: str) -> bytes:
    """A layer with one file."""
    return gzip.compress(files(text), mtime=0)


def push_image(
    registry: Registry, repository: Repository, text: str, tag: str = "", platform: str = "amd64"
) -> Pushed:
    """Pushes an image whose one file says `text`."""
    config = {
        "created": CREATED,
        "architecture": platform,
        "os": "linux",
        "config": {"Labels": {"org.opencontainers.image.revision": REVISION, "text": text}},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(files(text))]},
    }
    stored = registry.push_blob(repository, json.dumps(config).encode(), CONFIG)
    content = registry.push_blob(repository, layer(text), LAYER)
    raw = written(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": described(stored),
            "layers": [described(content)],
        }
    )
    return Pushed(registry.push_manifest(repository, raw, OCI_MANIFEST, tag), raw)


def push_index(
    registry: Registry, repository: Repository, tag: str = "", annotations: object = None
) -> tuple[Pushed, tuple[Pushed, ...]]:
    """Pushes an index of two platforms, written with white space; and its parts."""
    parts = tuple(
        push_image(registry, repository, f"for {one}", platform=one) for one in ("amd64", "arm64")
    )
    manifests = [
        {
            **described(Descriptor(OCI_MANIFEST, part.digest, len(part.raw))),
            "platform": {"os": "linux", "architecture": platform},
        }
        for part, platform in zip(parts, ("amd64", "arm64"), strict=True)
    ]
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}
    if annotations:
        document["annotations"] = annotations
    # White space: a client that decodes and encodes again would change the digest.
    raw = json.dumps(document, indent=3).encode()
    return Pushed(registry.push_manifest(repository, raw, OCI_INDEX, tag), raw), parts
