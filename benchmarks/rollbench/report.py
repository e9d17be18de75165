"""Results as tables in Markdown.

Why: a benchmark is read by its tables.
Never here: playing.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from scipy.special import betaincinv

from benchmarks.rollbench import against, served
from benchmarks.rollbench.results import Result
from benchmarks.rollbench.scenarios import scenarios

Sides = tuple[float, float]
Key = TypeVar("Key")


def limits(hits: int, runs: int, error: float = 0.05) -> Sides:
    """Clopper and Pearson's exact binomial limits, each failing with error / 2."""
    low = float(betaincinv(hits, runs - hits + 1, error / 2)) if hits else 0.0
    high = float(betaincinv(hits + 1, runs - hits, 1 - error / 2)) if hits < runs else 1.0
    return low, high


def report(found: Sequence[Result]) -> str:
    """All tables."""
    found = sorted(found, key=lambda one: (one.cell.key, one.rule, one.promise))
    null = [one for one in found if not scenarios()[one.cell.scenario].harmful]
    harm = [one for one in found if scenarios()[one.cell.scenario].harmful]
    parts = (
        _worst(null),
        against.tables(found),
        served.table(found),
        _families(null),
        _harms(harm),
    )
    return "\n\n".join("\n".join(lines) for lines in parts)


def _worst(found: Sequence[Result]) -> list[str]:
    """The headline: each rule's worst cell, and how many cells surely break the promise."""
    lines = [
        "| rule | promise | cells | runs a cell | mean | worst | its 95 % limits | broken | worst cell |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for (rule, promise), many in _grouped(found, lambda one: (one.rule, one.promise)).items():
        worst = max(many, key=lambda one: one.rolled_back / one.runs)
        low, high = limits(worst.rolled_back, worst.runs)
        broken = sum(limits(one.rolled_back, one.runs)[0] > promise for one in many)
        mean = sum(one.rolled_back / one.runs for one in many) / len(many)
        lines.append(
            f"| {rule} | {promise:g} | {len(many)} | {min(one.runs for one in many)} | {mean:.4f} |"
            f" {worst.rolled_back / worst.runs:.4f} | {low:.4f}-{high:.4f} | {broken} |"
            f" {worst.cell.key} |"
        )
    return lines


def _families(found: Sequence[Result]) -> list[str]:
    """The worst false-rollback rate of each family."""
    columns = list(_grouped(found, lambda one: (one.rule, one.promise)))
    lines = [
        "| good releases | "
        + " | ".join(f"{rule} {promise:g}" for rule, promise in columns)
        + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for family, many in _grouped(found, lambda one: one.cell.scenario).items():
        worst = {
            column: max(one.rolled_back / one.runs for one in rows)
            for column, rows in _grouped(many, lambda one: (one.rule, one.promise)).items()
        }
        shown = (f"{worst[column]:.3f}" if column in worst else "-" for column in columns)
        lines.append(f"| {family} | " + " | ".join(shown) + " |")
    return lines


def _harms(found: Sequence[Result]) -> list[str]:
    """Detection, delay and bad requests served, cell by cell."""
    columns = list(_grouped(found, lambda one: (one.rule, one.promise)))
    lines = [
        "| bad releases: share rolled back @ median seconds (bad requests served) | "
        + " | ".join(f"{rule} {promise:g}" for rule, promise in columns)
        + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for key, many in _grouped(found, lambda one: one.cell.key).items():
        by_rule = {(one.rule, one.promise): one for one in many}
        shown = (_harm(by_rule.get(column)) for column in columns)
        lines.append(f"| {key} | " + " | ".join(shown) + " |")
    return lines


def _harm(one: Result | None) -> str:
    if one is None:
        return "-"
    when = "-" if one.median_seconds is None else f"{one.median_seconds:.0f}"
    return f"{one.rolled_back / one.runs:.2f} @ {when} ({one.bad_served:.0f})"


def _grouped(found: Iterable[Result], key: Callable[[Result], Key]) -> dict[Key, list[Result]]:
    groups: dict[Key, list[Result]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups
