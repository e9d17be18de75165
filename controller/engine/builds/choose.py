"""The choice: the best build that may run, or every reason why there is none.

Why: the newest build need not be fit yet, and a gate that new builds keep failing must not
hold back an older one that is fit; so the best fit build is next, and what was passed over
is told with its reasons.
Never here: how the rollout is done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from controller.engine.builds.build import Build, Stock
from controller.engine.builds.gates import gate_objections
from controller.engine.builds.objection import Cause, Objection
from controller.engine.builds.order import beside, in_order
from policies.images.model import ImageRule

MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Refused:
    """A build that is news, and every reason why it must not run."""

    build: Build
    objections: tuple[Objection, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """`best` is the best build that is news and fit, `objections` why it is not rolled out all
    the same, or why there is none; `refused` the better ones passed over, the best first."""

    best: Build | None
    objections: tuple[Objection, ...]
    refused: tuple[Refused, ...]

    @property
    def next(self) -> Build | None:
        """What is to be rolled out now."""
        return None if self.objections else self.best

    @property
    def changes_at(self) -> float:
        """When the first reason falls by itself, in unix seconds; infinite where none does."""
        told = (*self.objections, *(one for refused in self.refused for one in refused.objections))
        return min((objection.until for objection in told), default=inf)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that keeps something back, as sentences."""
        passed_over = (
            f"{refused.build.tag}: {objection}"
            for refused in self.refused
            for objection in refused.objections
        )
        return (*map(str, self.objections), *passed_over)


def choose(rule: ImageRule, stock: Stock, held: Sequence[Objection] = ()) -> Choice:
    """What is next among these builds; `held` is what holds the workload as a whole."""
    order = beside(rule.choice, stock)
    refused: list[Refused] = []
    old: Objection | None = None
    for build in in_order(rule.choice, stock.builds):
        behind = order.stale(build)
        if behind is not None and behind.cause is Cause.NOT_NEWER:
            old = old or behind
            continue
        against = (*((behind,) if behind else ()), *gate_objections(rule, stock, build))
        if not against:
            return Choice(build, tuple(held), tuple(refused[:MOST_TOLD]))
        refused.append(Refused(build, against))
    nothing = () if refused else (_nothing(stock, old),)
    return Choice(None, (*held, *nothing), tuple(refused[:MOST_TOLD]))


def _nothing(stock: Stock, old: Objection | None) -> Objection:
    if old is not None:
        return Objection(Cause.NOT_NEWER, f"nothing is newer: {old}")
    return Objection(Cause.NOTHING_COUNTS, f"none of {len(stock.builds)} tags counts")
