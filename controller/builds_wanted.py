"""What workloads want to know of repositories, before any is asked.

Why: the service and a command that lists images must ask a registry the same questions.
Never here: asking, when to ask.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from controller.builds_read import Asked, Ran
from controller.engine.builds.containers import containers_of, running_in
from controller.engine.workload import Workload
from controller.ports.registry import Repository
from policies.images.choices import TagChoice
from policies.images.model import WEBHOOK, ImageRule
from policies.images.repositories import canonical, tag_of
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one workload wants of one repository, as in Asked."""

    choices: frozenset[TagChoice]
    running: frozenset[Ran]
    attached: bool


def wanted_of(workload: Workload, policy: Policy) -> dict[str, Wanted]:
    """By repository in full, for every one that the policy names and the workload runs."""
    found: dict[str, Wanted] = {}
    for rule in policy.images:
        containers = containers_of(rule, workload.images)
        if not containers:
            continue
        name = canonical(rule.repository)
        running = (running_in(workload, container) for container in containers)
        before = found.get(name, Wanted(frozenset(), frozenset(), attached=False))
        found[name] = Wanted(
            before.choices | {rule.choice},
            before.running | {Ran(tag_of(one.reference), one.digest) for one in running},
            before.attached or _asks_artifacts(rule, policy),
        )
    return found


def together(name: str, wanted: Iterable[Wanted]) -> Asked:
    """What several workloads want of the repository of this full name."""
    host, _, path = name.partition("/")
    all_wanted = tuple(wanted)
    return Asked(
        Repository(host, path),
        frozenset(choice for one in all_wanted for choice in one.choices),
        frozenset(ran for one in all_wanted for ran in one.running),
        any(one.attached for one in all_wanted),
    )


def _asks_artifacts(rule: ImageRule, policy: Policy) -> bool:
    """Whether anything that is attached to a digest can speak for or against it."""
    by_ci = rule.gates.ci_verdict not in (None, WEBHOOK)
    return by_ci or rule.gates.verified_in is not None or policy.environment is not None
