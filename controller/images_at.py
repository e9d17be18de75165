"""All images that governed workloads may run, for a command that ends at once.

Why: a person must see what a registry has and what it is worth also while the service is down.
Never here: printing, HTTP, what a state is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from controller.builds_read import BuildsReader, Ran, Read
from controller.builds_wanted import Wanted, together, wanted_of
from controller.engine.builds.listing import Listed, listed, rules_of, run_by_pods
from controller.engine.images import digest_of
from controller.engine.sight import Sight
from controller.engine.workload import Workload
from controller.ports.platform import Lister, Sighting, Vanished
from controller.ports.pull_secrets import NoWorkloadLogins, WorkloadLogins
from controller.ports.registry import RegistryError, Unauthorized
from policies.images.repositories import canonical, tag_of
from policies.model import Policy, claimants, conflict

AT_ONCE = 4
EVERY_TAG = Ran("", "")
"""Something that runs and has no place: all tags that count are then looked up, within limits."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person wants to see: of these namespaces (none: all) and labels, this repository by
    its full name ("": all); `everything`: also builds that are older than all that runs."""

    namespaces: tuple[str, ...]
    labels: str = ""
    repository: str = ""
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Images:
    """What was found; `trouble` is what a person should mend, one line each, since something is
    missing as long as it lasts; `refused`: a registry did not let us in."""

    rows: tuple[Listed, ...]
    trouble: tuple[str, ...] = ()
    refused: bool = False


class ImagesAt:
    """Asks the platform and the registries, each repository once."""

    def __init__(
        self,
        lister: Lister,
        reader: BuildsReader,
        clock: Callable[[], float],
        logins: WorkloadLogins | None = None,
    ) -> None:
        """`clock` tells unix seconds; `logins` hears of each workload before anything is read."""
        self._lister, self._reader, self._clock = lister, reader, clock
        self._logins = logins or NoWorkloadLogins()

    def find(self, question: Question, policies: Sequence[Policy]) -> Images:
        """Everything that was asked for. Raises PlatformError."""
        claims, trouble = self._claims(question, policies)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="images") as threads:
            found = threads.map(self._whole, [sighting for sighting, _ in claims])
            sights = [
                Sight(one.workload, policy, None, self._clock())
                for one, (_, policy) in zip(found, claims, strict=True)
                if one is not None
            ]
            for sight in sights:
                if sight.policy is not None:
                    self._logins.follow(sight.workload, sight.policy)
            wanted = _wanted(question, sights)
            read = dict(zip(wanted, threads.map(self._read, wanted, wanted.values()), strict=True))
        rows = [
            row
            for name, one in read.items()
            if isinstance(one, Read)
            for row in listed(name, one.shelf, sights)
        ]
        secrets = [line for one in sights for line in self._logins.trouble(one.workload.key)]
        refused = any(isinstance(one, Unauthorized) for one in read.values())
        return Images(
            tuple(rows), (*trouble, *_told(read.values()), *dict.fromkeys(secrets)), refused
        )

    def _claims(
        self, question: Question, policies: Sequence[Policy]
    ) -> tuple[list[tuple[Sighting, Policy]], list[str]]:
        """The workloads that one policy with images governs, and what is odd about others."""
        claims: list[tuple[Sighting, Policy]] = []
        trouble: list[str] = []
        for sighting in self._lister.list(question.namespaces, question.labels):
            key, labels = sighting.workload.key, sighting.workload.labels
            claimed = claimants(policies, key.kind, key.namespace, labels)
            trouble += [f"{key} is {line}" for line in conflict(claimed)]
            if len(claimed) == 1 and wanted_of(sighting.workload, claimed[0]):
                claims.append((sighting, claimed[0]))
        return claims, trouble

    def _whole(self, sighting: Sighting) -> Sighting | None:
        """With its pods, None where it went away since."""
        key = sighting.workload.key
        try:
            return self._lister.one(key.namespace, key.name)
        except Vanished:
            return None

    def _read(self, name: str, wanted: Sequence[Wanted]) -> Read | RegistryError:
        try:
            return self._reader.survey(together(name, wanted), self._clock())
        except RegistryError as error:
            return error


def _wanted(question: Question, sights: Iterable[Sight]) -> dict[str, list[Wanted]]:
    """By repository, what is asked of it, in the order of their names."""
    found: dict[str, list[Wanted]] = {}
    for sight in sights:
        policy = sight.policy
        for name, wanted in wanted_of(sight.workload, policy).items() if policy else ():
            if policy and question.repository in ("", name):
                every = {EVERY_TAG} if question.everything else set()
                ran = wanted.running | _ran(sight.workload, policy, name) | every
                found.setdefault(name, []).append(replace(wanted, running=frozenset(ran)))
    return dict(sorted(found.items()))


def _ran(workload: Workload, policy: Policy, name: str) -> set[Ran]:
    """What its pods run of the repository, those of older templates too."""
    return {
        Ran(tag_of(one.reference), digest_of(one.reference) or one.digest)
        for container, rule in rules_of(workload, policy, name).items()
        for one in run_by_pods(workload, rule, container)
    }


def _told(read: Iterable[Read | RegistryError]) -> list[str]:
    return [
        line
        for one in read
        for line in ([str(one)] if isinstance(one, RegistryError) else one.notes)
    ]


def named_in(policies: Iterable[Policy]) -> Mapping[str, str]:
    """By its full name, each repository that a policy names, as the first one spells it."""
    rules = [rule for policy in policies for rule in policy.images]
    return {canonical(rule.repository): rule.repository for rule in reversed(rules)}
