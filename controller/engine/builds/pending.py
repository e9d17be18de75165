"""Which builds are next for a workload, container by container, and what keeps them back.

Why: the act, the outlook and a dry run must tell of one and the same choice.
Never here: reasons themselves (gates, held), the act.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf

from controller.engine.builds.choose import Choice, choose
from controller.engine.builds.containers import containers_of, with_build
from controller.engine.builds.held import held, put_back
from controller.engine.builds.objection import Cause, Objection
from controller.engine.builds.shelf import Shelf
from controller.engine.builds.stock import stock_of
from controller.engine.frozen import frozen, told
from controller.engine.sight import Sight
from policies.images.model import ImageRule
from policies.images.repositories import canonical
from policies.model import Policy


@dataclass(frozen=True, slots=True)
class Pending:
    """The choice for one container."""

    container: str
    choice: Choice

    @property
    def kept_back(self) -> bool:
        """Whether there is news that does not run yet, and reasons for it."""
        return self.choice.next is None and bool(self.choice.best or self.choice.refused)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason as a sentence; none where there is no news at all."""
        told = self.choice.reasons
        if self.kept_back:
            return told
        return told if self._nothing_counts else ()

    @property
    def _nothing_counts(self) -> bool:
        return any(one.cause is Cause.NOTHING_COUNTS for one in self.choice.objections)


def pending(sight: Sight, policy: Policy) -> tuple[Pending, ...]:
    """The choice for every container whose repository was read, the first rule winning."""
    found: dict[str, Pending] = {}
    for one in _choices(sight, policy):
        found.setdefault(one.container, one)
    return tuple(found.values())


def _choices(sight: Sight, policy: Policy) -> Iterator[Pending]:
    for rule in policy.images:
        shelf = sight.shelves.get(canonical(rule.repository))
        if shelf is None:
            continue
        against = (*held(rule, sight.workload), *_frozen(rule, sight), *_old(sight, shelf))
        for container in containers_of(rule, sight.workload.images):
            stock = stock_of(rule, shelf, sight, policy, container)
            choice = choose(rule, stock, against)
            yield Pending(container, _no_lesser(choice, put_back(sight.record)))


def _no_lesser(choice: Choice, left: Mapping[str, str]) -> Choice:
    """Where the best build was put back at once, the next best one would be too."""
    again = [one.build for one in choice.refused if one.build.digests & left.keys()]
    if choice.next is None or not again:
        return choice
    reason = f"{again[0].tag} was rolled out here, and nothing came of it; only a newer one follows"
    against = Objection(Cause.TURNED_AWAY, reason)
    return replace(choice, objections=(*choice.objections, against))


def _frozen(rule: ImageRule, sight: Sight) -> Iterator[Objection]:
    """What a person rolls out is not held back, so where they do it, no window stands against it."""
    for one, sentence in zip(frozen(sight), told(sight), strict=True) if rule.auto_update else ():
        yield Objection(Cause.FROZEN, sentence, inf if one.until is None else one.until)


def _old(sight: Sight, shelf: Shelf) -> Iterator[Objection]:
    """A picture that may be old tells neither what is bad by now nor what runs."""
    if shelf.unread:
        yield Objection(Cause.UNKNOWN, f"the registry was not read: {shelf.unread}")
    if sight.stale:
        yield Objection(Cause.UNKNOWN, "the platform shows nothing new")


def next_images(sight: Sight, policy: Policy) -> dict[str, str]:
    """The images to write now, by container: none where nothing is due."""
    wanted: dict[str, str] = {}
    for one in pending(sight, policy):
        if one.choice.next is not None:
            images = with_build(sight.workload.images, one.container, one.choice.next)
            wanted[one.container] = images[one.container]
    return wanted
