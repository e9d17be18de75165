"""Which workloads the policies govern, and which they should not.

Why: a selector with a slip governs nothing, and nobody notices until a bad release stays.
Never here: metrics.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from controller.doctor.finding import Finding, bad, good
from controller.engine.workload import Workload
from policies.load import Loaded
from policies.model import Policy, WorkloadRule, claimants

POLICIES, GOVERNED = "policies", "governed"
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Governed:
    """A policy and every workload that it alone claims."""

    policy: Policy
    workloads: tuple[Workload, ...]


def policies(loaded: Loaded) -> Iterator[Finding]:
    """Each mistake in the files, and how many policies are good."""
    for problem in loaded.problems:
        yield bad(POLICIES, str(problem), "mend the file; `rollctl lint` says the same")
    count = len(loaded.policies)
    if count:
        yield good(POLICIES, f"{count} loaded: {_few([p.name for p in loaded.policies])}")
    elif not loaded.problems:
        yield bad(POLICIES, "there is no policy", "name a file or a folder of *.yaml with -f")


def sorted_out(
    policies_there: Sequence[Policy], workloads: Sequence[Workload]
) -> tuple[Governed, ...]:
    """Each policy with its workloads; those that several claim are nobody's."""
    claims = [(one, claimed_by(policies_there, one)) for one in workloads]
    return tuple(
        Governed(policy, tuple(one for one, by in claims if by == (policy,)))
        for policy in policies_there
    )


def governed(found: Sequence[Governed]) -> Iterator[Finding]:
    """Whether each policy governs anything."""
    for one in found:
        name = f"policy {one.policy.name}"
        if one.workloads:
            keys = [str(workload.key) for workload in one.workloads]
            yield good(GOVERNED, f"{name} governs {len(keys)}: {_few(keys)}")
        else:
            told = f"{name} governs no workload in sight ({_spelled(one.policy.workloads)})"
            mend = "compare spec.workloads with `kubectl get deployments -A --show-labels`"
            yield bad(GOVERNED, told, mend)


def conflicts(policies_there: Sequence[Policy], workloads: Sequence[Workload]) -> Iterator[Finding]:
    """Workloads that several policies claim, of which none then holds."""
    for one in workloads:
        claims = claimed_by(policies_there, one)
        if len(claims) > 1:
            names = ", ".join(policy.name for policy in claims)
            mend = "let one policy claim it: narrow the others' spec.workloads"
            yield bad(GOVERNED, f"{one.key} is claimed by {len(claims)} policies: {names}", mend)


def claimed_by(policies_there: Sequence[Policy], one: Workload) -> tuple[Policy, ...]:
    """Every policy that claims a workload."""
    return claimants(policies_there, one.key.kind, one.key.namespace, one.labels)


def _spelled(rule: WorkloadRule) -> str:
    selector = rule.selector
    labels = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    expressions = [f"{one.key} {one.operator.value}" for one in selector.match_expressions]
    wanted = ", ".join((*labels, *expressions)) or "any"
    return f"namespaces: {', '.join(rule.namespaces) or 'all'}; labels: {wanted}"


def _few(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
