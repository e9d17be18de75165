"""The images of the testbed: a reference, its digest, and how the program in it behaves.

Why: a release is judged by how it behaves, so here an image *is* a behaviour.
Never here: layers, registries or pulling.
"""

import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Behaviour:
    """What containers of one image do. `serves=False` is a sidecar without a process."""

    error_ratio: float = 0.0
    latency_seconds: float = 0.004
    slow_ratio: float = 0.0
    slow_seconds: float = 0.0
    memory_bytes: int = 0
    jobs_per_second: float = 5.0
    crash_after_seconds: float = 0.0
    crash_loop: bool = False
    oom: bool = False
    pull_error: bool = False
    never_ready: bool = False
    ready_after_seconds: float = 0.2
    serves: bool = True

    @property
    def dies_at_once(self) -> bool:
        """Whether its containers never live long enough to be ready."""
        return self.crash_loop or self.oom


@dataclass(frozen=True)
class Reference:
    """An image's name, taken apart."""

    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, image: str) -> Self:
        """Reads `repository[:tag][@sha256:…]`."""
        name, _, digest = image.partition("@")
        match = re.fullmatch(r"(.+?)(?::([\w][\w.-]*))?", name)
        assert match is not None, image
        return cls(match[1], match[2] or ("" if digest else "latest"), digest)


@dataclass(frozen=True)
class Image:
    """A published image, as a node sees it after pulling."""

    repository: str
    digest: str
    version: str
    behaviour: Behaviour

    @property
    def image_id(self) -> str:
        """What a pod's status shows as imageID."""
        return f"{self.repository}@{self.digest}"


class ImageCatalogue:
    """Every published image, kept in one JSON file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def publish(self, image: str, behaviour: Behaviour | None = None) -> str:
        """Makes or moves a tag and returns its digest, which is that of the reference if it has
        one; the old digest stays known."""
        reference = Reference.parse(image)
        chosen = behaviour or Behaviour()
        digest = reference.digest or _digest(image, chosen)
        with self._changing() as content:
            content["tags"][f"{reference.repository}:{reference.tag}"] = digest
            content["images"][f"{reference.repository}@{digest}"] = {
                "version": reference.tag,
                **asdict(chosen),
            }
        return digest

    def retag(self, source: str, image: str) -> str:
        """Points a tag at an image that is published already; same digest."""
        found = self.resolve(source)
        if found is None:
            raise KeyError(source)
        reference = Reference.parse(image)
        with self._changing() as content:
            content["tags"][f"{reference.repository}:{reference.tag}"] = found.digest
            content["images"][f"{reference.repository}@{found.digest}"] = content["images"][
                found.image_id
            ]
        return found.digest

    def resolve(self, image: str) -> Image | None:
        """The image that a node would pull now, or None when there is none of that name."""
        reference, content = Reference.parse(image), self._read()
        digest = reference.digest or content["tags"].get(
            f"{reference.repository}:{reference.tag}", ""
        )
        found = content["images"].get(f"{reference.repository}@{digest}")
        if found is None:
            return None
        facts = dict(found)
        return Image(reference.repository, digest, facts.pop("version"), Behaviour(**facts))

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            content = self._read()
            yield content
            replace_file(self._path, json.dumps(content, indent=1))

    def _read(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self._path.read_text())
        except FileNotFoundError:
            content = {"tags": {}, "images": {}}
        return content


def replace_file(path: Path, text: str) -> None:
    """Writes a file so that a reader sees the old text or the new, never half of it."""
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w") as sink:
        sink.write(text)
    Path(scratch).replace(path)


def _digest(image: str, behaviour: Behaviour) -> str:
    facts = json.dumps([image, asdict(behaviour)], sort_keys=True)
    return f"sha256:{hashlib.sha256(facts.encode()).hexdigest()}"
