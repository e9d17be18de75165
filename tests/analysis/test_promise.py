"""The promise itself: how often an equally good release is rolled back."""

import pytest

from benchmarks.false_rollbacks import Cell, limits, measure

pytestmark = pytest.mark.slow

RUNS = 100


@pytest.mark.parametrize(("pods", "spread"), [(3, 0.45), (5, 0.0), (5, 0.14), (5, 0.45)])
def test_good_releases_are_rolled_back_no_more_often_than_promised(
    pods: int, spread: float
) -> None:
    """Half-hour rollouts of errors, latency and a level, looked at every 15 s; the exact lower
    limit of the rate must not lie over the promise. The full count is a benchmark."""
    times = measure(Cell(pods, spread, rate=0.05), RUNS, workers=2)
    hits = sum(time is not None for time in times)
    assert limits(hits, RUNS)[0] <= 0.05


@pytest.mark.parametrize("spread", [0.0, 0.14])
def test_gross_harm_on_few_pods_is_found_within_minutes(spread: float) -> None:
    """Twenty times the errors on 3+3 pods: within three scrapes; ten times: within three minutes."""
    twenty = measure(Cell(3, spread, rate=0.01, errors=20.0), 20, workers=1)
    ten = measure(Cell(3, spread, rate=0.01, errors=10.0), 20, workers=1)
    assert sorted(time or 1e9 for time in twenty)[15] <= 60.0
    assert sorted(time or 1e9 for time in ten)[15] <= 180.0


def test_moderate_harm_on_five_pods_is_found() -> None:
    """Fourfold errors, half again slower, half again more memory: minutes, not the time limit."""
    for cell in (
        Cell(5, 0.14, rate=0.05, errors=4.0),
        Cell(5, 0.0, rate=0.01, latency=1.5),
        Cell(5, 0.0, rate=0.01, level=1.5),
    ):
        times = sorted(time or 1e9 for time in measure(cell, 15, workers=1))
        assert times[11] <= 120.0
