"""What rollctl, here or in another cluster, said of a digest; and the law of adding it up.

Why: a digest judged in one place is good or bad news in all, and two controllers that read
the same records in any order must come to the same answer.
Never here: how a record is spelled or signed, where it is kept.

The law. A place is one workload of one cluster. (1) Of one place its last decisive word counts:
Healthy, Regressed, or Withdrawn, by which a person takes its word back. Inconclusive, NoData and
words of newer versions say nothing, so they undo nothing. (2) Within an environment bad news of
one place is not undone by good news of another: a digest is verified when some place's last word
is Healthy and no place's is Regressed. (3) It is in quarantine as long as any last word says.
(4) Environments do not speak for each other. Only times of one place are ever compared, so
clocks of clusters need not agree; words of the same moment are ordered worst last.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.verdict import Verdict

HEALTHY = Verdict.HEALTHY.value
REGRESSED = Verdict.REGRESSED.value
WITHDRAWN = "Withdrawn"

_SEVERITY = {HEALTHY: 0, WITHDRAWN: 1, REGRESSED: 2}


@dataclass(frozen=True, slots=True)
class Attestation:
    """One place's word on one digest in one environment, said at `at` (unix seconds).

    `quarantined_until` is None for no quarantine and infinite for one for good.
    """

    digest: str
    environment: str
    place: str
    verdict: str
    at: float
    quarantined_until: float | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the places of one environment say of one digest, each by its last decisive word."""

    healthy: tuple[Attestation, ...] = ()
    regressed: tuple[Attestation, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether it was found good, and nowhere bad."""
        return bool(self.healthy) and not self.regressed

    def quarantine(self, now: float) -> Attestation | None:
        """The quarantine that holds longest, None when none holds."""
        running = [one for one in self.regressed if _until(one) > now]
        return max(running, key=lambda one: (_until(one), one.place), default=None)


def last_words(attestations: Iterable[Attestation]) -> tuple[Attestation, ...]:
    """Each place's last decisive word on each digest, in one order. Adding up what was added
    up before gives what adding up everything at once gives."""
    last: dict[tuple[str, str, str], Attestation] = {}
    for one in attestations:
        if one.verdict in _SEVERITY:
            key = (one.digest, one.environment, one.place)
            last[key] = max(last.get(key, one), one, key=_moment)
    return tuple(last[key] for key in sorted(last))


def standing(
    attestations: Iterable[Attestation], digests: frozenset[str], environment: str
) -> Standing:
    """How a build, known by any of these digests, stands in an environment."""
    words = [
        one
        for one in last_words(attestations)
        if one.digest in digests and one.environment == environment
    ]
    return Standing(
        tuple(one for one in words if one.verdict == HEALTHY),
        tuple(one for one in words if one.verdict == REGRESSED),
    )


def _until(one: Attestation) -> float:
    return one.at if one.quarantined_until is None else one.quarantined_until


def _moment(one: Attestation) -> tuple[float, int, float, bool, str]:
    """A total order: a quarantine that ended at once is still another word than none."""
    said = one.quarantined_until is not None
    return one.at, _SEVERITY[one.verdict], _until(one), said, one.evidence
