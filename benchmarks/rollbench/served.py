"""Bad requests that users saw before a rollback, beside the products people run, as a table.

Why: what a delay costs is counted in requests.
Never here: playing, false rollbacks.
"""

from collections.abc import Iterable, Sequence

from benchmarks.rollbench.results import Result
from benchmarks.rollbench.rules.argo import DOCUMENTED as ARGO
from benchmarks.rollbench.rules.flagger import RULES as FLAGGER
from benchmarks.rollbench.scenarios import scenarios

PRODUCTS = tuple(rule.name for rule in (*ARGO, *FLAGGER))
"""With the numbers of their documentation. A threshold that somebody set with this service's error
rate in mind (Argo's 99 %) stands in a column of its own."""

CATCHES = 0.5
"""A product that rolls back fewer of a family's releases does not catch it."""


def table(found: Sequence[Result]) -> list[str]:
    """Of each family of bad releases: the product that served the fewest bad requests of those that
    catch it, and what each rule served over that; a release not rolled back serves to the end."""
    bad = [one for one in found if scenarios()[one.cell.scenario].harmful and one.bad_served > 0]
    rules = list(dict.fromkeys(one.rule for one in bad))
    columns = ["bad requests served", "promise", "least of Argo and Flagger", "a run", *rules]
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for family, promise in dict.fromkeys((one.cell.scenario, one.promise) for one in bad):
        many = [one for one in bad if (one.cell.scenario, one.promise) == (family, promise)]
        lines.append(_row(family, promise, many, rules))
    return lines


def _row(family: str, promise: float, many: Sequence[Result], rules: Sequence[str]) -> str:
    by_rule = {rule: [one for one in many if one.rule == rule] for rule in rules}
    catching = [rule for rule in rules if rule in PRODUCTS and _caught(by_rule[rule]) >= CATCHES]
    least = min(catching, key=lambda rule: _served(by_rule[rule]), default=None)
    whole = _served(by_rule[least]) if least else None
    cells = [_share(by_rule[rule], whole) for rule in rules]
    shown = "-" if whole is None else f"{whole:.0f}"
    return f"| {family} | {promise:g} | {least or 'none catches'} | {shown} | {' | '.join(cells)} |"


def _caught(many: Sequence[Result]) -> float:
    runs = sum(one.runs for one in many)
    return sum(one.rolled_back for one in many) / runs if runs else 0.0


def _served(many: Iterable[Result]) -> float:
    """A run, over cells."""
    each = [one.bad_served for one in many]
    return sum(each) / len(each)


def _share(many: Sequence[Result], whole: float | None) -> str:
    if not many:
        return "-"
    served, caught = _served(many), _caught(many)
    figure = f"{served:.0f} a run" if whole is None else f"{served / whole:.2f}"
    return f"{figure} ({caught:.2f})"
