"""Keeps count of how often equally good releases are rolled back, and how soon bad ones are.

Why: the false-rollback rate is the promise that the whole project rests on, so it is measured,
with seeds, over pods that differ and over all looks of a half-hour rollout.
Never here: a statistic of its own; it calls the analysis as the controller does, only that the
counts are made directly instead of being differenced from samples.

    python -m benchmarks.false_rollbacks --runs 2000
"""

import argparse
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, log_ndtr

from analysis import counted, gauges
from analysis.accumulate import begin, conclude
from analysis.counts import Counts
from analysis.evidence import Evidence, MetricEvidence
from analysis.gauges import Levels
from analysis.increments import Reading
from analysis.question import Comparison, Design, Direction, Kind, Question, Tolerance
from analysis.samples import Arm, Part, Pod
from analysis.slopes import Slopes

Floats = NDArray[np.float64]

WINDOW = 15.0
WINDOWS = 120
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
MEDIAN_LATENCY, SPREAD_OF_LATENCY = 0.05, 0.8
ERROR_RATE, REQUESTS_PER_SECOND = 0.005, 20.0
GAUGE_NOISE = 0.05

QUESTIONS = (
    Question("errors", Kind.RATIO, Direction.HIGHER, Tolerance(0.1)),
    Question("latency", Kind.HISTOGRAM, Direction.HIGHER, Tolerance(0.1), quantile=0.99),
    Question("memory", Kind.GAUGE, Direction.HIGHER, Tolerance(0.1)),
)


@dataclass(frozen=True)
class Cell:
    """One setting: `pods` a side, `spread` between pods (coefficient of variation of errors,
    latency scale and level alike), and what the candidate multiplies each of these by."""

    pods: int
    spread: float
    rate: float
    errors: float = 1.0
    latency: float = 1.0
    level: float = 1.0
    requests: float = REQUESTS_PER_SECOND


@dataclass(frozen=True)
class World:
    """One rollout: counts by window and pod, the baseline's pods first."""

    pods: tuple[Pod, ...]
    bad: Floats
    total: Floats
    slower: Floats
    levels: Floats


def world(cell: Cell, seed: int) -> World:
    """Draw one rollout."""
    draw = np.random.default_rng(seed)
    both = 2 * cell.pods
    new = np.arange(both) >= cell.pods
    pods = tuple(
        Pod(f"{index:02d}", Arm.CANDIDATE if new[index] else Arm.BASELINE, float("-inf"))
        for index in range(both)
    )
    total = draw.poisson(cell.requests * WINDOW, (WINDOWS, both)).astype(float)
    chance = ERROR_RATE * _pod_effects(draw, cell.spread, both) * np.where(new, cell.errors, 1)
    bad = draw.binomial(total.astype(int), np.minimum(chance, 1.0)).astype(float)
    scale = MEDIAN_LATENCY * _pod_effects(draw, cell.spread, both) * np.where(new, cell.latency, 1)
    level = _pod_effects(draw, cell.spread, both) * np.where(new, cell.level, 1)
    noise = np.exp(GAUGE_NOISE * draw.standard_normal((WINDOWS, both)))
    return World(pods, bad, total, _slower(draw, total, scale), level * noise)


def _pod_effects(draw: np.random.Generator, spread: float, pods: int) -> Floats:
    """Gamma factors of mean one."""
    return draw.gamma(spread**-2, spread**2, pods) if spread > 0 else np.ones(pods)


def _slower(draw: np.random.Generator, total: Floats, scale: Floats) -> Floats:
    """Requests slower than each edge (windows, pods, edges), latencies log-normal."""
    deviates = np.log(np.array(EDGES) / scale[:, np.newaxis]) / SPREAD_OF_LATENCY
    faster = np.exp(log_ndtr(deviates))
    shares = np.diff(np.column_stack([np.zeros(len(scale)), faster, np.ones(len(scale))]), axis=1)
    buckets = draw.multinomial(total.astype(int), shares)
    slower = total[..., np.newaxis] - buckets.cumsum(axis=2)[..., :-1]
    return np.asarray(slower, dtype=np.float64)


def rollout(cell: Cell, seed: int) -> float | None:
    """When (seconds) the release was called Regressed, None if it never was."""
    drawn = world(cell, seed)
    evidence = _begin(cell)
    for number in range(WINDOWS):
        evidence = _fold(evidence, drawn, number)
        if evidence.fired is not None:
            return evidence.fired.at
    return None


def _begin(cell: Cell) -> Evidence:
    asked = Comparison(
        QUESTIONS, Design.SIDE_BY_SIDE, cell.rate, 0.0, WINDOW, WINDOW * WINDOWS, 0.0
    )
    evidence = begin(asked)
    metrics = tuple(
        replace(metric, body=counted.begin(EDGES))
        if metric.question.kind is Kind.HISTOGRAM
        else metric
        for metric in evidence.metrics
    )
    return replace(evidence, metrics=metrics)


def _fold(evidence: Evidence, drawn: World, number: int) -> Evidence:
    metrics = tuple(_grown(metric, drawn, number) for metric in evidence.metrics)
    active = {pod.name: pod.arm for pod in drawn.pods}
    until = WINDOW * (number + 1)
    return conclude(replace(evidence, metrics=metrics, folded_until=until), active, active)


def _grown(metric: MetricEvidence, drawn: World, number: int) -> MetricEvidence:
    assert not isinstance(metric.body, Slopes)
    if isinstance(metric.body, Levels):
        readings = tuple(
            Reading(pod, frozenset({Part.VALUE}), {}, WINDOW, (float(value),))
            for pod, value in zip(drawn.pods, drawn.levels[number], strict=True)
        )
        return replace(
            metric, body=gauges.add(metric.body, metric.question, metric.model, readings)
        )
    ratio = metric.question.kind is Kind.RATIO
    events = drawn.bad[number][:, np.newaxis] if ratio else drawn.slower[number]
    counts = Counts(
        tuple(pod.name for pod in drawn.pods),
        np.array([pod.arm is Arm.CANDIDATE for pod in drawn.pods]),
        events,
        drawn.total[number],
    )
    return replace(metric, body=counted.add_counts(metric.body, metric.question, [counts]))


def limits(hits: int, runs: int, error: float = 0.05) -> tuple[float, float]:
    """Clopper and Pearson's exact binomial limits, each failing with error / 2."""
    low = float(betaincinv(hits, runs - hits + 1, error / 2)) if hits else 0.0
    high = float(betaincinv(hits + 1, runs - hits, 1 - error / 2)) if hits < runs else 1.0
    return low, high


def _task(task: tuple[Cell, int]) -> float | None:
    return rollout(*task)


def measure(cell: Cell, runs: int, workers: int) -> list[float | None]:
    """The times of rollback of `runs` seeded rollouts."""
    tasks = [(cell, seed) for seed in range(runs)]
    if workers == 1:
        return [_task(task) for task in tasks]
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(_task, tasks, chunksize=25))


def equal_cells() -> Iterator[Cell]:
    """Releases that are not worse."""
    for pods, spread, rate in product((3, 5), (0.0, 0.14, 0.45), (0.01, 0.05)):
        yield Cell(pods, spread, rate)


def worse_cells() -> Iterator[Cell]:
    """Releases that are worse."""
    for spread, rate in product((0.0, 0.14, 0.45), (0.01, 0.05)):
        yield Cell(3, spread, rate, errors=20.0)
        yield Cell(3, spread, rate, errors=10.0)
        yield Cell(5, spread, rate, errors=2.0)
        yield Cell(5, spread, rate, errors=4.0)
        yield Cell(5, spread, rate, latency=1.5)
        yield Cell(5, spread, rate, level=1.5)


def _line(cell: Cell, times: Iterable[float | None]) -> str:
    found = list(times)
    hits = sorted(time for time in found if time is not None)
    low, high = limits(len(hits), len(found))
    delay = f"{hits[len(hits) // 2]:6.0f}" if hits else "     -"
    harm = f"{cell.errors:4g} {cell.latency:4g} {cell.level:4g}"
    share = f"{len(hits) / len(found):6.4f}  {low:6.4f}-{high:6.4f}"
    return f"{cell.pods}+{cell.pods}   {cell.spread:4.2f}   {cell.rate:4.2f}   {harm}   {share}  {delay}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure false rollbacks and detections.")
    parser.add_argument("--runs", type=int, default=2000, help="rollouts a cell")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--only", choices=("equal", "worse"), help="one half of the table")
    chosen = parser.parse_args()
    cells = {"equal": equal_cells, "worse": worse_cells}
    print("pods  spread  promise  x err  lat  lvl   rollbacks (95 % limits)   median s")
    for name in [chosen.only] if chosen.only else cells:
        for cell in cells[name]():
            print(_line(cell, measure(cell, chosen.runs, chosen.workers)), flush=True)


if __name__ == "__main__":
    main()
