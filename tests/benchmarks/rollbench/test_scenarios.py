import numpy as np
import pytest

from analysis.question import Kind
from benchmarks.rollbench.cell import Cell
from benchmarks.rollbench.counters import Differences
from benchmarks.rollbench.drawing import Drawn, Floats, drawn
from benchmarks.rollbench.interface import Metric
from benchmarks.rollbench.scenarios import scenarios

GOOD = sorted(name for name, one in scenarios().items() if not one.harmful)
BAD = sorted(name for name, one in scenarios().items() if one.harmful)
PODS, RUNS = 3, 60
LEFT_OF_THE_COLD_START = 0.012


def drawn_of(name: str, seed: int = 1, runs: int = RUNS) -> Drawn:
    cell = Cell(name, PODS, PODS, requests_per_second=20.0, base_rate=0.05)
    return drawn(scenarios()[name], cell, runs, np.random.default_rng(seed), harmed=True)


def kind_of(metric: Metric) -> Kind:
    return Kind.SLOPE if metric.hourly else metric.kind


def by_pod(values: Floats, kind: Kind, warm: int) -> Floats:
    """What is compared, for each run and pod, routes apart: bad requests a request, requests,
    requests slower than 0.1 s a request, mean level, growth from the middle third of the time to
    the last; after `warm` looks."""
    if kind is Kind.SLOPE:
        middle, last = (
            levels.mean(axis=1)[..., 0, 0] for levels in np.array_split(values, 3, axis=1)[1:]
        )
        return np.asarray(last / middle)
    if kind is Kind.GAUGE:
        return np.asarray(np.nanmean(values[:, warm:, :, :, 0], axis=1).mean(axis=-1))
    differences = Differences()
    gained = np.stack([differences.of(values[:, look]) for look in range(values.shape[1])], axis=1)
    sums = gained[:, warm + 1 :].sum(axis=1)
    if kind is Kind.RATE:
        return np.asarray(sums[..., 0].mean(axis=-1))
    tail = sums[..., 0] if kind is Kind.RATIO else sums[..., -1] - sums[..., 4]
    return np.asarray((tail / sums[..., -1]).mean(axis=-1))


@pytest.mark.parametrize("name", [GOOD[0], BAD[0], "resets and gaps"])
def test_same_seed_same_scrapes(name: str) -> None:
    """What is drawn depends on the seed and on nothing else."""
    first, again, other = drawn_of(name, 7, 3), drawn_of(name, 7, 3), drawn_of(name, 8, 3)
    for metric, values in first.values.items():
        np.testing.assert_array_equal(values, again.values[metric])
        assert not np.array_equal(values, other.values[metric], equal_nan=True)


@pytest.mark.parametrize("name", GOOD)
def test_good_releases_are_equal_in_the_mean(name: str) -> None:
    """Over many runs the arms of a release that is not worse do not differ beyond chance."""
    scenario = scenarios()[name]
    found = drawn_of(name)
    warm = round(scenario.warm_up_seconds / 15.0)
    for metric in scenario.metrics[:2]:
        pods = by_pod(found.values[metric.name], kind_of(metric), warm)
        gap = pods[:, PODS:].mean(axis=1) / pods[:, :PODS].mean(axis=1)
        allowed = 3.5 * np.log(gap).std() / np.sqrt(RUNS) + LEFT_OF_THE_COLD_START
        assert abs(np.log(gap).mean()) < allowed, name


@pytest.mark.parametrize("name", BAD)
def test_bad_releases_are_worse(name: str) -> None:
    """Over many runs the candidate of a harmful scenario differs by a tenth or more, its own way."""
    scenario = scenarios()[name]
    found = drawn_of(name)
    metric = scenario.metrics[0]
    pods = by_pod(found.values[metric.name], kind_of(metric), 0)
    gap = pods[:, PODS:].mean() / pods[:, :PODS].mean()
    assert gap < 0.9 if metric.kind is Kind.RATE else gap > 1.1
