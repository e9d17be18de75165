"""What stays in force when files change.

Why: a broken file must not end the governing of what it governed, nor its neighbours.
Never here: reading files, noticing changes.
"""

from policies.clashes import claim_of, clashes_of
from policies.load import Loaded
from policies.model import Policy


def reload(previous: Loaded, fresh: Loaded) -> Loaded:
    """`fresh`, with the last good policies of every file that is broken now, or that lies in
    a directory that cannot be read. The problems of `fresh` are carried on, so that they can
    be shown. What was kept wins over a fresh policy that clashes with it."""
    broken = {problem.file for problem in fresh.problems}
    kept = tuple(policy for policy in previous.policies if _lies_in(policy, broken))
    places = {**previous.places, **fresh.places}
    claims = [claim_of(policy, places[policy.source]) for policy in kept]
    taken, problems = list(kept), set(fresh.problems)
    for policy in fresh.policies:
        clashes = tuple(clashes_of(claim_of(policy, places[policy.source]), claims))
        problems.update(clashes)
        taken += () if clashes else (policy,)
    policies = tuple(sorted(taken, key=_order))
    return Loaded(
        policies, tuple(sorted(problems)), {one.source: places[one.source] for one in policies}
    )


def _order(policy: Policy) -> tuple[str, int]:
    return policy.source.file, policy.source.line


def _lies_in(policy: Policy, broken: set[str]) -> bool:
    file = policy.source.file
    return any(file == path or file.startswith(f"{path}/") for path in broken)
