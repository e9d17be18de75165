"""Which builds count, the best first, and whether one is news beside what runs.

Why: a downgrade by accident is a release that nobody tested; the order alone says what is
newer, or whoever moves the tag.
Never here: whether a build may run.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from controller.engine.builds.build import Build, Running, Stock
from controller.engine.builds.objection import Cause, Objection
from policies.images.choices import MovingTag, Newest, Rank, TagChoice
from policies.images.repositories import tag_of

MOST_LOOK_UPS = 50


def in_order(choice: TagChoice, builds: Iterable[Build]) -> tuple[Build, ...]:
    """The builds that count, the best first; those without a place in the order last. Equal
    places are ordered by when they were made, then by their names."""
    counted = [build for build in builds if choice.counts(build.tag)]
    counted.sort(key=lambda build: (build.created_at or 0.0, build.tag, build.digest), reverse=True)
    placed = [(_rank(choice, build), build) for build in counted]
    ranked = [(rank, build) for rank, build in placed if rank is not None]
    ranked.sort(key=lambda pair: pair[0], reverse=True)
    rest = (build for rank, build in placed if rank is None)
    return (*(build for _rank_, build in ranked), *rest)


def worth_a_look(choice: TagChoice, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags whose digests are worth asking a registry for, the best first and at most
    MOST_LOOK_UPS: a repository may have thousands. Where names tell no order, the last by
    name."""
    return tuple(build.tag for build in in_order(choice, _unseen(tags)))[:MOST_LOOK_UPS]


def _unseen(tags: Iterable[str]) -> Iterable[Build]:
    return (Build(tag, "") for tag in tags)


def _rank(choice: TagChoice, build: Build) -> Rank | None:
    return choice.rank(build.tag, build.created_at)


@dataclass(frozen=True, slots=True)
class Beside:
    """The order, seen from what runs; `place` is the best place of all tags that what runs has
    had: its tag may be gone from the registry, or name another digest by now."""

    choice: TagChoice
    running: Running
    place: Rank | None

    def stale(self, build: Build) -> Objection | None:
        """Why the build is no news, None where it is."""
        digest = self.running.digest
        if digest and digest in build.digests:
            return _not_newer(f"{digest[:19]} runs already")
        if isinstance(self.choice, MovingTag):
            known = "which digest runs now is not known yet"
            return None if digest else Objection(Cause.UNKNOWN, known)
        return self._behind(build)

    def _behind(self, build: Build) -> Objection | None:
        rank = _rank(self.choice, build)
        if rank is None:
            return Objection(Cause.UNKNOWN, "when its image was made is not known")
        if self.place is not None:
            newer = self.place < rank
            return None if newer else _not_newer(f"not newer than {_named(self.running)}")
        if isinstance(self.choice, Newest):
            return Objection(Cause.UNKNOWN, "when the image that runs was made is not known")
        return _made_before(self.running, build)


def beside(choice: TagChoice, stock: Stock) -> Beside:
    """The order of a choice, seen from what runs."""
    running = stock.running
    same = [build for build in stock.builds if running.digest and running.digest in build.digests]
    ranks = [_rank(choice, build) for build in same]
    ranks.append(choice.rank(tag_of(running.reference), running.created_at))
    place = max((rank for rank in ranks if rank is not None), default=None)
    return Beside(choice, running, place)


def _made_before(running: Running, build: Build) -> Objection | None:
    """What runs has no place in the order (a person's build, a first rollout): then time tells,
    where it is known."""
    if build.created_at is None or running.created_at is None:
        return None
    if build.created_at > running.created_at:
        return None
    return _not_newer(f"made no later than {_named(running)} and has no place in the order")


def _named(running: Running) -> str:
    return f"{tag_of(running.reference) or running.digest[:19] or running.reference}, which runs"


def _not_newer(sentence: str) -> Objection:
    return Objection(Cause.NOT_NEWER, sentence)
