"""The builds of a repository as a person lists them: what each is to whom, and who runs it.

Why: several workloads share a repository, and a build may be good news to one and bad to another.
Never here: choosing, registries, layout.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from controller.engine.builds.build import Build, Running
from controller.engine.builds.gates import gate_objections
from controller.engine.builds.order import in_order
from controller.engine.builds.shelf import Shelf
from controller.engine.builds.states import ImageState, state_of
from controller.engine.builds.stock import stock_of
from controller.engine.images import digest_of
from controller.engine.sight import Sight
from controller.engine.workload import Workload, WorkloadKey
from policies.images.model import ImageRule
from policies.images.repositories import canonical
from policies.model import Policy

RUNNING, SEEN, UNKNOWN = "running", "seen", "unknown"
_WORST_FIRST = (*(state.value for state in ImageState), RUNNING, SEEN, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Use:
    """What a build is to one container: its state in one word, whether pods of it `run` it, and
    every reason against it that a gate has."""

    key: WorkloadKey
    container: str
    state: str
    runs: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One build and what it is to every container that its repository's rules are for."""

    repository: str
    build: Build
    uses: tuple[Use, ...]

    @property
    def state(self) -> str:
        """The worst of its states, since bad news of one workload is news to all."""
        return min((use.state for use in self.uses), key=_WORST_FIRST.index, default=SEEN)

    @property
    def run_by(self) -> tuple[WorkloadKey, ...]:
        """The workloads of which a pod runs it."""
        return tuple(sorted({use.key for use in self.uses if use.runs}))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason against it, each once."""
        return tuple(dict.fromkeys(reason for use in self.uses for reason in use.reasons))


def listed(repository: str, shelf: Shelf, sights: Sequence[Sight]) -> tuple[Listed, ...]:
    """The builds of a repository (by its full name), the best first as the rules order them, those
    that have no place in any order last."""
    rules = [
        (rule, sight, container)
        for sight in sights
        if sight.policy is not None
        for container, rule in rules_of(sight.workload, sight.policy, repository).items()
    ]
    choices = dict.fromkeys(rule.choice for rule, _sight, _container in rules)
    ranked = (build for choice in choices for build in in_order(choice, shelf.builds))
    return tuple(
        Listed(repository, build, tuple(_use(*one, shelf, build) for one in rules))
        for build in dict.fromkeys((*ranked, *shelf.builds))
    )


def rules_of(workload: Workload, policy: Policy, repository: str) -> dict[str, ImageRule]:
    """The rule of each container that is of the repository, the first winning."""
    found: dict[str, ImageRule] = {}
    for rule in policy.images:
        if canonical(rule.repository) == repository:
            for container, image in workload.images.items():
                if rule.covers(container, image):
                    found.setdefault(container, rule)
    return found


def _use(rule: ImageRule, sight: Sight, container: str, shelf: Shelf, build: Build) -> Use:
    policy = sight.policy
    if policy is None:
        raise LookupError(f"{sight.workload.key} has no policy")
    stock = stock_of(rule, shelf, sight, policy, container)
    runs = any(
        {one.digest, digest_of(one.reference)} & build.digests
        for one in run_by_pods(sight.workload, rule, container)
    )
    state = state_of(rule, stock, build, sight.record)
    word = state.value if state else RUNNING if runs else SEEN if build.digest else UNKNOWN
    reasons = tuple(map(str, gate_objections(rule, stock, build)))
    return Use(sight.workload.key, container, word, runs, reasons)


def run_by_pods(workload: Workload, rule: ImageRule, container: str) -> Iterator[Running]:
    """For every pod whose container is of the rule's repository, its image as its template has it
    and the digest that the pod names, which may be that of its platform alone."""
    for pod in workload.pods:
        revision = workload.revision_of(pod)
        image = revision.images.get(container, "") if revision else ""
        if image and not pod.leaving and rule.covers(container, image):
            yield Running(image, pod.digests.get(container, ""))
