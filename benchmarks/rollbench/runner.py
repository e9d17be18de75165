"""Draws a cell and shows it to rules.

Why: all rules and both promises see the very same scrapes.
Never here: scenarios, rules, how results are scored or stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from benchmarks.rollbench.cell import INTERVAL_SECONDS, Cell
from benchmarks.rollbench.drawing import Drawn, Scenario, drawn
from benchmarks.rollbench.interface import Answer, Batch, Floats, Past, Rule, Study, Truth
from benchmarks.rollbench.scenarios import scenarios

AT_ONCE = 50
PAST_RELEASES = 30


@dataclass(frozen=True)
class Outcome:
    """What a rule said of each run: `answer` an Answer code (WATCH at the end is Inconclusive),
    `seconds` when, `bad` the candidate's bad requests until then."""

    answer: Floats
    seconds: Floats
    bad: Floats


def play(cell: Cell, many: Sequence[tuple[Rule, float]], runs: int) -> list[Outcome]:
    """The outcomes of rules, each with its promise, on `runs` releases of the cell."""
    parts = [
        _service(cell, many, min(AT_ONCE, runs - first), first) for first in range(0, runs, AT_ONCE)
    ]
    return [
        Outcome(
            *(
                np.concatenate([getattr(part[at], name) for part in parts])
                for name in ("answer", "seconds", "bad")
            )
        )
        for at in range(len(many))
    ]


def _service(
    cell: Cell, many: Sequence[tuple[Rule, float]], runs: int, first: int
) -> list[Outcome]:
    """One service with a past of its own and `runs` next releases."""
    scenario = scenarios()[cell.scenario]
    draw = np.random.default_rng([crc32(cell.key.encode()), first])
    before = drawn(scenario, cell, PAST_RELEASES, draw, harmed=False)
    now = drawn(scenario, cell, runs, draw, harmed=True)
    past = Past(_warm(before, scenario))
    return [_watched(scenario, cell, rule, promise, now, past) for rule, promise in many]


def _warm(before: Drawn, scenario: Scenario) -> dict[str, Floats]:
    """The past without its own warm-up."""
    first = round(scenario.warm_up_seconds / INTERVAL_SECONDS)
    return {name: values[:, first:] for name, values in before.values.items()}


def _watched(
    scenario: Scenario, cell: Cell, rule: Rule, promise: float, now: Drawn, past: Past
) -> Outcome:
    runs, looks = now.restarts.shape[0], now.restarts.shape[1] - 1
    watcher = rule.begin(_study(scenario, cell, promise, runs, past))
    answer, seconds = np.zeros(runs), np.full(runs, scenario.limit_seconds)
    watcher.observe(_batch(now, 0))
    for look in range(1, looks + 1):
        said = watcher.observe(_batch(now, look))
        fresh = (answer == Answer.WATCH) & (said != Answer.WATCH)
        answer[fresh], seconds[fresh] = said[fresh], look * INTERVAL_SECONDS
        if (answer != Answer.WATCH).all():
            break
    windows = np.arange(1, looks + 1) * INTERVAL_SECONDS
    served = (now.bad * (windows <= seconds[:, np.newaxis])).sum(axis=1)
    return Outcome(answer, seconds, served)


def _batch(now: Drawn, look: int) -> Batch:
    return Batch(
        look * INTERVAL_SECONDS,
        {name: values[:, look] for name, values in now.values.items()},
        now.restarts[:, look],
    )


def _study(scenario: Scenario, cell: Cell, promise: float, runs: int, past: Past) -> Study:
    return Study(
        scenario.metrics,
        cell.baseline_pods,
        cell.candidate_pods,
        INTERVAL_SECONDS,
        scenario.limit_seconds,
        scenario.warm_up_seconds,
        promise,
        runs,
        past,
        Truth(cell.base_rate, scenario.ratio, cell.requests_per_second),
    )
