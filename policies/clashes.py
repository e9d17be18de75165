"""Two policies that claim the same name or the same workload.

Why: two policies on one workload would undo each other's decisions; what can be proved
from the files is refused before it happens.
Never here: what real workloads match (claimants in model tells that at run time).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from policies.labels import LabelRequirement
from policies.model import Policy, SourcePlace, WorkloadRule
from policies.problems import Place, Problem, quote

Places = Mapping[str, Place]


@dataclass(frozen=True)
class Claim:
    """What one policy, perhaps broken elsewhere, calls itself and governs; None where that
    could not be read."""

    source: SourcePlace
    name: str | None
    workloads: WorkloadRule | None
    places: Places

    @cached_property
    def requirements(self) -> frozenset[LabelRequirement]:
        """The conditions on labels; worked out once, as every two claims are compared."""
        return self.workloads.selector.requirements if self.workloads else frozenset()

    def problem(self, path: str, what: str, rule: str, instead: str) -> Problem:
        """A problem at the place of `path`, or where the policy begins."""
        place = self.places.get(path, Place(self.source.line, 1))
        message = f"{what}; {rule}; {instead}"
        return Problem(self.source.file, place.line, place.column, path, message)


def claim_of(policy: Policy, places: Places) -> Claim:
    """The claim of a policy that was read without problems."""
    return Claim(policy.source, policy.name, policy.workloads, places)


def find_clashes(claims: Sequence[Claim]) -> tuple[Problem, ...]:
    """A problem at the later of each two policies that clash, in the order of `claims`."""
    return tuple(
        problem
        for index, later in enumerate(claims)
        for problem in clashes_of(later, claims[:index])
    )


def clashes_of(later: Claim, earlier: Sequence[Claim]) -> Iterator[Problem]:
    """The problems of `later` beside all `earlier` ones; at most one of a kind."""
    namesake = next((one for one in earlier if one.name and one.name == later.name), None)
    if namesake:
        yield later.problem(
            "metadata.name",
            f"a second policy {quote(later.name or '')}, after {_where(namesake)}",
            "names are unique over all files",
            "write another name",
        )
    rival = next((one for one in earlier if _overlap(one, later)), None)
    if rival:
        yield later.problem(
            "spec.workloads",
            f"it claims workloads that {_called(rival)} claims too ({_where(rival)})",
            "a workload has one policy",
            "narrow one of the two selectors, for instance with matchExpressions and NotIn",
        )


def _where(claim: Claim) -> str:
    return f"{claim.source.file}:{claim.source.line}"


def _called(claim: Claim) -> str:
    return f"the policy {quote(claim.name)}" if claim.name else "another policy"


def _overlap(one: Claim, other: Claim) -> bool:
    """Whether a workload of the narrower claim is surely claimed by both: all conditions of
    one are among the other's."""
    if one.workloads is None or other.workloads is None:
        return False
    nested = one.requirements <= other.requirements or other.requirements <= one.requirements
    return nested and _meet(one.workloads, other.workloads)


def _meet(one: WorkloadRule, other: WorkloadRule) -> bool:
    if not set(one.kinds) & set(other.kinds):
        return False
    everywhere = not one.namespaces or not other.namespaces
    return everywhere or bool(set(one.namespaces) & set(other.namespaces))
