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
from benchmarks.rollbench.interface import Answer, Batch, Floats, Past, Rule, Study, Truth, Watcher
from benchmarks.rollbench.scenarios import scenarios

AT_ONCE, SERVICES = 200, 5
PAST_RELEASES = 60


@dataclass(frozen=True)
class Outcome:
    """What a rule said of each run: `answer` an Answer code (WATCH at the end is Inconclusive),
    `seconds` when, `bad` the candidate's bad requests until it was rolled back, or all of them."""

    answer: Floats
    seconds: Floats
    bad: Floats


def play(cell: Cell, many: Sequence[tuple[Rule, float]], runs: int) -> list[Outcome]:
    """The outcomes of rules, each with its promise, on `runs` releases of the cell."""
    parts = [
        _services(cell, many, min(AT_ONCE, runs - first), first)
        for first in range(0, runs, AT_ONCE)
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


def _services(
    cell: Cell, many: Sequence[tuple[Rule, float]], runs: int, first: int
) -> list[Outcome]:
    """Some services with pasts of their own and `runs` next releases."""
    scenario = scenarios()[cell.scenario]
    draw = np.random.default_rng([crc32(cell.key.encode()), first])
    before = drawn(scenario, cell, SERVICES * PAST_RELEASES, draw, harmed=False)
    now = drawn(scenario, cell, runs, draw, harmed=True)
    past = Past(_warm(before, scenario))
    studies = [_study(scenario, cell, promise, runs, past) for _, promise in many]
    watchers = [rule.begin(study) for (rule, _), study in zip(many, studies, strict=True)]
    return _watched(scenario, watchers, now)


def _warm(before: Drawn, scenario: Scenario) -> dict[str, Floats]:
    """The past without its own warm-up."""
    first = round(scenario.warm_up_seconds / INTERVAL_SECONDS)
    return {
        name: values[:, first:].reshape(SERVICES, PAST_RELEASES, -1, *values.shape[2:])
        for name, values in before.values.items()
    }


def _watched(scenario: Scenario, watchers: Sequence[Watcher], now: Drawn) -> list[Outcome]:
    runs, looks = now.restarts.shape[0], now.restarts.shape[1] - 1
    answer = np.zeros((len(watchers), runs))
    seconds = np.full(answer.shape, scenario.limit_seconds)
    for look in range(looks + 1):
        batch = _batch(now, look)
        for at, watcher in enumerate(watchers):
            if (answer[at] != Answer.WATCH).all():
                continue
            said = watcher.observe(batch)
            fresh = (answer[at] == Answer.WATCH) & (said != Answer.WATCH)
            answer[at, fresh], seconds[at, fresh] = said[fresh], look * INTERVAL_SECONDS
    windows = np.arange(1, looks + 1) * INTERVAL_SECONDS
    until = np.where(answer == Answer.ROLLBACK, seconds, scenario.limit_seconds)
    served = [(now.bad * (windows <= when[:, np.newaxis])).sum(axis=1) for when in until]
    return [Outcome(*row) for row in zip(answer, seconds, served, strict=True)]


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
