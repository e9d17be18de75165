"""Rules against what no rule can beat, as tables in Markdown.

Why: a delay or a miss says little until it is known what could be had in that cell.
Never here: playing, false rollbacks.

Only steps of errors are set against oracle, bound and ceiling: there all candidate's pods have the
known ratio from the start to the end. Delays are means with the time limit for runs that were not
rolled back; the summary takes them where pods are alike, as the oracle is one only there.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from statistics import fmean, median
from typing import TypeVar

from benchmarks.rollbench.bounds import information_seconds, power_ceiling
from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.results import Result
from benchmarks.rollbench.rules.oracle import RULES as ORACLES
from benchmarks.rollbench.scenarios import scenarios

STEPS = "errors x"
FEASIBLE = 0.2
"""Under this power nobody can tell, and Inconclusive is the right answer."""

Key = TypeVar("Key")


def tables(found: Sequence[Result]) -> list[str]:
    """What became of bad and good releases, rule by rule; then each step, cell by cell."""
    return [*_rules(found), "", *_steps([one for one in found if _is_step(one.cell)])]


def _is_step(cell: Cell) -> bool:
    return cell.scenario.startswith(STEPS)


@cache
def ceiling(cell: Cell, promise: float) -> float:
    """The power ceiling of a step's cell."""
    scenario = scenarios()[cell.scenario]
    seconds = scenario.limit_seconds - scenario.warm_up_seconds
    return power_ceiling(cell, scenario.ratio, promise, seconds)


def _rules(found: Sequence[Result]) -> list[str]:
    columns = (
        "rule",
        "promise",
        "bad cells",
        "missed",
        "promoted wrongly",
        "delay ÷ oracle",
        "detection ÷ ceiling",
        "good promoted",
        "at median s",
    )
    lines = [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    oracle = {
        (one.cell, one.promise): one.mean_seconds for one in found if one.rule == ORACLES[0].name
    }
    for (rule, promise), many in _grouped(found, lambda one: (one.rule, one.promise)).items():
        bad = [one for one in many if scenarios()[one.cell.scenario].harmful]
        good = [one for one in many if not scenarios()[one.cell.scenario].harmful]
        steps = [
            one for one in bad if _is_step(one.cell) and ceiling(one.cell, promise) >= FEASIBLE
        ]
        delays = [
            one.mean_seconds / oracle[one.cell, promise]
            for one in steps
            if (one.cell, promise) in oracle and one.cell.spread == 0
        ]
        when = [one.promoted_seconds for one in good if one.promoted_seconds is not None]
        lines.append(
            f"| {rule} | {promise:g} | {len(bad)} | {_mean(1 - one.rolled_back / one.runs for one in bad)} |"
            f" {_mean(one.promoted / one.runs for one in bad)} | {_median(delays)} |"
            f" {_mean(_detected(one) for one in steps)} |"
            f" {_mean(one.promoted / one.runs for one in good)} | {_median(when, digits=0)} |"
        )
    return lines


def _detected(one: Result) -> float:
    return one.rolled_back / one.runs / ceiling(one.cell, one.promise)


def _steps(found: Sequence[Result]) -> list[str]:
    columns = list(_grouped(found, lambda one: (one.rule, one.promise)))
    rules = list(dict.fromkeys(rule for rule, _ in columns))
    lines = [
        "| steps: mean delay ÷ oracle (detection ÷ ceiling) | promise | bound s | oracle s | ceiling | "
        + " | ".join(rules)
        + " |",
        "|---" * (len(rules) + 5) + "|",
    ]
    for (cell, promise), many in _grouped(found, lambda one: (one.cell, one.promise)).items():
        by_rule = {one.rule: one for one in many}
        oracle = by_rule.get(ORACLES[0].name)
        bound = information_seconds(cell, scenarios()[cell.scenario].ratio, promise)
        shown = " | ".join(_step(by_rule.get(rule), oracle) for rule in rules)
        reached = "-" if oracle is None else f"{oracle.mean_seconds:.1f}"
        lines.append(
            f"| {cell.key} | {promise:g} | {bound:.1f} | {reached} | {ceiling(cell, promise):.2f} | {shown} |"
        )
    return lines


def _step(one: Result | None, oracle: Result | None) -> str:
    if one is None:
        return "-"
    if ceiling(one.cell, one.promise) < FEASIBLE:
        return "infeasible"
    delay = "-" if oracle is None else f"{one.mean_seconds / oracle.mean_seconds:.1f}"
    return f"{delay} ({_detected(one):.2f})"


def _mean(values: Iterable[float]) -> str:
    known = list(values)
    return f"{fmean(known):.3f}" if known else "-"


def _median(values: Sequence[float], digits: int = 2) -> str:
    return f"{median(values):.{digits}f}" if values else "-"


def _grouped(found: Iterable[Result], key: Callable[[Result], Key]) -> dict[Key, list[Result]]:
    groups: dict[Key, list[Result]] = {}
    for one in found:
        groups.setdefault(key(one), []).append(one)
    return groups
