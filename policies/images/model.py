"""What a policy asks of one image's builds, in the project's own words.

Why: the engine chooses on these plain values alone.
Never here: YAML, defaults (grammar), checks of what a user wrote.
"""

from dataclasses import dataclass

from policies.images.choices import TagChoice
from policies.images.repositories import canonical, repository_of

WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Gates:
    """What must be known of a digest before it is rolled out; None and 0 ask nothing.

    `ci_verdict` is the artifact type of the CI's referrers, or `webhook`; `verified_in` the
    environment whose verdict must be Healthy.
    """

    ci_verdict: str | None
    verified_in: str | None
    minimum_age_seconds: float


@dataclass(frozen=True, slots=True)
class ImageRule:
    """One repository: the tags that count and what follows from a new one.

    `repository` is as the user wrote it; `container` is None for every container that runs
    it; `channel` is the tag that is moved to each Healthy digest, None for none.
    """

    repository: str
    container: str | None
    choice: TagChoice
    auto_update: bool
    gates: Gates
    channel: str | None

    def covers(self, container: str, reference: str) -> bool:
        """Whether the container with this image is meant."""
        if self.container is not None and container != self.container:
            return False
        return repository_of(reference) == canonical(self.repository)
