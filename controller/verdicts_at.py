"""All verdicts at one image, and what they add up to, for a command that ends at once.

Why: a CI that promotes an image asks this very question, and the answer is an exit code.
Never here: printing, HTTP.
"""

from dataclasses import dataclass

from controller.engine.builds.attestation import standing
from controller.ports.registry import BadAnswer, ImageReference, NotFound, Registry
from controller.verdicts.record import ARTIFACT_TYPE, VerdictRecord
from controller.verdicts.signing import MOST_RECORDS, Keys, believe

HEALTHY, QUARANTINED, UNKNOWN = "healthy", "quarantined", "unknown"
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class VerdictsAt:
    """The digests that mean the image, the one asked for first; the records that are believed,
    oldest first; why others are not."""

    digests: tuple[str, ...]
    records: tuple[VerdictRecord, ...]
    left_out: tuple[str, ...]

    def state(self, environment: str, now: float) -> str:
        """Quarantined or Regressed anywhere is bad news; Healthy somewhere and bad nowhere is
        healthy; "" as environment means all of them."""
        words = [record.attestation() for record in self.records]
        names = {environment} if environment else {word.environment for word in words}
        stands = [standing(words, frozenset(self.digests), name) for name in sorted(names)]
        if any(one.regressed or one.quarantine(now) for one in stands):
            return QUARANTINED
        return HEALTHY if any(one.verified for one in stands) else UNKNOWN


def verdicts_at(registry: Registry, image: ImageReference, keys: Keys, now: float) -> VerdictsAt:
    """What is attached to the image, and to its platforms' images. Raises RegistryError."""
    facts = registry.facts(image)
    digests = (facts.digest, *facts.parts[:MOST_PARTS])
    records: list[VerdictRecord] = []
    left_out: list[str] = []
    for digest in digests:
        believed = believe(digest, _bodies(registry, image, digest), keys, now)
        records += believed.records
        left_out += believed.left_out
    ordered = sorted(records, key=lambda record: (record.at, record.cluster, record.workload))
    return VerdictsAt(digests, tuple(ordered), tuple(left_out))


def _bodies(registry: Registry, image: ImageReference, digest: str) -> list[bytes]:
    bodies: list[bytes] = []
    for one in registry.referrers(image.repository, digest, ARTIFACT_TYPE)[:MOST_RECORDS]:
        try:
            bodies.append(registry.artifact(image.repository, one.digest).content)
        except (NotFound, BadAnswer):
            continue
    return bodies
