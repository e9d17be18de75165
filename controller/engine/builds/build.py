"""A build: a tag of a repository and what it stands for now; and what runs.

Why: a tag can move, so everything that is known is known of digests.
Never here: how a registry is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from controller.engine.builds.attestation import Attestation
from controller.engine.record import Quarantined


@dataclass(frozen=True, slots=True)
class Build:
    """A tag and the digest it points to, "" where that was not looked up yet.

    `created_at` is when the image says it was made and `seen_at` when the digest was first
    seen here, in unix seconds, None where unknown; `parts` are the digests of the images
    of each platform where the digest is an index: a pod may name one of those.
    """

    tag: str
    digest: str
    created_at: float | None = None
    seen_at: float | None = None
    parts: frozenset[str] = frozenset()

    @property
    def digests(self) -> frozenset[str]:
        """Every digest that means this build."""
        return self.parts | {self.digest} if self.digest else self.parts

    @property
    def since(self) -> float | None:
        """From when its age is counted: the later of made and seen, since a build that can be
        reproduced says it was made long ago."""
        return max((at for at in (self.created_at, self.seen_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Running:
    """The image of a container: `reference` as the template has it, `digest` as its pods run
    it, "" while unknown, `created_at` as in Build."""

    reference: str
    digest: str = ""
    created_at: float | None = None


class CiAnswer(Enum):
    """What the CI said of a digest."""

    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Stock:
    """All that one choice may look at, at `now` in unix seconds.

    `quarantine` are the entries of the workload's own record; `turned_away` has, by digest,
    why this workload left a build; `attestations` are what rollctl anywhere said of
    digests; `environment` is the policy's, None where it has no name.
    """

    builds: tuple[Build, ...]
    running: Running
    now: float
    environment: str | None = None
    quarantine: tuple[Quarantined, ...] = ()
    turned_away: Mapping[str, str] = field(default_factory=dict)
    ci: Mapping[str, CiAnswer] = field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
