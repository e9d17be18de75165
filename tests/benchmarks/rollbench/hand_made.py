"""Studies and scrapes written by hand, for laws about one rule."""

from collections.abc import Iterator

import numpy as np

from analysis.question import Direction, Kind
from benchmarks.rollbench.interface import (
    Answer,
    Batch,
    Floats,
    Metric,
    Rule,
    Study,
    Truth,
)

ERRORS = Metric("errors", Kind.RATIO, Direction.HIGHER)
LATENCY = Metric("latency", Kind.HISTOGRAM, Direction.HIGHER, quantile=0.99, edges=(0.1, 0.5, 1.0))
MEMORY = Metric("memory", Kind.GAUGE, Direction.HIGHER)
REQUESTS = Metric("requests", Kind.RATE, Direction.LOWER)
SECONDS = 15.0


def study(
    *metrics: Metric,
    looks: int,
    runs: int = 1,
    promise: float = 0.05,
    warm_up_seconds: float = 0.0,
    ratio: float = 1.0,
) -> Study:
    """One pod an arm."""
    truth = Truth(0.005, ratio, 20.0)
    return Study(
        metrics, 1, 1, SECONDS, looks * SECONDS, warm_up_seconds, promise, runs, None, truth
    )


def ratio(bad: Floats, total: Floats) -> Floats:
    """Counters (runs, looks + 1, pods, 1, 2) of what happened between scrapes (runs, looks, pods)."""
    return counters(np.stack([bad, total], axis=-1)[..., np.newaxis, :])


def counters(gained: Floats) -> Floats:
    """Counters of increments (runs, looks, pods, strata, columns), from zero."""
    begun = np.zeros_like(gained[:, :1], dtype=float)
    return np.concatenate([begun, np.cumsum(gained, axis=1)], axis=1)


def batches(**values: Floats) -> Iterator[Batch]:
    """One batch a look."""
    first = next(iter(values.values()))
    for look in range(first.shape[1]):
        restarts = np.zeros((first.shape[0], first.shape[2]))
        yield Batch(look * SECONDS, {name: one[:, look] for name, one in values.items()}, restarts)


def verdicts(rule: Rule, asked: Study, **values: Floats) -> list[tuple[Answer, float]]:
    """The first final answer of each run and when it came; WATCH at the end if none did."""
    watcher = rule.begin(asked)
    found = [(Answer.WATCH, asked.limit_seconds)] * asked.runs
    for batch in batches(**values):
        for run, said in enumerate(watcher.observe(batch)):
            if found[run][0] is Answer.WATCH and said != Answer.WATCH:
                found[run] = Answer(said), batch.at_seconds
    return found


def steady(arms: tuple[float, float], looks: int, total: float = 100.0) -> Floats:
    """A ratio whose two pods have these bad requests in every window of `total`."""
    bad = np.broadcast_to(np.array(arms), (1, looks, 2))
    return ratio(bad, np.full((1, looks, 2), total))
