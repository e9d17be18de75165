"""One reading of one repository: from tags and artifacts to a shelf of builds.

Why: a registry counts what it is asked, so only what can still change a choice is asked, and
what a digest stands for is asked once.
Never here: when to read, threads, choosing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from controller.engine.builds.attestation import Attestation
from controller.engine.builds.build import Build
from controller.engine.builds.ci import Attached
from controller.engine.builds.order import worth_a_look
from controller.engine.builds.shelf import Shelf
from controller.ports.registry import (
    BadAnswer,
    Descriptor,
    ImageReference,
    NotFound,
    Refused,
    Registry,
    Repository,
)
from controller.verdicts.record import ARTIFACT_TYPE
from controller.verdicts.signing import MOST_RECORDS, Keys, believe
from policies.images.choices import MovingTag, Newest, TagChoice

MOST_REFERRED = 10
MOST_BODIES = 5_000
MOST_NOTES = 5


@dataclass(frozen=True, slots=True)
class Ran:
    """What a workload runs of a repository: the tag as written and the digest, "" while unknown."""

    tag: str
    digest: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a repository: the builds of these choices beside what runs and, with
    `attached`, the artifacts that refer to them."""

    repository: Repository
    choices: frozenset[TagChoice]
    running: frozenset[Ran]
    attached: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A repository as it is now, and what was odd about single builds, one line each."""

    shelf: Shelf
    notes: tuple[str, ...] = ()


class BuildsReader:
    """Reads repositories; may be used by several threads, each at another repository. Where
    there are `keys`, only verdicts signed by one of them are believed."""

    def __init__(self, registry: Registry, keys: Keys) -> None:
        self._registry = registry
        self._keys = keys
        self._bodies: dict[str, bytes] = {}

    def read(self, asked: Asked, before: Shelf, now: float) -> Read:
        """The repository at `now` (unix seconds); what is known of a digest `before` is not asked
        again. Raises RegistryError when the repository cannot be read at all."""
        notes: list[str] = []
        builds = self._tagged(asked, before, now, notes)
        return self._read(asked, builds, _referred(asked, builds), before, now, notes)

    def survey(self, asked: Asked, now: float) -> Read:
        """The same for a person who lists images: with what is attached to every build, and with
        what runs though no tag leads to it any more (its tag is ""). Raises RegistryError."""
        notes: list[str] = []
        builds = self._tagged(asked, Shelf(), now, notes)
        builds += self._untagged(asked, builds, now, notes)
        digests = dict.fromkeys(one.digest for one in builds if one.digest)
        referred = tuple(digests) if asked.attached else ()
        return self._read(asked, builds, referred, Shelf(), now, notes)

    def _tagged(self, asked: Asked, before: Shelf, now: float, notes: list[str]) -> list[Build]:
        known = {build.digest: build for build in before.builds if build.digest}
        builds: list[Build] = []
        for tag in self._look_ups(asked):
            try:
                builds.append(self._build(asked.repository, tag, known, now))
            except NotFound:
                continue  # The tag was taken away since the tags were listed.
            except (BadAnswer, Refused) as error:
                builds.append(Build(tag, ""))
                notes.append(f"{asked.repository}:{tag} cannot be used: {error}")
        return builds

    def _untagged(
        self, asked: Asked, builds: Iterable[Build], now: float, notes: list[str]
    ) -> list[Build]:
        told = {digest for build in builds for digest in build.digests}
        found: list[Build] = []
        for digest in sorted({ran.digest for ran in asked.running} - told - {""}):
            try:
                facts = self._registry.facts(ImageReference(asked.repository, digest=digest))
            except (NotFound, BadAnswer, Refused) as error:
                found.append(Build("", digest))
                notes.append(f"{asked.repository}@{digest[:19]} runs, and cannot be had: {error}")
            else:
                found.append(Build("", digest, facts.created_at, now, frozenset(facts.parts)))
        return found

    def _read(
        self,
        asked: Asked,
        builds: Sequence[Build],
        referred: Sequence[str],
        before: Shelf,
        now: float,
        notes: list[str],
    ) -> Read:
        attached = {digest: self._attached(asked.repository, digest) for digest in referred}
        words = self._words(asked.repository, attached, now, notes)
        shelf = Shelf(
            builds=tuple(builds),
            attached={digest: tuple(map(_artifact, found)) for digest, found in attached.items()},
            attestations=words,
            made=self._made(asked, builds, before),
        )
        return Read(shelf, tuple(notes[:MOST_NOTES]))

    def _look_ups(self, asked: Asked) -> tuple[str, ...]:
        """The tags whose digests are asked for, each once."""
        moving = [choice.tag for choice in asked.choices if isinstance(choice, MovingTag)]
        ordered = [choice for choice in asked.choices if not isinstance(choice, MovingTag)]
        tags = self._registry.tags(asked.repository) if ordered else ()
        found = [tag for choice in ordered for tag in look_ups(choice, tags, asked.running)]
        return tuple(dict.fromkeys((*sorted(moving), *found)))

    def _build(
        self, repository: Repository, tag: str, known: Mapping[str, Build], now: float
    ) -> Build:
        digest = self._registry.resolve(ImageReference(repository, tag))
        before = known.get(digest)
        if before is not None:
            return Build(tag, digest, before.created_at, before.seen_at, before.parts)
        facts = self._registry.facts(ImageReference(repository, digest=digest))
        return Build(tag, digest, facts.created_at, now, frozenset(facts.parts))

    def _attached(self, repository: Repository, digest: str) -> tuple[Descriptor, ...]:
        return self._registry.referrers(repository, digest)

    def _words(
        self,
        repository: Repository,
        attached: Mapping[str, Sequence[Descriptor]],
        now: float,
        notes: list[str],
    ) -> tuple[Attestation, ...]:
        words: list[Attestation] = []
        for digest, found in attached.items():
            records = [one for one in found if one.artifact_type == ARTIFACT_TYPE][:MOST_RECORDS]
            bodies = [self._body(repository, one.digest) for one in records]
            believed = believe(digest, filter(None, bodies), self._keys, now)
            words += [record.attestation() for record in believed.records]
            notes += [f"a verdict at {digest[:19]} counts not: {why}" for why in believed.left_out]
        return tuple(words)

    def _body(self, repository: Repository, digest: str) -> bytes:
        """The content of an artifact, which its digest fixes; empty where it cannot be had."""
        if digest not in self._bodies:
            try:
                content = self._registry.artifact(repository, digest).content
            except (NotFound, BadAnswer):
                return b""
            if len(self._bodies) >= MOST_BODIES:
                self._bodies.clear()
            self._bodies[digest] = content
        return self._bodies.get(digest, b"")

    def _made(self, asked: Asked, builds: Iterable[Build], before: Shelf) -> Mapping[str, float]:
        """When what runs was made, where no build tells and the order asks for it."""
        told = {digest for build in builds for digest in build.digests}
        open_ = {ran.digest for ran in asked.running} - told - {""}
        if not any(isinstance(choice, Newest) for choice in asked.choices):
            return {}
        return {
            digest: at
            for digest in sorted(open_)
            if (at := before.made.get(digest) or self._made_at(asked.repository, digest))
        }

    def _made_at(self, repository: Repository, digest: str) -> float | None:
        try:
            return self._registry.facts(ImageReference(repository, digest=digest)).created_at
        except (NotFound, BadAnswer, Refused):
            return None


def look_ups(choice: TagChoice, tags: Iterable[str], running: Iterable[Ran]) -> tuple[str, ...]:
    """The tags worth a look, the best first; where the order is in the names, none that are worse
    than all that runs, as they can be no news."""
    best = worth_a_look(choice, tags)
    places = [best.index(ran.tag) if ran.tag in best else len(best) for ran in running]
    if isinstance(choice, Newest) or not places:
        return best
    return best[: max(places) + 1]


def _referred(asked: Asked, builds: Iterable[Build]) -> tuple[str, ...]:
    """The digests whose artifacts are asked for: those that may be next."""
    running = {ran.digest for ran in asked.running}
    news = [one.digest for one in builds if one.digest and not one.digests & running]
    return tuple(dict.fromkeys(news))[:MOST_REFERRED] if asked.attached else ()


def _artifact(one: Descriptor) -> Attached:
    return Attached(one.artifact_type, one.annotations)
